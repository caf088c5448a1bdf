"""Which slices a model gets capacity for."""

import json

import pytest

from transom.data.ingest import ingest
from transom.errors import Location
from transom.pipeline.slice_capacity import slice_capacity
from transom.schema.payloads import Singleton
from transom.schema.schema import Schema
from transom.schema.slices import Slice
from transom.schema.tasks import Multiclass

SLICES = (
    Slice("long", where="length(query) > 5"),
    Slice("rare", tag="rare", at=Location("schema.yaml", 9, 3)),
    Slice("shown", tag="food", capacity=False),
    Slice("food", tag="food"),
)
SCHEMA = Schema((Singleton("query", "text"),), (Multiclass("intent", ("height", "age")),), SLICES)
RECORDS = [
    {"id": "q1", "payloads": {"query": "how tall"}, "tags": ["train", "food"]},
    {"id": "q2", "payloads": {"query": "old?"}, "tags": ["train"]},
    {"id": "q3", "payloads": {"query": "how old"}, "tags": ["dev", "rare", "food"]},
]


@pytest.fixture
def capacity(tmp_path):
    data = tmp_path / "a.jsonl"
    data.write_text("".join(json.dumps(record) + "\n" for record in RECORDS))
    return slice_capacity(ingest([data], SCHEMA, tmp_path / "dataset").dataset, tmp_path)


def test_slices_that_ask_for_it_have_it_in_the_order_of_the_schema(capacity):
    assert [each.name for each in capacity.schema.slices] == ["long", "food"]
    assert capacity.members.tolist() == [[True, True], [False, False], [True, True]]


def test_a_slice_without_a_train_example_gets_no_expert_and_a_warning_says_so(capacity):
    assert [str(warning) for warning in capacity.warnings] == [
        "schema.yaml:9:3 T158 slice 'rare' has no train example to learn from: the model gets no expert for it. Add "
        "examples of it to train, or declare it with capacity: false."
    ]
    assert capacity.warnings[0].severity == "warning"


def test_without_slices_there_is_nothing_to_learn(tmp_path):
    data = tmp_path / "a.jsonl"
    data.write_text(json.dumps(RECORDS[0]) + "\n")
    schema = Schema(SCHEMA.payloads, SCHEMA.tasks)
    found = slice_capacity(ingest([data], schema, tmp_path / "dataset").dataset, tmp_path)
    assert found.schema == schema
    assert found.members.shape == (1, 0)
    assert found.warnings == ()
