import json

import numpy as np
import polars as pl
import pytest

from data_lines import SCHEMA, read, record
from transom.data.dataset import (
    META,
    frame,
    has_tag,
    in_split,
    items_of,
    open_dataset,
    payload_dtype,
    read_vote_column,
    scan,
    vote_column,
)
from transom.errors import ArtifactError


@pytest.fixture
def dataset(tmp_path):
    short = {"tokens": ["old"], "entities": []}
    lines = [record("a", tags=["train", "x"]), record("b", tags=["dev"], payloads=short), {**record("c"), "order": 3}]
    missing = {"id": "d", "payloads": {}, "tags": ["test", "x"]}
    return read(tmp_path, *lines, missing).dataset


def test_columns_are_read_by_name_in_the_order_asked_for(dataset):
    found = frame(dataset, ["order", "id", "split"])
    assert found.columns == ["order", "id", "split"]
    assert found.rows() == [(None, "a", "train"), (None, "b", "dev"), (3.0, "c", "train"), (None, "d", "test")]


def test_a_scan_reads_nothing_until_it_is_asked(dataset):
    lengths = scan(dataset).filter(pl.col("split") == "train").select(pl.col("query").str.len_chars())
    assert lengths.collect().to_series().to_list() == [17, 17]


def test_examples_are_found_by_split_and_tag(dataset):
    assert in_split(dataset, "train").tolist() == [True, False, True, False]
    assert in_split(dataset, "nothing").tolist() == [False] * 4
    assert has_tag(dataset, "x").tolist() == [True, False, False, True]
    assert has_tag(dataset, "nothing").tolist() == [False] * 4


@pytest.mark.parametrize(
    ("task", "lengths"),
    [
        ("intent", [1, 1, 1, 1]),
        ("bare", [1, 1, 1, 1]),
        ("pos", [4, 1, 4, 0]),
        ("types", [4, 1, 4, 0]),
        ("names", [4, 1, 4, 0]),
        ("arg", [2, 0, 2, 0]),
        ("kept", [2, 0, 2, 0]),
    ],
)
def test_a_task_has_an_item_for_each_example_token_or_member(dataset, task, lengths):
    np.testing.assert_array_equal(items_of(dataset, SCHEMA.task(task)).lengths, lengths)


def test_a_dataset_knows_its_schema_tags_and_size_when_it_is_opened(dataset):
    opened = open_dataset(dataset.folder)
    assert opened.schema == SCHEMA
    assert (opened.n_examples, opened.tags) == (4, ("x",))


def test_payloads_have_the_type_of_their_column(dataset):
    schema = scan(dataset).collect_schema()
    assert {payload.name: schema[payload.name] for payload in SCHEMA.payloads} == {
        payload.name: payload_dtype(payload) for payload in SCHEMA.payloads
    }


@pytest.mark.parametrize("soft", [True, False])
@pytest.mark.parametrize("names", [("intent", "lf"), ("a/b", "c"), ("a", "b/c"), ("a~1b", "c~"), (" ", "/")])
def test_a_vote_column_is_named_by_its_task_and_source(names, soft):
    column = read_vote_column(vote_column(*names, soft))
    assert (column.task, column.source, column.soft) == (*names, soft)


def test_a_folder_without_a_dataset_says_so(tmp_path):
    with pytest.raises(ArtifactError) as raised:
        open_dataset(tmp_path)
    assert str(raised.value).startswith(f"T066 {str(tmp_path)!r} holds no dataset (")
    assert str(raised.value).endswith("). Run again with `--force check`.")


def test_a_dataset_of_another_layout_is_not_misread(dataset):
    meta = json.loads((dataset.folder / META).read_text())
    (dataset.folder / META).write_text(json.dumps({**meta, "layout": 0}))
    with pytest.raises(ArtifactError, match="was written by another version"):
        open_dataset(dataset.folder)
