"""How long the vectors are that a model reads: of another length it can say nothing."""

from collections.abc import Iterable

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
