from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context

import pytest

from transom.export.executions import (
    Execution,
    begin_run,
    found_output,
    last_executions,
    record_execution,
    runs,
)

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
COMPONENTS = {"data:a.jsonl": "f" * 64, "setting:seed": "0", "module:rülés.py": "e" * 64}


def executed(run, stage="label", key="k", **changes):
    one = Execution(run, stage, key, COMPONENTS, "ran", NOW, 1.5, "the first time", ("in1", "in2"), ("out",))
    return replace(one, **changes)


def test_what_was_recorded_is_read(tmp_path):
    execution = executed(begin_run(tmp_path, NOW))
    record_execution(tmp_path, execution)
    assert last_executions(tmp_path) == {"label": execution}
    (run,) = runs(tmp_path)
    assert (run.number, run.started, run.executions, run.version) == (1, NOW, (execution,), None)


def test_a_store_where_nothing_ran_is_empty_and_stays_untouched(tmp_path):
    store = tmp_path / "store"
    assert (last_executions(store), found_output(store, "label", "k"), runs(store)) == ({}, None, ())
    assert not store.exists()


def test_the_output_of_a_key_is_that_of_the_newest_execution_that_ran(tmp_path):
    run = begin_run(tmp_path, NOW)
    for execution in (
        executed(run, outputs=("old",)),
        executed(run, outputs=("new",)),
        executed(run, status="failed", outputs=()),
        executed(run, key="other", outputs=("other",)),
    ):
        record_execution(tmp_path, execution)
    assert found_output(tmp_path, "label", "k") == ("new",)
    assert found_output(tmp_path, "train", "k") is None


def test_the_same_object_may_be_read_and_written_and_in_any_order(tmp_path):
    execution = executed(begin_run(tmp_path, NOW), inputs=("b", "a", "b"), outputs=("a",))
    record_execution(tmp_path, execution)
    assert last_executions(tmp_path)["label"] == execution


def test_runs_are_ordered_by_number_when_the_clock_goes_backwards(tmp_path):
    for days in (0, -1, -2):
        record_execution(tmp_path, executed(begin_run(tmp_path, NOW + timedelta(days)), key=str(days)))
    assert [run.number for run in runs(tmp_path)] == [3, 2, 1]
    assert [run.number for run in runs(tmp_path, limit=1)] == [3]
    assert last_executions(tmp_path)["label"].key == "-2"


def _record_ten(store):
    for _ in range(10):
        record_execution(store, executed(begin_run(store, NOW)))


@pytest.mark.parametrize("n_processes", [2, 8])
def test_processes_that_record_at_once_lose_nothing(tmp_path, n_processes):
    context = get_context("fork")
    processes = [context.Process(target=_record_ten, args=(tmp_path,)) for _ in range(n_processes)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    found = runs(tmp_path, limit=1000)
    assert [run.number for run in found] == list(range(10 * n_processes, 0, -1))
    assert all(len(run.executions) == 1 for run in found)
