"""One door to every kind of payload value: how it is read, what is learned from it, and its bags of features."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from transom.data.features.bags import Bags, bags_of, side_by_side
from transom.data.features.categories import CategoryReading, CategorySpec, encode_categories, fit_categories
from transom.data.features.numbers import NumberReading, NumberSpec, encode_numbers, fit_numbers
from transom.data.features.text import TextReading, TextSpec, encode_text, fit_text
from transom.data.features.vectors import VectorReading, VectorSpec, encode_vectors, fit_vectors


@dataclass(frozen=True)
class RecordReading:
    """A record is read field by field, by name."""

    fields: tuple[tuple[str, "TextReading | NumberReading | CategoryReading"], ...]


@dataclass(frozen=True)
class RecordSpec:
    """What a model knows of a record: the ids of its fields, one field after the other.

    Without fields, as members may be that only their `range` says something of, one id says that there is a record.
    """

    fields: tuple[tuple[str, "TextSpec | NumberSpec | CategorySpec"], ...]

    @property
    def n_features(self) -> int:
        """Number of ids."""
        return sum(spec.n_features for _, spec in self.fields) if self.fields else 1


ValueReading = TextReading | NumberReading | CategoryReading | VectorReading | RecordReading
ValueSpec = TextSpec | NumberSpec | CategorySpec | VectorSpec | RecordSpec


def fit_values(reading: ValueReading, values: Sequence[Any]) -> ValueSpec:
    """What is learned from the values of the train examples; None is a missing value."""
    match reading:
        case RecordReading(fields):
            return RecordSpec(tuple((name, _fit_field(each, _column(values, name))) for name, each in fields))
        case VectorReading():
            return fit_vectors(reading, values)
        case _:
            return _fit_field(reading, values)


def encode_values(spec: ValueSpec, values: Sequence[Any]) -> Bags:
    """One row of features a value."""
    match spec:
        case TextSpec():
            return encode_text(spec, values)
        case NumberSpec():
            return encode_numbers(spec, values)
        case CategorySpec():
            return encode_categories(spec, values)
        case VectorSpec():
            return encode_vectors(spec, values)
        case RecordSpec(()):
            return bags_of(np.arange(len(values)), np.zeros(len(values), np.int64), np.ones(len(values)), len(values))
        case RecordSpec(fields):
            parts = [encode_values(each, _column(values, name)) for name, each in fields]
            return side_by_side(parts, [each.n_features for _, each in fields])


def _fit_field(
    reading: TextReading | NumberReading | CategoryReading, values: Sequence[Any]
) -> TextSpec | NumberSpec | CategorySpec:
    match reading:
        case TextReading():
            return fit_text(reading, values)
        case NumberReading():
            return fit_numbers(reading, values)
        case CategoryReading():
            return fit_categories(values)


def _column(values: Sequence[dict[str, Any] | None], name: str) -> list[Any]:
    return [None if value is None else value.get(name) for value in values]
