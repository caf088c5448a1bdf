"""The JSON Schema of a project's data lines, made from its schema: names, classes and types of this project."""

from functools import singledispatch
from itertools import combinations

from transom.schema.jsonschema_parts import (
    COUNT,
    NAME,
    NUMBER,
    SHARE,
    TEXT,
    JsonSchema,
    array_schema,
    document_schema,
    mapping_schema,
    object_schema,
    or_null,
)
from transom.schema.payloads import Field, MemberSet, Payload, Sequence, Singleton
from transom.schema.schema import Schema
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans, Task

SPLITS = ("train", "dev", "test")

_VALUES: dict[str, JsonSchema] = {
    "text": TEXT,
    "token": TEXT,
    "category": TEXT,
    "number": NUMBER,
    "vector": array_schema(NUMBER),
}


def data_line_schema(schema: Schema) -> JsonSchema:
    """What a line of the project's data files may hold: a record with payloads, or a patch without.

    JSON Schema cannot count one list by another, so that a vote has a label for each token is left to `check`.
    """
    payloads = {payload.name: payload for payload in schema.payloads}
    votes = {task.name: _votes_schema(task, payloads.get(task.payload or "")) for task in schema.tasks}
    line = object_schema(
        {
            "id": NAME,
            "payloads": payloads_schema(schema),
            "tasks": or_null(object_schema({name: or_null(mapping_schema(vote)) for name, vote in votes.items()})),
            "tags": or_null(_TAGS),
            "time": or_null({"type": "string", "pattern": _TIME}),
            "order": or_null(NUMBER),
            "served": or_null(_SERVED),
        },
        ["id"],
    )
    whole_lines_only = {key: ["payloads"] for key in ("time", "order")}
    return document_schema("a line of data", {**line, "dependentRequired": whole_lines_only})


def payloads_schema(schema: Schema) -> JsonSchema:
    """What a record may say of what the model sees, also where it asks for an answer."""
    return object_schema({payload.name: or_null(_payload_schema(payload)) for payload in schema.payloads})


_TIME = (
    "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
    "([.][0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?$"
)
"""RFC 3339, but for the zone, which the format `date-time` would ask for; and few programs look at formats."""

_PAIRS = [[{"contains": {"const": split}} for split in both] for both in combinations(SPLITS, 2)]
_TAGS: JsonSchema = {
    "type": "array",
    "items": {**NAME, "not": {"pattern": "^([*]$|slice:)"}},
    "not": {"anyOf": [{"allOf": both} for both in _PAIRS]},
}
_SERVED = object_schema(
    {
        "version": {"type": ["integer", "null"]},
        "model": {"type": ["string", "null"]},
        "request_id": {"type": ["string", "null"]},
        "policy": {"type": ["string", "null"]},
        "propensity": {"type": ["number", "null"]},
        "latency_ms": {"type": ["number", "null"]},
        "sample": {"type": ["number", "null"]},
        "probabilities": {"type": ["object", "null"]},
    }
)


@singledispatch
def _payload_schema(payload: Payload) -> JsonSchema:
    """What the value of a payload may be where it is not missing."""
    raise TypeError(f"no JSON Schema for {type(payload).__name__}")


@_payload_schema.register
def _(payload: Singleton) -> JsonSchema:
    return _fields_schema(payload.fields) if payload.value == "record" else _VALUES[payload.value]


@_payload_schema.register
def _(payload: Sequence) -> JsonSchema:
    return array_schema(_VALUES[payload.value])


@_payload_schema.register
def _(payload: MemberSet) -> JsonSchema:
    pair = {"type": "array", "items": COUNT, "minItems": 2, "maxItems": 2}
    stretch = {"range": or_null(pair)} if payload.range else {}
    member = object_schema({"id": NAME, **stretch, "fields": or_null(_fields_schema(payload.fields))}, ["id"])
    return array_schema(member)


def _fields_schema(fields: tuple[Field, ...]) -> JsonSchema:
    return object_schema({field.name: or_null(_VALUES[field.value]) for field in fields})


def _votes_schema(task: Task, payload: Payload | None) -> JsonSchema:
    """What one source may say of a task: null abstains, and of a select task is "none of them"."""
    label = or_null(_label_schema(task))
    is_of_each_element = isinstance(payload, Sequence | MemberSet) and not isinstance(task, Spans | Select)
    return or_null(array_schema(label)) if is_of_each_element else label


@singledispatch
def _label_schema(task: Task) -> JsonSchema:
    """The label of one item."""
    raise TypeError(f"no JSON Schema for {type(task).__name__}")


@_label_schema.register
def _(task: Multiclass) -> JsonSchema:
    soft = {**object_schema(dict.fromkeys(task.classes, SHARE)), "minProperties": 1}
    return {"anyOf": [{"enum": list(task.classes)}, soft]}


@_label_schema.register
def _(task: Bitvector) -> JsonSchema:
    return array_schema({"enum": list(task.classes)})


@_label_schema.register
def _(task: Spans) -> JsonSchema:
    span = {"prefixItems": [COUNT, COUNT, {"enum": list(task.classes)}], "items": False, "minItems": 3}
    return array_schema({"type": "array", **span})


@_label_schema.register
def _(_task: Select) -> JsonSchema:
    return {"anyOf": [TEXT, mapping_schema(SHARE)]}


@_label_schema.register
def _(_task: Regression) -> JsonSchema:
    return NUMBER
