"""Values as the columns of a table, as trees read them: numbers as they are, categories numbered, NaN for missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Float, Float32

from transom.data.features.categories import fit_categories
from transom.data.features.vectors import check_learned, check_lengths

Table = Float32[np.ndarray, "n_examples n_columns"]

LARGEST = np.finfo(np.float32).max
COARSE = 1e-3
"""Float32 is too coarse where its steps are more than this share of the width of the middle half of numbers."""


@dataclass(frozen=True)
class ColumnReading:
    """A singleton, or one field of a record; a vector is as many columns as it has numbers."""

    payload: str
    value: Literal["number", "category", "vector"]
    field: str | None = None


@dataclass(frozen=True)
class ColumnSpec:
    """What trees know of a column: the categories in use, whose places are their numbers, and the length of vectors.

    Numbers are counted from `origin`, which is 0 but for those that float32 is too coarse for.
    """

    reading: ColumnReading
    categories: tuple[str, ...] = ()
    width: int = 1
    origin: float = 0.0


@dataclass(frozen=True)
class TableSpec:
    """The columns of a table, in order."""

    columns: tuple[ColumnSpec, ...]

    @property
    def n_columns(self) -> int:
        """How many numbers a row has."""
        return sum(column.width for column in self.columns)

    @property
    def categorical(self) -> tuple[int, ...]:
        """The places of the columns that hold categories."""
        ends = np.cumsum([column.width for column in self.columns])
        return tuple(
            int(end) - 1 for end, column in zip(ends, self.columns, strict=True) if column.reading.value == "category"
        )


def fit_table(readings: Sequence[ColumnReading], values: Mapping[str, Sequence[Any]]) -> TableSpec:
    """What is learned from the values of the train examples, by payload name.

    Raises:
        UsageError: vectors of unlike lengths.
    """
    return TableSpec(tuple(_fit(reading, _values(reading, values)) for reading in readings))


def encode_table(spec: TableSpec, values: Mapping[str, Sequence[Any]]) -> Table:
    """One row an example; an unknown category counts as missing.

    Raises:
        UsageError: a vector of another length than those of the train examples.
    """
    parts = [_encode(column, _values(column.reading, values)) for column in spec.columns]
    return np.concatenate(parts, axis=1).clip(-LARGEST, LARGEST).astype(np.float32)


def _fit(reading: ColumnReading, values: Sequence[Any]) -> ColumnSpec:
    match reading.value:
        case "number":
            return ColumnSpec(reading, origin=_origin(_numbers(values)))
        case "category":
            return ColumnSpec(reading, categories=fit_categories(values).names)
        case "vector":
            vectors = [value for value in values if value is not None]
            width = len(vectors[0]) if vectors else 0
            check_lengths(reading.payload, vectors, width)
            return ColumnSpec(reading, width=width)


def _encode(column: ColumnSpec, values: Sequence[Any]) -> Float[np.ndarray, "n_examples width"]:
    match column.reading.value:
        case "number":
            return (_numbers(values) - column.origin).reshape(-1, 1)
        case "category":
            places: dict[str | None, float] = {name: float(place) for place, name in enumerate(column.categories)}
            return np.array([places.get(value, np.nan) for value in values], np.float64).reshape(-1, 1)
        case "vector":
            check_learned(column.reading.payload, [value for value in values if value is not None], column.width)
            missing = [np.nan] * column.width
            rows = [missing if value is None else value for value in values]
            return np.array(rows, np.float64).reshape(len(rows), column.width)


def _numbers(values: Sequence[float | None]) -> Float[np.ndarray, " n_examples"]:
    return np.array([np.nan if value is None else value for value in values], np.float64)


def _origin(numbers: Float[np.ndarray, " n_examples"]) -> float:
    """The median of numbers that float32 is too coarse for, such as seconds since 1970 of one day; of others 0."""
    known = numbers[np.isfinite(numbers)].clip(-LARGEST, LARGEST)
    if not len(known):
        return 0.0
    low, median, high = np.quantile(known, [0.25, 0.5, 0.75])
    is_coarse = high > low and abs(median) * np.finfo(np.float32).eps > COARSE * (high - low)
    return float(median) if is_coarse else 0.0


def _values(reading: ColumnReading, values: Mapping[str, Sequence[Any]]) -> Sequence[Any]:
    column = values[reading.payload]
    if reading.field is None:
        return column
    return [None if record is None else record.get(reading.field) for record in column]
