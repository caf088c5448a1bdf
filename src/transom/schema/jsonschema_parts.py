"""What JSON Schemas (draft 2020-12) are put together from; no pydantic, since a server describes itself with it."""

from collections.abc import Collection, Mapping
from typing import Any

JsonSchema = dict[str, Any]

DRAFT = "https://json-schema.org/draft/2020-12/schema"

NULL: JsonSchema = {"type": "null"}
TEXT: JsonSchema = {"type": "string"}
NAME: JsonSchema = {"type": "string", "minLength": 1}
NUMBER: JsonSchema = {"type": "number"}
COUNT: JsonSchema = {"type": "integer", "minimum": 0}
SHARE: JsonSchema = {"type": "number", "minimum": 0, "maximum": 1}


def document_schema(title: str, schema: JsonSchema) -> JsonSchema:
    """A schema as a document of its own."""
    return {"$schema": DRAFT, "title": title, **schema}


def object_schema(properties: Mapping[str, JsonSchema], required: Collection[str] = ()) -> JsonSchema:
    """An object of these properties and no others."""
    needed = {"required": list(required)} if required else {}
    return {"type": "object", "properties": dict(properties), "additionalProperties": False, **needed}


def mapping_schema(values: JsonSchema) -> JsonSchema:
    """An object of any keys, all with such values."""
    return {"type": "object", "additionalProperties": values}


def array_schema(items: JsonSchema) -> JsonSchema:
    """A list of any length, all of such items."""
    return {"type": "array", "items": items}


def or_null(schema: JsonSchema) -> JsonSchema:
    """The same, or nothing."""
    return {"anyOf": [schema, NULL]}
