"""JSON Schemas (draft 2020-12) for editors and other programs: settings dataclasses, and schema.yaml."""

import inspect
from collections.abc import Collection, Mapping
from dataclasses import MISSING, fields
from typing import Any, get_args

from pydantic import TypeAdapter

from transom.schema.jsonschema_parts import JsonSchema, document_schema, mapping_schema, object_schema
from transom.schema.load import TASKS
from transom.schema.names import PAYLOAD_NAME, RESERVED, SQL_VALUE
from transom.schema.payloads import FieldValue, MemberSet, Sequence, Singleton, SingletonValue
from transom.schema.references import PAYLOAD_OF_TASK
from transom.schema.settings import annotations
from transom.schema.slices import Slice

NOT_KEYS = ("name", "at")
"""Fields of declarations that are no keys: the name is the key of the whole, the place is not written."""


def settings_schema(cls: type[Any], *, without: Collection[str] = NOT_KEYS, **also: JsonSchema) -> JsonSchema:
    """What `parse_settings` takes for a dataclass; `also` are further keys, and all of those are required.

    >>> from transom.schema.tasks import Select
    >>> settings_schema(Select)["properties"]["ordered_by"]
    {'anyOf': [{'enum': ['order', 'time'], 'type': 'string'}, {'type': 'null'}]}
    """
    read = [field for field in fields(cls) if field.name not in without]
    properties = {field.name: value_schema(annotations(cls)[field.name], field.metadata) for field in read}
    required = [each.name for each in read if each.default is MISSING and each.default_factory is MISSING]
    described = {"description": inspect.cleandoc(cls.__doc__)} if cls.__doc__ else {}
    return {**described, **object_schema(also | properties, [*also, *required])}


def value_schema(annotation: Any, limits: Mapping[str, Any]) -> JsonSchema:
    """What `parse_value` takes for an annotation and its limits, which are in the words of JSON Schema already."""
    return {**TypeAdapter(annotation).json_schema(), **limits}


def schema_yaml_schema() -> JsonSchema:
    """What schema.yaml may hold."""
    taken = {"anyOf": [{"enum": list(RESERVED)}, {"pattern": SQL_VALUE}]}
    payloads = {"propertyNames": {"pattern": PAYLOAD_NAME, "not": taken}}
    sections = {
        "payloads": {**mapping_schema({"oneOf": _payload_schemas()}), **payloads},
        "tasks": {**mapping_schema({"oneOf": _task_schemas()}), "minProperties": 1},
        "slices": mapping_schema(_slice_schema()),
        "gold": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
    }
    return document_schema("schema.yaml", object_schema(sections, ["tasks"]))


def _payload_schemas() -> list[JsonSchema]:
    fields_of_record = mapping_schema(value_schema(FieldValue, {}))
    plain = settings_schema(Singleton, without=(*NOT_KEYS, "fields"), type={"const": "singleton"})
    plain["properties"]["value"] = {"enum": [value for value in get_args(SingletonValue) if value != "record"]}
    record = settings_schema(
        Singleton,
        without=(*NOT_KEYS, "value", "fields"),
        type={"const": "singleton"},
        value={"const": "record"},
        fields={**fields_of_record, "minProperties": 1},
    )
    members = settings_schema(MemberSet, without=(*NOT_KEYS, "fields"), type={"const": "set"})
    members["properties"] |= {"value": {"const": "record"}, "fields": fields_of_record}
    return [plain, record, settings_schema(Sequence, type={"const": "sequence"}), members]


def _task_schemas() -> list[JsonSchema]:
    schemas = []
    for name, cls in TASKS.items():
        task = settings_schema(cls, type={"const": name})
        needed = ["payload"] if name in PAYLOAD_OF_TASK else []
        schemas.append({**task, "required": [*task["required"], *needed]})
    return schemas


def _slice_schema() -> JsonSchema:
    return {**settings_schema(Slice), "oneOf": [{"required": [way]} for way in ("tag", "where", "python")]}
