from concurrent.futures import ThreadPoolExecutor

import pytest

from transom.errors import ArtifactError
from transom.export.store import open_version, register, versions


def test_versions_count_from_one(tmp_path):
    assert versions(tmp_path) == ()
    assert [register(tmp_path, {"a": b"1"}, {}) for _ in range(3)] == [1, 2, 3]
    assert versions(tmp_path) == (1, 2, 3)


def test_live_is_the_newest_version(tmp_path):
    register(tmp_path, {"a": b"old"}, {})
    register(tmp_path, {"a": b"new"}, {})
    assert open_version(tmp_path).read("a") == b"new"
    assert open_version(tmp_path, "1").read("a") == b"old"
    assert open_version(tmp_path, "v1").about["version"] == 1


def test_an_unknown_version_lists_the_known_ones(tmp_path):
    register(tmp_path, {}, {})
    with pytest.raises(ArtifactError) as raised:
        open_version(tmp_path, "7")
    assert str(raised.value) == f"{tmp_path} T148 there is no version '7'. Versions: live, 1."


def test_an_empty_store_says_what_to_run(tmp_path):
    with pytest.raises(ArtifactError) as raised:
        open_version(tmp_path)
    assert str(raised.value) == f"{tmp_path} T147 there is no version yet. Run: transom run."


def test_eight_runs_at_once_get_eight_numbers(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda i: register(tmp_path, {"a": b"%d" % i}, {}), range(8)))
    assert sorted(numbers) == list(range(1, 9))
    assert sorted(open_version(tmp_path, str(n)).read("a") for n in numbers) == [b"%d" % i for i in range(8)]


def test_a_store_that_cannot_be_written_is_a_clear_error(tmp_path):
    (tmp_path / "versions").write_text("a file where the folder should be")
    with pytest.raises(ArtifactError) as raised:
        register(tmp_path, {}, {})
    assert raised.value.problem.code == "T146"
