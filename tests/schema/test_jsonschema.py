"""JSON Schemas of settings and of schema.yaml."""

from dataclasses import dataclass, field
from typing import Literal

import pytest
from jsonschema import Draft202012Validator

from transom.schema.document import parse_document, plain
from transom.schema.jsonschema import schema_yaml_schema, settings_schema
from transom.schema.load import read_schema


@dataclass(frozen=True)
class Options:
    """What may be chosen."""

    name: str
    mode: Literal["fast", "exact"]
    size: int | Literal["auto"] = field(default="auto", metadata={"minimum": 1})


def listed(value):
    """The value with lists for tuples, as JSON has them."""
    if isinstance(value, dict):
        return {key: listed(child) for key, child in value.items()}
    return [listed(child) for child in value] if isinstance(value, tuple) else value


def is_valid(schema, text):
    return Draft202012Validator(schema).is_valid(listed(plain(parse_document(text, "f.yaml").root)))


def test_settings_have_their_fields_limits_and_words():
    assert settings_schema(Options, type={"const": "x"}) == {
        "description": "What may be chosen.",
        "type": "object",
        "properties": {
            "type": {"const": "x"},
            "mode": {"enum": ["fast", "exact"], "type": "string"},
            "size": {"anyOf": [{"type": "integer"}, {"const": "auto", "type": "string"}], "minimum": 1},
        },
        "required": ["type", "mode"],
        "additionalProperties": False,
    }


def test_the_schema_is_itself_valid():
    Draft202012Validator.check_schema(schema_yaml_schema())


@pytest.mark.parametrize(
    "text",
    [
        "tasks: {t: {type: regression}}",
        "payloads: {q: {type: singleton, value: text}}\ntasks: {t: {type: select, payload: q}}",
        "payloads: {s: {type: set}}\ntasks: {t: {type: select, payload: s, ordered_by: time}}\ngold: [a]",
        "tasks: {t: {type: regression}}\nslices: {a: {python: 'm:f', capacity: false}}",
    ],
)
def test_what_may_be_written_is_valid(text):
    assert is_valid(schema_yaml_schema(), text)


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "tasks: {}",
        "task: {t: {type: regression}}",
        "tasks: {t: {type: regresion}}",
        "tasks: {t: {type: regression, classes: [a]}}",
        "tasks: {t: {type: multiclass}}",
        "tasks: {t: {type: multiclass, classes: []}}",
        "tasks: {t: {type: multiclass, classes: [a, a]}}",
        "tasks: {t: {type: multiclass, classes: [yes, no]}}",
        "tasks: {t: {type: spans, classes: [a]}}",
        "tasks: {t: {type: regression}}\npayloads: {id: {type: singleton, value: text}}",
        "tasks: {t: {type: regression}}\npayloads: {'Null': {type: singleton, value: text}}",
        "tasks: {t: {type: regression}}\npayloads: {a-b: {type: singleton, value: text}}",
        "tasks: {t: {type: regression}}\npayloads: {a: {type: singleton, value: token}}",
        "tasks: {t: {type: regression}}\npayloads: {a: {type: singleton, value: record}}",
        "tasks: {t: {type: regression}}\npayloads: {a: {type: singleton, value: text, fields: {x: text}}}",
        "tasks: {t: {type: regression}}\npayloads: {a: {type: sequence, value: token, max_length: 0}}",
        "tasks: {t: {type: regression}}\nslices: {a: {}}",
        "tasks: {t: {type: regression}}\nslices: {a: {tag: a, where: b}}",
        "tasks: {t: {type: regression}}\nslices: {a: {python: f}}",
        "tasks: {t: {type: regression}}\ngold: crowd",
    ],
)
def test_what_check_refuses_is_not_valid_either(tmp_path, text):
    (tmp_path / "schema.yaml").write_text(text)
    assert read_schema(tmp_path / "schema.yaml").problems
    assert not is_valid(schema_yaml_schema(), text)
