"""Feature specs as JSON, to the last bit."""

import base64
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from transom.data.features.categories import CategoryReading, CategorySpec
from transom.data.features.numbers import NumberReading, NumberSpec
from transom.data.features.payloads import FeatureSpec, PayloadReading, PayloadSpec
from transom.data.features.text import TextReading, TextSpec
from transom.data.features.values import RecordReading, RecordSpec
from transom.data.features.vectors import VectorReading, VectorSpec
from transom.data.features.words import WordReading, WordSpec
from transom.data.vocabulary import Vocabulary

_PARTS: Mapping[str, type] = {
    cls.__name__: cls
    for cls in (
        *(CategoryReading, NumberReading, PayloadReading, RecordReading, TextReading, VectorReading, WordReading),
        *(CategorySpec, FeatureSpec, NumberSpec, PayloadSpec, RecordSpec, TextSpec, VectorSpec, WordSpec),
        Vocabulary,
    )
}


def spec_to_json(spec: FeatureSpec) -> dict[str, Any]:
    """A spec as JSON values; arrays are base64 of their little-endian bytes."""
    document = _to_json(spec)
    assert isinstance(document, dict)
    return document


def spec_from_json(document: Mapping[str, Any]) -> FeatureSpec:
    """The spec that `spec_to_json` wrote."""
    spec = _from_json(document)
    assert isinstance(spec, FeatureSpec)
    return spec


def _to_json(value: object) -> object:
    if isinstance(value, np.ndarray):
        data = value.astype(value.dtype.newbyteorder("<")).tobytes()
        return {"dtype": value.dtype.newbyteorder("<").str, "base64": base64.b64encode(data).decode()}
    if is_dataclass(value):
        return {"is": type(value).__name__} | {
            field.name: _to_json(getattr(value, field.name)) for field in fields(value)
        }
    return [_to_json(each) for each in value] if isinstance(value, tuple) else value


def _from_json(value: object) -> object:
    match value:
        case {"dtype": str(dtype), "base64": str(data)}:
            stored = np.frombuffer(base64.b64decode(data), dtype)
            return stored.astype(stored.dtype.newbyteorder("="))
        case {"is": str(name), **parts}:
            return _PARTS[name](**{str(key): _from_json(part) for key, part in parts.items()})
        case list():
            return tuple(_from_json(each) for each in value)
    return value
