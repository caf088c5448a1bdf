"""Payloads as arrays."""

import numpy as np
import pytest

from transom.data.features.categories import CategoryReading
from transom.data.features.numbers import NumberReading
from transom.data.features.payloads import PayloadReading, as_in_dataset, encode_features, fit_features
from transom.data.features.text import TextReading
from transom.data.features.values import RecordReading
from transom.data.features.vectors import VectorReading
from transom.data.features.words import WordReading
from transom.schema.payloads import Field, MemberSet, Singleton

TOKENS = PayloadReading("tokens", "sequence", WordReading(3), max_length=3)
QUERY = PayloadReading("query", "singleton", TextReading(1, 0))
TEXT = PayloadReading("text", "text", WordReading(3), max_length=4)
HEIGHTS = PayloadReading("heights", "sequence", NumberReading(4), max_length=2)
FRAME = PayloadReading("frame", "singleton", VectorReading("frame"))
ENTITIES = PayloadReading("entities", "set", RecordReading((("kind", CategoryReading()),)), max_length=2)


def encoded(reading, values):
    spec = fit_features([reading], {reading.name: values})
    return encode_features(spec, {reading.name: values}).payloads[reading.name]


def test_a_singleton_is_its_own_only_element():
    found = encoded(QUERY, ["a b", None])
    assert found.is_singleton
    assert found.items.lengths.tolist() == [1, 1]
    assert found.index.tolist() == [0, 1]


def test_equal_words_share_a_row():
    found = encoded(TOKENS, [["a", "b"], ["b", "a", "b"]])
    assert found.bags.n_rows == 2
    assert found.index.tolist() == [0, 1, 1, 0, 1]


def test_a_missing_sequence_has_no_elements():
    found = encoded(TOKENS, [None, [], ["a"]])
    assert found.items.lengths.tolist() == [0, 0, 1]


def test_a_long_sequence_is_cut_and_counted():
    found = encoded(TOKENS, [["w"] * 10_000, ["w"] * 3, ["w"]])
    assert found.items.lengths.tolist() == [3, 3, 1]
    assert found.all_items.lengths.tolist() == [10_000, 3, 1]
    assert found.n_truncated == 1


def test_a_text_may_be_read_word_by_word():
    found = encoded(TEXT, ["One, two!", None, "a b c d e f"])
    assert found.items.lengths.tolist() == [4, 0, 4]
    assert found.n_truncated == 1


def test_a_sequence_of_numbers_has_a_row_each():
    found = encoded(HEIGHTS, [[1.0, None, 3.0], [], [2.0]])
    assert found.items.lengths.tolist() == [2, 0, 1]
    assert found.bags.n_rows == 3


def test_members_of_a_set_keep_their_ranges():
    members = [
        [{"id": "x", "range": {"start": 3, "end": 5}, "kind": "a"}, {"id": "y", "range": None, "kind": None}],
        [],
        [{"id": name, "range": None, "kind": "a"} for name in "uvw"],
    ]
    found = encoded(ENTITIES, members)
    assert found.items.lengths.tolist() == [2, 0, 2]
    assert found.ranges.tolist() == [[3, 5], [-1, -1], [-1, -1], [-1, -1]]


def test_nothing_but_empty_sets_is_no_reason_to_stop():
    found = encoded(ENTITIES, [[], None])
    assert found.ranges.shape == (0, 2)


PERSON = PayloadReading(
    "person",
    "singleton",
    RecordReading((("height", NumberReading(4)), ("note", TextReading(1, 0)), ("port", CategoryReading()))),
)


@pytest.mark.parametrize(
    ("reading", "value", "expected"),
    [(QUERY, "a b", True), (TOKENS, ["a"], True), (HEIGHTS, [1.0, 2.0], False), (FRAME, [1.0, 2.0], False)],
)
def test_words_are_discrete_and_numbers_are_not(reading, value, expected):
    (spec,) = fit_features([reading], {reading.name: [value]}).payloads
    assert spec.discrete.tolist() == [expected] * spec.n_features


def test_of_a_record_texts_and_categories_are_discrete():
    people = [{"height": 1.0, "note": "a b", "port": "quay"}, {"height": 2.0, "note": "b", "port": "bay"}]
    (spec,) = fit_features([PERSON], {"person": people}).payloads
    height, note, port = (field.n_features for _, field in spec.value.fields)
    assert spec.discrete.tolist() == [False] * height + [True] * (note + port)


def test_only_the_train_examples_are_learned_from():
    spec = fit_features([QUERY], {"query": ["ship"]})
    found = encode_features(spec, {"query": ["ship", "boat"]}).payloads["query"]
    assert np.diff(found.bags.offsets).tolist() == [1, 0]


def test_a_model_without_payloads_has_no_features():
    assert encode_features(fit_features([], {}), {}).n_examples == 0


@pytest.mark.parametrize(
    ("payload", "value", "expected"),
    [
        (Singleton("q", "text"), "a", "a"),
        (MemberSet("e", (Field("kind", "category"),)), None, None),
        (
            MemberSet("e", (Field("kind", "category"),)),
            [{"id": "x", "range": [3, 4], "fields": {"kind": "a"}}, {"id": "y"}],
            [{"id": "x", "range": {"start": 3, "end": 4}, "kind": "a"}, {"id": "y", "range": None}],
        ),
    ],
)
def test_a_served_payload_takes_the_form_that_a_dataset_has(payload, value, expected):
    assert as_in_dataset(payload, value) == expected


@pytest.mark.parametrize(
    ("reading", "values"),
    [
        (QUERY, ["a b", None, "b"]),
        (TOKENS, [["a", "b"], None, ["b", "a", "b", "c"]]),
        (ENTITIES, [[{"id": "x", "range": {"start": 0, "end": 2}, "kind": "p"}], [], [{"id": "y", "range": None}] * 3]),
    ],
)
def test_examples_that_are_taken_have_the_features_they_have_alone(reading, values):
    spec = fit_features([reading], {reading.name: values})
    taken = encode_features(spec, {reading.name: values}).take(np.array([2, 0])).payloads[reading.name]
    alone = encode_features(spec, {reading.name: [values[2], values[0]]}).payloads[reading.name]
    rows, expected = taken.bags.take(taken.index), alone.bags.take(alone.index)
    assert rows.ids.tolist() == expected.ids.tolist()
    assert rows.weights.tolist() == expected.weights.tolist()
    assert taken.items.lengths.tolist() == alone.items.lengths.tolist()
    assert taken.n_truncated == alone.n_truncated
    assert np.array_equal(taken.ranges, alone.ranges)
    assert taken.n_features().tolist() == alone.n_features().tolist()
