"""Feature specs as JSON."""

import json

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from transom.data.features.categories import CategoryReading
from transom.data.features.numbers import NumberReading
from transom.data.features.overlap import OverlapReading, Place
from transom.data.features.payloads import PayloadReading, encode_features, fit_features
from transom.data.features.stored import spec_from_json, spec_to_json
from transom.data.features.text import TextReading
from transom.data.features.values import RecordReading
from transom.data.features.vectors import VectorReading
from transom.data.features.words import WordReading

READINGS = [
    PayloadReading("text", "singleton", TextReading(2, 3)),
    PayloadReading("tokens", "sequence", WordReading(3), 5),
    PayloadReading("vector", "singleton", VectorReading("vector")),
    PayloadReading("record", "singleton", RecordReading((("age", NumberReading(3)), ("job", CategoryReading())))),
    PayloadReading("text", "singleton", OverlapReading("text", ((Place("text"), Place("tokens")),))),
]

examples = st.fixed_dictionaries(
    {
        "text": st.none() | st.text(max_size=20),
        "tokens": st.none() | st.lists(st.text(max_size=5), max_size=6),
        "vector": st.none() | st.lists(st.floats(-5, 5), min_size=2, max_size=2),
        "record": st.none()
        | st.fixed_dictionaries({"age": st.none() | st.floats(-5, 5), "job": st.none() | st.text()}),
    }
)


@given(st.lists(examples, min_size=1, max_size=5))
@settings(max_examples=25)
def test_a_spec_written_and_read_again_gives_the_same_features(rows):
    values = {name: [row[name] for row in rows] for name in ("text", "tokens", "vector", "record")}
    spec = fit_features(READINGS, values)
    document = json.loads(json.dumps(spec_to_json(spec)))
    again = spec_from_json(document)
    assert spec_to_json(again) == document
    for one, other in zip(
        encode_features(spec, values).payloads.values(), encode_features(again, values).payloads.values(), strict=True
    ):
        assert np.array_equal(one.bags.ids, other.bags.ids)
        assert np.array_equal(one.bags.weights, other.bags.weights)
