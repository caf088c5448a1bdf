"""The JSON Schema of data lines: made from a project's own names, classes and types."""

import copy
import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from transom.data.ingest import ingest
from transom.schema.line_schema import data_line_schema
from transom.schema.load import load_schema
from transom.schema.payloads import Sequence, Singleton
from transom.schema.schema import Schema
from transom.schema.tasks import Bitvector, Multiclass, Regression

FORMATS = Path(__file__).parent / "formats"
LINE = json.loads((FORMATS / "data" / "examples.jsonl").read_text())


@pytest.fixture(scope="module")
def validator():
    schema = data_line_schema(load_schema(FORMATS / "schema.yaml"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def changed(pointer, value):
    """LINE with another value at a place such as "tasks/intent/crowd"."""
    line = copy.deepcopy(LINE)
    *path, last = pointer.split("/")
    inside = line
    for part in path:
        inside = inside[int(part)] if isinstance(inside, list) else inside[part]
    inside[last] = value
    return line


def problems_of(folder, line):
    """What reading the line finds wrong with it, which the JSON Schema is to agree with."""
    (folder / "a.jsonl").write_text(json.dumps(line))
    return ingest([folder / "a.jsonl"], load_schema(FORMATS / "schema.yaml"), None).problems


def test_the_line_of_the_formats_page_is_valid(validator):
    validator.validate(LINE)


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("payloads/query", None),
        ("payloads/person", {"age": None}),
        ("payloads/entities/0/range", None),
        ("tasks/intent/crowd", None),
        ("tasks/intent/model", {"height": 0.7, "age": 0.3}),
        ("tasks/pos/tagger", [{"NOUN": 1.0}, "VERB", None, "ADJ"]),
        ("tasks/pos/tagger", None),
        ("tasks/names/gazetteer", []),
        ("tasks/intent_arg/crowd", None),
        ("tasks/intent_arg/crowd", {"Obama": 0.9}),
        ("tasks/topics", {"crowd": ["sport", "politics"]}),
        ("tasks/score", {"crowd": 0.31}),
        ("tasks/score", None),
        ("served", {"version": 7, "propensity": 1.0, "model": None}),
        ("order", 1.5),
        ("time", "2026-11-02T14:33:30.25-05:00"),
        ("time", "2026-11-02 14:33:30"),
        ("tags", ["train", "train", "sliced", "a*"]),
    ],
)
def test_what_a_line_may_say_is_valid(validator, tmp_path, pointer, value):
    line = changed(pointer, value)
    validator.validate(line)
    assert problems_of(tmp_path, line) == ()


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("id", ""),
        ("id", 3),
        ("payload", {}),
        ("payloads/qury", "x"),
        ("payloads/query", 3),
        ("payloads/tokens", "how tall"),
        ("payloads/person", {"agee": 3}),
        ("payloads/person", {"age": "31"}),
        ("payloads/entities/0/id", None),
        ("payloads/entities/0/range", [3]),
        ("tasks/intnt", {}),
        ("tasks/intent/crowd", "hight"),
        ("tasks/intent/crowd", {"height": 2}),
        ("tasks/intent/crowd", ["height"]),
        ("tasks/entity_type/kb", ["person"]),
        ("tasks/names/gazetteer", [[3, 4, "ORG"]]),
        ("tasks/names/gazetteer", [[3, 4]]),
        ("tasks/score", {"crowd": "high"}),
        ("tags", ["train", "test"]),
        ("tags", "train"),
        ("tags", ["*"]),
        ("tags", ["train", "slice:short"]),
        ("time", "2026-11-02"),
        ("time", "2026-13-02T14:33:30Z"),
        ("time", "2026-11-02T24:00:00Z"),
        ("order", "first"),
        ("served", {"versoin": 7}),
    ],
)
def test_what_a_line_may_not_say_is_not_valid(validator, tmp_path, pointer, value):
    line = changed(pointer, value)
    assert not validator.is_valid(line)
    assert problems_of(tmp_path, line) != ()


def test_a_patch_has_votes_and_tags_and_nothing_of_a_whole_line(validator):
    patch = {"id": "q1", "tasks": {"intent": {"crowd": "age"}}, "tags": ["checked"]}
    validator.validate(patch)
    assert not validator.is_valid({**patch, "time": "2026-11-02T14:33:30Z"})


def test_a_task_on_a_sequence_has_a_label_for_each_element():
    schema = Schema(
        (Sequence("tokens", "vector"), Singleton("query", "text")),
        (Bitvector("kinds", ("a", "b"), "tokens"), Regression("scores", "tokens"), Multiclass("all", ("a",), "query")),
    )
    validator = Draft202012Validator(data_line_schema(schema))
    line = {"id": "x", "payloads": {"tokens": [[0.5, 1], [2, 3]]}}
    validator.validate({**line, "tasks": {"kinds": {"s": [["a"], None]}, "scores": {"s": [1, None]}}})
    assert not validator.is_valid({**line, "tasks": {"kinds": {"s": ["a"]}}})
    assert not validator.is_valid({**line, "tasks": {"all": {"s": ["a"]}}})
