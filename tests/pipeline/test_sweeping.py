import os
import shutil

import pytest

from transom.pipeline.locks import locked
from transom.pipeline.sweeping import ABANDONED_S, CHECKPOINTS_LAST_S, GRACE_S, _kept, sweep

NOW = 1_000_000.0


def put(path, size, age_s):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    os.utime(path, (NOW - age_s, NOW - age_s))
    return path


@pytest.fixture
def store(tmp_path):
    """Four results of 100 bytes; the first was used longest ago."""
    for number in range(4):
        put(tmp_path / "objects" / f"a{number}" / "digest", 100, 10_000 - number * 1000)
    return tmp_path


def checkpoint(store, key):
    return store / "cache" / "checkpoints" / key / "model" / "network.safetensors"


def left(store):
    return sorted(path.parent.name for path in (store / "objects").glob("??/*"))


def test_nothing_goes_while_there_is_room(store):
    assert sweep(store, limit_bytes=400, now_s=NOW) == 0
    assert left(store) == ["a0", "a1", "a2", "a3"]


def test_what_was_used_longest_ago_goes_first(store):
    assert sweep(store, limit_bytes=250, now_s=NOW) == 200
    assert left(store) == ["a2", "a3"]


def test_what_was_used_just_now_stays_however_little_room_there_is(store):
    put(store / "objects" / "ff" / "now", 1000, GRACE_S / 2)
    assert sweep(store, limit_bytes=0, now_s=NOW) == 400
    assert left(store) == ["ff"]


def test_datasets_and_remembered_values_count_too(store):
    part = put(store / "cache" / "datasets" / "d" / "part-00000.parquet", 100, 0)
    os.utime(part.parent, (1, 1))
    remembered = put(store / "cache" / "remembered" / "ab" / "cd", 100, 20_000)
    assert sweep(store, limit_bytes=400, now_s=NOW) == 200
    assert not part.parent.exists()
    assert not remembered.exists()


def test_versions_the_log_and_the_database_never_go(store):
    paths = [put(store / name, 100, 10**6) for name in ("versions/1/manifest.json", "log/a.jsonl", "store.db")]
    sweep(store, limit_bytes=0, now_s=NOW)
    assert all(path.exists() for path in paths)


def test_what_a_killed_run_left_goes_after_a_day(store):
    old = put(store / "cache" / "datasets" / ".reading-x" / "part", 1, 0).parent
    os.utime(old, (1, 1))
    staged = put(store / "versions" / ".staged-x" / "weights", 1, 0).parent
    os.utime(staged, (1, 1))
    torn = put(store / "objects" / "ab" / ".writing-x", 1, ABANDONED_S + 1)
    young = put(store / "objects" / "ab" / ".writing-y", 1, ABANDONED_S / 2)
    sweep(store, limit_bytes=10**9, now_s=NOW)
    assert (old.exists(), staged.exists(), torn.exists(), young.exists()) == (False, False, False, True)


def test_checkpoints_of_a_run_that_was_never_repeated_go_after_a_week(store):
    old = put(checkpoint(store, "0a"), 100, CHECKPOINTS_LAST_S + 1)
    young = put(checkpoint(store, "0b"), 100, CHECKPOINTS_LAST_S - 1)
    assert sweep(store, limit_bytes=10**9, now_s=NOW) == 100
    assert not old.parent.parent.exists()
    assert young.exists()


def test_checkpoints_count_as_part_of_the_cache_and_go_by_their_newest_file(store):
    path = put(checkpoint(store, "0a"), 100, 8500)
    put(path.with_name("older"), 100, 20_000)
    assert sweep(store, limit_bytes=400, now_s=NOW) == 200
    assert path.exists()
    sweep(store, limit_bytes=200, now_s=NOW)
    assert not path.exists()


def test_checkpoints_of_a_stage_that_runs_stay_however_old_they_are(store):
    path = put(checkpoint(store, "0a"), 100, 100 * CHECKPOINTS_LAST_S)
    with locked(store / "cache", "0a"):
        sweep(store, limit_bytes=0, now_s=NOW)
        assert path.exists()
    sweep(store, limit_bytes=0, now_s=NOW)
    assert not path.exists()


def test_a_store_that_is_not_there_has_nothing_to_sweep(tmp_path):
    assert sweep(tmp_path / "none", limit_bytes=0, now_s=NOW) == 0


def test_a_dataset_that_another_run_deletes_meanwhile_holds_nothing(tmp_path):
    datasets = tmp_path / "cache" / "datasets"
    for name in ("one", "two"):
        put(datasets / name / "rows.arrow", 100, 0)
    kept = _kept(tmp_path)
    first = next(kept)
    shutil.rmtree(datasets)

    assert first.size_bytes == 100
    assert [each.size_bytes for each in kept] == [0]
