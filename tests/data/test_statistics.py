import numpy as np
import pytest

from data_lines import SCHEMA, record, write
from transom.data.ingest import data_files, ingest
from transom.data.statistics import rows_of_files, statistics_from_json, statistics_of, statistics_to_json


@pytest.fixture
def dataset(tmp_path):
    lines = [record(f"q{n}", tags=["train", "new"] if n else ["test"], intent={"lf": "age"}) for n in range(3)]
    write(tmp_path / "data" / "a.jsonl", *lines)
    write(tmp_path / "data" / "b.jsonl", record("r", tags=["dev"], intent={"lf": "height", "crowd": "age"}))
    return ingest(data_files(tmp_path / "data"), SCHEMA, tmp_path / "dataset").dataset


def test_a_dataset_has_columns_tags_splits_files_and_sources(dataset):
    found = statistics_of(dataset)
    assert (found.n_examples, found.splits, found.tags) == (4, {"dev": 1, "test": 1, "train": 2}, {"new": 2})
    assert found.files == ("data/a.jsonl", "data/b.jsonl")
    columns = {each.name: each for each in found.columns}
    assert {"query", "person.age", "tokens", "entities", "entities.title"} <= columns.keys()
    assert columns["query"].categories.counts == {"is": 4}


def test_sources_and_gold_leave_test_out(dataset):
    found = statistics_of(dataset)
    [source] = found.sources
    assert (source.task, source.source, source.n, source.n_voted) == ("intent", "lf", 3, 3)
    assert (source.n_gold, source.accuracy, source.is_rule) == (1, 0.0, False)
    gold = {each.task: each for each in found.gold}
    assert (gold["intent"].n, gold["intent"].n_voted, gold["intent"].shares["age"]) == (3, 1, 1.0)


def test_some_rows_may_be_described_alone(dataset):
    rows = rows_of_files(dataset, ("data/b.jsonl",))
    assert rows.tolist() == [False, False, False, True]
    found = statistics_of(dataset, rows)
    assert (found.n_examples, found.files, found.tags) == (1, ("data/b.jsonl",), {})
    assert statistics_of(dataset, np.zeros(4, dtype=bool)).n_examples == 0


def test_what_a_version_keeps_is_read_as_it_was(dataset):
    found = statistics_of(dataset)
    assert statistics_from_json(statistics_to_json(found)) == found
