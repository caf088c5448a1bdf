"""The JSON Schema of replies, made from a project's schema: what `predict` and the server answer to a record."""

from collections.abc import Collection
from functools import singledispatch

from transom.data.items import is_elementwise
from transom.schema.jsonschema_parts import (
    COUNT,
    NULL,
    NUMBER,
    SHARE,
    TEXT,
    JsonSchema,
    array_schema,
    mapping_schema,
    object_schema,
    or_null,
)
from transom.schema.schema import Schema
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans, Task


def reply_schema(schema: Schema, tasks: Collection[str], slices: Collection[str]) -> JsonSchema:
    """The reply of a version that answers these tasks, and tells the membership of these slices."""
    answers = {task.name: _answer_schema(schema, task) for task in schema.tasks if task.name in tasks}
    membership = {"slices": object_schema(dict.fromkeys(slices, SHARE), slices)} if slices else {}
    reply = {
        "id": {"description": "The record's, as it came."},
        "version": {**COUNT, "description": "The version that answered."},
        "predictions": object_schema(answers, answers),
        **membership,
    }
    return object_schema(reply, reply)


def _answer_schema(schema: Schema, task: Task) -> JsonSchema:
    label, probabilities = _label_schema(task), _probabilities_schema(task)
    if task.payload is not None and is_elementwise(task, schema.payload(task.payload)):
        label, probabilities = array_schema(or_null(label)), probabilities and array_schema(probabilities)
    if probabilities is None:
        return object_schema({"label": label}, ["label"])
    given = object_schema({"label": label, "probabilities": probabilities}, ["label", "probabilities"])
    if isinstance(task, Spans):
        return given
    properties = {"label": NULL, "abstained": {"const": True}, "probabilities": probabilities}
    return {"anyOf": [given, object_schema(properties, properties)]}


@singledispatch
def _label_schema(task: Task) -> JsonSchema:
    """What one item is answered."""
    raise TypeError(f"no JSON Schema for {type(task).__name__}")


@_label_schema.register
def _(task: Multiclass) -> JsonSchema:
    return {"enum": list(task.classes)}


@_label_schema.register
def _(task: Bitvector) -> JsonSchema:
    return array_schema({"enum": list(task.classes)})


@_label_schema.register
def _(task: Spans) -> JsonSchema:
    parts = [COUNT, COUNT, {"enum": list(task.classes)}]
    return array_schema({"type": "array", "prefixItems": parts, "minItems": 3, "maxItems": 3})


@_label_schema.register
def _(_task: Select) -> JsonSchema:
    return or_null(TEXT)


@_label_schema.register
def _(_task: Regression) -> JsonSchema:
    return NUMBER


def _probabilities_schema(task: Task) -> JsonSchema | None:
    """How probable the answers to one item are; None where the task has no probabilities."""
    if isinstance(task, Multiclass | Bitvector):
        return object_schema(dict.fromkeys(task.classes, SHARE), task.classes)
    if isinstance(task, Spans):
        return array_schema(SHARE)
    return mapping_schema(SHARE) if isinstance(task, Select) else None
