"""Feature specs as JSON."""

from collections.abc import Mapping
from typing import Any

from transom.data.features.categories import CategoryReading, CategorySpec
from transom.data.features.columns import ColumnReading, ColumnSpec, TableSpec
from transom.data.features.numbers import NumberReading, NumberSpec
from transom.data.features.overlap import OverlapReading, OverlapSpec, Place
from transom.data.features.payloads import FeatureSpec, PayloadReading, PayloadSpec
from transom.data.features.pieces import PieceReading, PieceSpec
from transom.data.features.shared_words import Rarity
from transom.data.features.text import TextReading, TextSpec
from transom.data.features.values import RecordReading, RecordSpec
from transom.data.features.vectors import VectorReading, VectorSpec
from transom.data.features.words import WordReading, WordSpec
from transom.data.frozen_json import from_json, to_json
from transom.data.vocabulary import Vocabulary

READINGS: Mapping[str, type] = {
    cls.__name__: cls
    for cls in (
        CategoryReading,
        ColumnReading,
        NumberReading,
        OverlapReading,
        PayloadReading,
        PieceReading,
        Place,
        RecordReading,
        TextReading,
        VectorReading,
        WordReading,
    )
}
SPECS: Mapping[str, type] = {
    cls.__name__: cls
    for cls in (
        CategorySpec,
        ColumnSpec,
        FeatureSpec,
        NumberSpec,
        OverlapSpec,
        PayloadSpec,
        PieceSpec,
        Rarity,
        RecordSpec,
        TableSpec,
        TextSpec,
        VectorSpec,
        WordSpec,
    )
}


def spec_to_json(spec: FeatureSpec) -> dict[str, Any]:
    """A spec as JSON values."""
    document: dict[str, Any] = to_json(spec)
    return document


def spec_from_json(document: Mapping[str, Any]) -> FeatureSpec:
    """The spec that `spec_to_json` wrote."""
    spec = from_json(document, {**READINGS, **SPECS, "Vocabulary": Vocabulary})
    assert isinstance(spec, FeatureSpec)
    return spec
