"""Records, and the door to all kinds of value."""

import numpy as np
import pytest

from transom.data.features.categories import CategoryReading
from transom.data.features.numbers import NumberReading
from transom.data.features.text import TextReading
from transom.data.features.values import RecordReading, encode_values, fit_values
from transom.data.features.vectors import VectorReading

RECORD = RecordReading((("age", NumberReading(4)), ("job", CategoryReading()), ("note", TextReading(1, 0))))
VALUES = [
    {"age": 31.0, "job": "cook", "note": "likes fish"},
    {"age": 40.0, "job": None, "note": None},
    {"age": None, "job": "smith", "note": "likes fire"},
]


def test_a_record_has_the_features_of_its_fields_side_by_side():
    spec = fit_values(RECORD, VALUES)
    bags = encode_values(spec, VALUES)
    sizes = [field.n_features for _, field in spec.fields]
    assert spec.n_features == sum(sizes)
    for (name, field), first in zip(spec.fields, np.cumsum([0, *sizes[:-1]]), strict=True):
        alone = encode_values(field, [value[name] for value in VALUES])
        own = (bags.ids >= first) & (bags.ids < first + field.n_features)
        assert (bags.ids[own] - first).tolist() == alone.ids.tolist()
        assert bags.weights[own].tolist() == alone.weights.tolist()


def test_a_missing_record_misses_every_field():
    spec = fit_values(RECORD, VALUES)
    nothing, empty = encode_values(spec, [None]), encode_values(spec, [{}])
    assert nothing.ids.tolist() == empty.ids.tolist()
    assert len(nothing.ids) >= 3


@pytest.mark.parametrize(
    ("reading", "values"),
    [
        (TextReading(2, 3), ["a text", None]),
        (NumberReading(3), [1.0, None]),
        (CategoryReading(), ["a", None]),
        (VectorReading("v"), [[1.0, 2.0], None]),
        (RECORD, [VALUES[0], None]),
        (RecordReading(()), [{}, None]),
    ],
)
def test_every_kind_of_value_has_a_row_each_and_ids_below_their_number(reading, values):
    spec = fit_values(reading, values)
    bags = encode_values(spec, values)
    assert bags.n_rows == 2
    assert (bags.ids < spec.n_features).all()
