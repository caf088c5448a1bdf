"""Texts that are compared as features."""

import numpy as np

from transom.data.features.overlap import OverlapReading, Place, encode_overlap, fit_overlap, texts_of

LEFT, RIGHT = Place("left"), Place("right")
TITLE, STRETCH = Place("entities", "title"), Place("entities", points_at="tokens")
ENTITIES = [
    [
        {"id": "a", "range": {"start": 1, "end": 3}, "title": "New York"},
        {"id": "b", "range": None, "title": None},
    ],
    None,
    [{"id": "c", "range": {"start": 0, "end": 1}, "title": "Rome"}],
]
TOKENS = [["in", "new", "york"], ["x"], ["rome", "now"]]


def reading(*pairs):
    return OverlapReading("left", pairs)


def test_texts_are_payloads_sequences_and_fields():
    values = {"left": ["a b", None], "right": [["a", "c"], None], "pair": [{"name": "d"}, None]}
    of_tokens, of_field = texts_of(reading((LEFT, RIGHT), (LEFT, Place("pair", "name"))), values)
    assert of_tokens == [("a b", "a c"), (None, None)]
    assert of_field == [("a b", "d"), (None, None)]


def test_members_are_compared_one_by_one_with_what_they_point_at_and_what_stands_beside():
    values = {"entities": ENTITIES, "tokens": TOKENS, "mention": ["York", "y", None]}
    pairs = reading((TITLE, STRETCH), (TITLE, Place("mention")))
    of_stretch, of_mention = texts_of(pairs, values, elements_of="entities", max_length=8)
    assert of_stretch == [("New York", "new york"), (None, None), ("Rome", "rome")]
    assert of_mention == [("New York", "York"), (None, "York"), ("Rome", None)]


def test_tokens_are_compared_one_by_one_with_what_stands_beside():
    values = {"tokens": [["new", "york"], None, ["rome", "now"]], "left": ["in York", "x", None]}
    (found,) = texts_of(reading((Place("tokens"), LEFT)), values, elements_of="tokens", max_length=1)
    assert found == [("new", "in York"), ("rome", None)]


def test_members_that_are_not_seen_are_not_compared():
    values = {"entities": ENTITIES, "tokens": TOKENS}
    (found,) = texts_of(reading((TITLE, STRETCH)), values, elements_of="entities", max_length=1)
    assert found == [("New York", "new york"), ("Rome", "rome")]


def test_tokens_beyond_the_length_that_is_seen_are_not_compared():
    values = {"left": ["a"], "right": [["b", "a"]], "entities": ENTITIES[:1], "tokens": [["in", "new", "york"]]}
    (found,) = texts_of(reading((LEFT, Place("right", max_length=1))), values)
    assert found == [("a", "b")]
    stretch = Place("entities", points_at="tokens", max_length=2)
    (found,) = texts_of(reading((TITLE, stretch)), values, elements_of="entities", max_length=1)
    assert found == [("New York", "new")]


def test_a_share_is_read_as_it_is_and_in_quarters():
    spec = fit_overlap(reading((LEFT, RIGHT)), [[("a b", "a c")]])
    bags = encode_overlap(spec, [[("q r s t u", "q"), ("x", "y")]])
    assert bags.n_rows == 2
    assert bags.ids[:5].tolist() == [1, 2, 7, 8, 9]  # a fifth of the first text; all of the second, quarter by quarter
    assert np.allclose(bags.weights[:5], [0.2, 0.8, 1, 1, 1])
    assert bags.offsets[2] == bags.offsets[1]


def test_what_is_read_are_all_payloads_of_the_pairs():
    assert reading((TITLE, STRETCH), (TITLE, Place("mention"))).payloads == ("entities", "tokens", "mention")


def test_pairs_that_share_more_have_larger_features():
    texts = [[("a b", "a b"), ("a b", "a c"), ("a b", "d e"), ("a", None)]]
    spec = fit_overlap(reading((LEFT, RIGHT)), texts)
    bags = encode_overlap(spec, texts)
    sums = [bags.weights[start:end].sum() for start, end in zip(bags.offsets[:-1], bags.offsets[1:], strict=True)]
    assert sums[0] > sums[1] > sums[2]
    assert bags.n_rows == 4
    assert bags.ids.max() < spec.n_features


def test_a_missing_text_has_a_feature_of_its_own():
    spec = fit_overlap(reading((LEFT, RIGHT)), [[("a", "a"), ("a", "b")]])
    missing = encode_overlap(spec, [[(None, "a")]])
    assert 0 in missing.ids
    assert 0 not in encode_overlap(spec, [[("b", "a")]]).ids
