"""A schema as the text of a schema.yaml, with a comment beside what was guessed."""

import json
import re
from collections.abc import Iterable, Mapping
from functools import singledispatch
from typing import Any

from transom.schema.payloads import Field, MemberSet, Payload, Sequence, Singleton
from transom.schema.schema import Schema
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans, Task

PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
NOT_PLAIN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""Characters that YAML does not take, or not for what they are; without the line feed, which ends our lines."""

NOT_TEXT = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
"""Words that YAML 1.1 reads as something else."""


def schema_text(schema: Schema, notes: Mapping[str, str], opening: Iterable[str]) -> str:
    """The text of a schema.yaml; `notes` are comments by the name of a payload or task, `opening` lines of comment."""
    comments = [f"# {' '.join(line.split())}" for line in opening]
    lines = [*comments, "", "payloads:" if schema.payloads else "payloads: {}"]
    lines += [_entry(payload.name, _payload(payload), notes) for payload in schema.payloads]
    lines += ["", "tasks:"]
    lines += [_entry(task.name, _task(task), notes) for task in schema.tasks]
    if schema.gold:
        lines += ["", f"gold: {_flow(list(schema.gold))}  # trusted as truth"]
    return NOT_PLAIN.sub(lambda found: f"\\u{ord(found[0]):04x}", "\n".join(lines)) + "\n"


def _entry(name: str, value: dict[str, Any], notes: Mapping[str, str]) -> str:
    note = f"  # {notes[name]}" if name in notes else ""
    return f"  {_flow(name)}: {_flow(value)}{note}"


def _flow(value: Any) -> str:
    """A value in YAML's flow style; texts are in quotes where YAML would take them for something else."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_flow(key)}: {_flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, str) and PLAIN.fullmatch(value) and value.lower() not in NOT_TEXT:
        return value
    return json.dumps(value, ensure_ascii=False)


def _fields(fields: Iterable[Field]) -> dict[str, Any]:
    return {field.name: field.value for field in fields}


@singledispatch
def _payload(payload: Payload) -> dict[str, Any]:
    raise TypeError(f"no text for {type(payload).__name__}")


@_payload.register
def _(payload: Singleton) -> dict[str, Any]:
    base = {"base": list(payload.base)} if payload.base else {}
    fields = {"fields": _fields(payload.fields)} if payload.value == "record" else {}
    return {"type": "singleton", "value": payload.value, **base, **fields}


@_payload.register
def _(payload: Sequence) -> dict[str, Any]:
    return {"type": "sequence", "value": payload.value, "max_length": payload.max_length}


@_payload.register
def _(payload: MemberSet) -> dict[str, Any]:
    stretch = {"range": payload.range} if payload.range else {}
    return {
        "type": "set",
        "value": "record",
        **stretch,
        "max_length": payload.max_length,
        "fields": _fields(payload.fields),
    }


def _task(task: Task) -> dict[str, Any]:
    payload = {"payload": task.payload} if task.payload is not None else {}
    classes = {"classes": list(task.classes)} if isinstance(task, Multiclass | Bitvector | Spans) else {}
    return {**payload, "type": KINDS[type(task)], **classes}


KINDS = {
    Multiclass: "multiclass",
    Bitvector: "bitvector",
    Spans: "spans",
    Select: "select",
    Regression: "regression",
}
