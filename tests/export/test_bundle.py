import shutil
import sys
from datetime import UTC, datetime

import fsspec
import pytest

from transom.errors import ArtifactError, MissingExtraError
from transom.export.aliases import Reason, aliases
from transom.export.bundle import pull, push
from transom.export.layout import folder_of, numbers
from transom.export.store import open_version, register
from transom.export.versions import newest_versions

REASON = Reason("ada", datetime(2026, 11, 21, 9, 30, tzinfo=UTC))


@pytest.fixture
def store(tmp_path):
    store = tmp_path / "here"
    register(store, {"weights": b"\x01\x02", "report.json": b"{}"}, {"project": "demo"}, REASON)
    return store


@pytest.fixture(params=["folder", "url"])
def address(request, tmp_path):
    return str(tmp_path / "größe 100% #1") if request.param == "folder" else f"memory://{tmp_path.name}/models"


def flip(address, name):
    files, path = fsspec.url_to_fs(f"{address}/1/{name}")
    content = bytearray(files.cat_file(path))
    content[0] ^= 1
    files.pipe_file(path, bytes(content))


def test_a_version_arrives_as_it_left_and_without_an_alias(store, address, tmp_path):
    assert push(store, 1, address) == f"{address}/1"
    there = tmp_path / "there"
    assert pull(there, 1, address)
    files = {path.name: path.read_bytes() for path in folder_of(store, 1).iterdir()}
    assert {path.name: path.read_bytes() for path in folder_of(there, 1).iterdir()} == files
    assert aliases(there) == {}
    assert [(version.number, version.about["project"]) for version in newest_versions(there, 20)] == [(1, "demo")]


def test_a_flipped_byte_is_refused_and_leaves_nothing(store, address, tmp_path):
    push(store, 1, address)
    flip(address, "weights")
    with pytest.raises(ArtifactError) as raised:
        pull(tmp_path / "there", 1, address)
    assert raised.value.problem.code == "T144"
    assert raised.value.problem.at.file == f"{address}/1/weights"
    assert numbers(tmp_path / "there") == ()


def test_a_push_that_was_cut_off_is_no_version_and_is_completed_by_the_next(store, address, tmp_path):
    push(store, 1, address)
    files, path = fsspec.url_to_fs(f"{address}/1/manifest.json")
    files.rm_file(path)
    with pytest.raises(ArtifactError) as raised:
        pull(tmp_path / "there", 1, address)
    assert raised.value.problem.code == "T140"
    push(store, 1, address)
    assert pull(tmp_path / "there", 1, address)


def test_pushing_and_pulling_twice_is_like_once(store, address, tmp_path):
    assert push(store, 1, address) == push(store, 1, address)
    assert [pull(tmp_path / "there", 1, address) for _ in range(2)] == [True, False]


def test_another_version_of_the_number_is_never_overwritten(store, address, tmp_path):
    push(store, 1, address)
    other = tmp_path / "other"
    register(other, {"weights": b"other"}, {}, REASON)
    for move in (push, pull):
        with pytest.raises(ArtifactError) as raised:
            move(other, 1, address)
        assert raised.value.problem.code == "T162"
    assert open_version(other).read("weights") == b"other"


def test_a_version_under_another_number_is_not_pulled(store, tmp_path):
    push(store, 1, str(tmp_path))
    (tmp_path / "1").rename(tmp_path / "5")
    with pytest.raises(ArtifactError) as raised:
        pull(tmp_path / "there", 5, str(tmp_path))
    assert str(raised.value) == (
        f"{tmp_path}/5 T162 this is version 1, not 5, and versions keep their number. Pull version 1."
    )
    assert numbers(tmp_path / "there") == ()


def test_a_damaged_version_is_not_pushed(store, address):
    (folder_of(store, 1) / "weights").write_bytes(b"x")
    with pytest.raises(ArtifactError) as raised:
        push(store, 1, address)
    assert raised.value.problem.code == "T144"


def test_a_bundle_whose_manifest_leads_out_of_it_is_refused(store, tmp_path):
    push(store, 1, str(tmp_path))
    manifest = tmp_path / "1" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"weights"', '"../weights"'))
    with pytest.raises(ArtifactError) as raised:
        pull(tmp_path / "there", 1, str(tmp_path))
    assert raised.value.problem.code == "T142"


def test_pulled_versions_and_own_ones_do_not_collide(store, address, tmp_path):
    push(store, 1, address)
    there = tmp_path / "there"
    shutil.copytree(store, there)
    shutil.rmtree(folder_of(there, 1))
    (there / "store.db").unlink()
    assert pull(there, 1, address)
    assert register(there, {}, {}, REASON) == 2


@pytest.mark.parametrize("address", ["nosuch://bucket", "memory://bucket/never", "/dev/null/x"])
def test_a_place_that_cannot_be_reached_is_a_clear_error(tmp_path, address):
    with pytest.raises(ArtifactError) as raised:
        pull(tmp_path, 1, address)
    assert raised.value.problem.code in {"T163", "T140"}


def test_without_fsspec_a_url_says_what_to_install(store, monkeypatch):
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(MissingExtraError) as raised:
        push(store, 1, "s3://bucket")
    assert str(raised.value) == (
        "T160 the address 's3://bucket' needs the package 'fsspec', which is not installed. "
        "Run: pip install 'transom[remote]'."
    )
