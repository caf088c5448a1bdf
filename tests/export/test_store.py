import json
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from multiprocessing import get_context

import pytest

from transom.errors import ArtifactError
from transom.export.aliases import Reason, alias_of, aliases, history
from transom.export.layout import folder_of, numbers
from transom.export.store import find_version, open_version, register

REASON = Reason("ada", datetime(2026, 11, 21, 9, 30, tzinfo=UTC), "test")


def registered(store, content=b"1", **options):
    return register(store, {"a": content}, {"project": "demo"}, REASON, **options)


def test_versions_count_from_one(tmp_path):
    assert numbers(tmp_path) == ()
    assert [registered(tmp_path) for _ in range(3)] == [1, 2, 3]
    assert numbers(tmp_path) == (1, 2, 3)


def test_the_manifest_says_which_version_it_is_and_when_it_was_made(tmp_path):
    registered(tmp_path)
    about = {"project": "demo", "version": 1, "made": "2026-11-21T09:30:00+00:00"}
    assert open_version(tmp_path, "1").about == about


def test_the_first_version_is_live_and_later_ones_are_candidates(tmp_path):
    for content in (b"1", b"2", b"3"):
        registered(tmp_path, content)
    assert aliases(tmp_path) == {"candidate": 3, "live": 1}
    assert open_version(tmp_path).read("a") == b"1"
    assert open_version(tmp_path, "candidate").read("a") == b"3"


def test_a_refused_version_gets_no_alias_and_the_next_one_becomes_live(tmp_path):
    assert registered(tmp_path, alias=None) == 1
    assert aliases(tmp_path) == {}
    registered(tmp_path)
    assert aliases(tmp_path) == {"live": 2}


def test_without_a_live_version_the_message_says_how_to_get_one(tmp_path):
    registered(tmp_path, alias=None)
    with pytest.raises(ArtifactError) as raised:
        open_version(tmp_path)
    assert str(raised.value) == f"{tmp_path} T161 no version is live. Versions: 1. Run: transom promote 1."


def test_a_number_may_have_a_v(tmp_path):
    registered(tmp_path)
    assert find_version(tmp_path, "v1") == find_version(tmp_path, "1") == 1


@pytest.mark.parametrize("name", ["7", "lvie", "01", "v", "", "../1", "²"])
def test_an_unknown_version_lists_the_known_ones(tmp_path, name):
    registered(tmp_path)
    with pytest.raises(ArtifactError) as raised:
        open_version(tmp_path, name)
    hint = " Did you mean live?" if name == "lvie" else ""
    assert str(raised.value) == f"{tmp_path} T148 there is no version {name!r}. Versions: live, 1.{hint}"


def test_an_alias_to_a_deleted_version_says_so(tmp_path):
    registered(tmp_path)
    registered(tmp_path)
    shutil.rmtree(folder_of(tmp_path, 1))
    with pytest.raises(ArtifactError) as raised:
        open_version(tmp_path)
    assert raised.value.problem.message.startswith("'live' points to version 1, whose folder is gone. Versions: ")


def test_an_empty_store_says_what_to_run(tmp_path):
    with pytest.raises(ArtifactError) as raised:
        open_version(tmp_path)
    assert str(raised.value) == f"{tmp_path} T147 there is no version yet. Run: transom run."


def test_a_folder_that_is_misspelt_is_said_and_not_called_empty(tmp_path):
    with pytest.raises(ArtifactError) as raised:
        open_version(tmp_path / "dmeo" / ".transom")
    assert str(raised.value) == (
        f"T147 there is no folder '{tmp_path}/dmeo'. Name a project's folder, or its store with --store DIR."
    )


def test_the_number_of_a_deleted_version_is_not_given_again(tmp_path):
    registered(tmp_path)
    registered(tmp_path)
    shutil.rmtree(folder_of(tmp_path, 2))
    assert registered(tmp_path) == 3


def test_a_path_may_have_spaces_and_any_letter(tmp_path):
    store = tmp_path / "größe 100% #1? ☃"
    registered(store)
    assert alias_of(store, "live") == 1


def _register_five(store, name):
    for each in range(5):
        registered(store, f"{name} {each}".encode())


@pytest.mark.parametrize("n_processes", [2, 8])
def test_processes_that_register_at_once_get_numbers_of_their_own(tmp_path, n_processes):
    context = get_context("fork")
    processes = [context.Process(target=_register_five, args=(tmp_path, name)) for name in range(n_processes)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert numbers(tmp_path) == tuple(range(1, 5 * n_processes + 1))
    contents = {open_version(tmp_path, str(number)).read("a") for number in numbers(tmp_path)}
    assert contents == {f"{name} {each}".encode() for name in range(n_processes) for each in range(5)}
    assert aliases(tmp_path)["live"] == 1
    assert len(history(tmp_path)) == 5 * n_processes


REGISTER_FOREVER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from transom.export.aliases import Reason
from transom.export.store import register
print("ready", flush=True)
while True:
    register(Path(sys.argv[1]), {"a": b"x" * 50_000, "b": b"y"}, {}, Reason("ada", datetime.now(UTC)))
"""


def test_a_writer_killed_at_any_moment_leaves_whole_versions_and_a_store_that_goes_on(tmp_path):
    for delay_s in (0.0, 0.011, 0.023, 0.037, 0.051):
        writer = subprocess.Popen([sys.executable, "-c", REGISTER_FOREVER, tmp_path], stdout=subprocess.PIPE)
        writer.stdout.readline()
        time.sleep(delay_s)  # the moment of the kill, not a wait for something
        os.kill(writer.pid, signal.SIGKILL)
        writer.communicate()
        before = numbers(tmp_path)
        number = registered(tmp_path)
        assert number == max(before, default=0) + 1
        for each in numbers(tmp_path):
            assert open_version(tmp_path, str(each)).about["version"] == each
    assert alias_of(tmp_path, "live") is not None


def test_a_version_that_was_cut_off_before_it_was_entered_is_taken_in_later(tmp_path):
    registered(tmp_path)
    shutil.copytree(folder_of(tmp_path, 1), folder_of(tmp_path, 2))
    assert find_version(tmp_path, "2") == 2
    assert registered(tmp_path) == 3
    assert aliases(tmp_path) == {"candidate": 3, "live": 1}


def test_a_flipped_byte_in_a_version_is_found_and_not_promoted_to_an_answer(tmp_path):
    registered(tmp_path)
    (folder_of(tmp_path, 1) / "a").write_bytes(b"2")
    with pytest.raises(ArtifactError) as raised:
        open_version(tmp_path)
    assert raised.value.problem.code == "T144"


def test_a_store_that_cannot_be_written_is_a_clear_error(tmp_path):
    (tmp_path / "versions").write_text("a file where the folder should be")
    with pytest.raises(ArtifactError) as raised:
        registered(tmp_path)
    assert raised.value.problem.code == "T146"


def test_a_failed_registration_leaves_no_version_and_no_row(tmp_path):
    registered(tmp_path)
    with pytest.raises(TypeError):
        register(tmp_path, {"a": b"1"}, {"not json": object()}, REASON)
    assert numbers(tmp_path) == (1,)
    assert [entry.name for entry in (tmp_path / "versions").iterdir()] == ["1"]
    assert [(move.alias, move.version) for move in history(tmp_path)] == [("live", 1)]


def test_registering_loads_nothing_heavy():
    script = "import json, sys, transom.export.store; print(json.dumps(sorted(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert {"numpy", "polars", "torch", "pydantic"} & set(json.loads(loaded)) == set()
