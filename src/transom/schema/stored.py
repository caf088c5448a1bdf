"""A schema as plain JSON values, and back: how datasets and artifacts keep the schema they were made with."""

from dataclasses import asdict, fields
from typing import Any

from transom.schema.payloads import Field, MemberSet, Sequence, Singleton
from transom.schema.schema import Schema
from transom.schema.slices import Slice
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans

KINDS: dict[str, Any] = {
    kind.__name__: kind
    for kind in (Singleton, Sequence, MemberSet, Multiclass, Bitvector, Spans, Select, Regression, Slice)
}


def schema_to_json(schema: Schema) -> dict[str, Any]:
    """What the schema declares, without the places in the file."""
    return {
        "payloads": [_to_json(payload) for payload in schema.payloads],
        "tasks": [_to_json(task) for task in schema.tasks],
        "slices": [_to_json(each) for each in schema.slices],
        "gold": list(schema.gold),
    }


def schema_from_json(stored: dict[str, Any]) -> Schema:
    """The schema that `schema_to_json` wrote."""
    return Schema(
        payloads=tuple(_from_json(payload) for payload in stored["payloads"]),
        tasks=tuple(_from_json(task) for task in stored["tasks"]),
        slices=tuple(_from_json(each) for each in stored["slices"]),
        gold=tuple(stored["gold"]),
    )


def _to_json(declared: Any) -> dict[str, Any]:
    return {"kind": type(declared).__name__, **{key: value for key, value in asdict(declared).items() if key != "at"}}


def _from_json(stored: dict[str, Any]) -> Any:
    kind = KINDS[stored["kind"]]
    values = {each.name: stored[each.name] for each in fields(kind) if each.name in stored}
    if "fields" in values:
        values["fields"] = tuple(Field(**each) for each in values["fields"])
    return kind(**{key: tuple(value) if isinstance(value, list) else value for key, value in values.items()})
