"""How long the vectors are that a model reads: of another length it can say nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from transom.data.features.columns import TableSpec
from transom.data.features.payloads import FeatureSpec
from transom.data.features.vectors import VectorSpec


def vector_lengths(spec: FeatureSpec, tables: Iterable[TableSpec] = ()) -> dict[str, int]:
    """How many numbers a vector has by payload, as the network's features or the tables of its trees know it."""
    columns = {
        column.reading.payload: column.width
        for table in tables
        for column in table.columns
        if column.reading.value == "vector"
    }
    features = {
        payload.reading.name: len(payload.value.mean)
        for payload in spec.payloads
        if isinstance(payload.value, VectorSpec)
    }
    return columns | features


def are_as_long(lengths: Mapping[str, int], values: Mapping[str, Sequence[Any]]) -> bool:
    """Whether the vectors of each payload, which are all of one length, are as long as a model reads them.

    >>> are_as_long({"place": 2, "path": 1}, {"place": [None, [0.5, 1.0]], "path": [[], [None, [2.0]]]})
    True
    """
    found = {name: next(_vectors(values[name]), None) for name in lengths}
    return all(vector is None or len(vector) == lengths[name] for name, vector in found.items())


def _vectors(values: Iterable[Any]) -> Iterator[Sequence[float]]:
    """The vectors of a singleton, or of the elements of a sequence."""
    for value in values:
        for element in value or ():
            if isinstance(element, int | float):
                yield value
                break
            if element is not None:
                yield element
