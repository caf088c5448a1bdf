"""Frozen dataclasses as JSON and back, to the last bit: what an artifact keeps of a model beside its weights."""

import base64
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np


def to_json(value: object) -> Any:
    """A dataclass, made of dataclasses, tuples, arrays and plain values, as JSON values.

    Fields that do not count when two are compared, such as a place in a file, are left out; arrays are base64 of their
    little-endian bytes.
    """
    if isinstance(value, np.ndarray):
        little = value.astype(value.dtype.newbyteorder("<"))
        return {"dtype": little.dtype.str, "base64": base64.b64encode(little.tobytes()).decode()}
    if is_dataclass(value):
        kept = {field.name: to_json(getattr(value, field.name)) for field in fields(value) if field.compare}
        return {"is": type(value).__name__} | kept
    return [to_json(each) for each in value] if isinstance(value, tuple) else value


def from_json(document: object, classes: Mapping[str, type]) -> Any:
    """What `to_json` was given; `classes` are the dataclasses that may be in it, by name."""
    match document:
        case {"dtype": str(dtype), "base64": str(data)}:
            stored = np.frombuffer(base64.b64decode(data), dtype)
            return stored.astype(stored.dtype.newbyteorder("="))
        case {"is": str(name), **parts}:
            return classes[name](**{str(key): from_json(part, classes) for key, part in parts.items()})
        case list():
            return tuple(from_json(each, classes) for each in document)
    return document
