"""From scores to predictions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from transom.data.decisions import Scored, decide, likeliest_tags, predictions_from
from transom.data.items import from_lengths, one_each
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans

CLASSES = ("a", "b")


def scores_of(*shape):
    return arrays(np.float32, shape, elements=st.floats(-20, 20, width=32))


@given(scores_of(4, 3))
def test_probabilities_of_classes_sum_to_one_and_the_likeliest_is_the_label(scores):
    decided = decide(Multiclass("t", ("a", "b", "c")), scores, None)
    assert decided.probabilities.sum(axis=1) == pytest.approx(np.ones(4), abs=1e-12)
    assert (decided.probabilities[np.arange(4), decided.labels] == decided.probabilities.max(axis=1)).all()


@given(scores_of(4, 2))
def test_a_bit_holds_where_its_probability_is_above_a_half(scores):
    decided = decide(Bitvector("t", CLASSES), scores, None)
    assert (decided.labels == (decided.probabilities > 0.5)).all()


def test_extreme_scores_are_no_reason_for_a_warning():
    decided = decide(Bitvector("t", CLASSES), np.array([[1e9, -1e9]], np.float32), None)
    assert decided.probabilities.tolist() == [[1.0, 0.0]]


def test_padding_is_left_out():
    scores = np.zeros((2, 3, 2), np.float32)
    scores[0, 1, 1] = scores[1, 2, 1] = 9
    decided = decide(Multiclass("t", CLASSES), scores, np.array([2, 1]))
    assert decided.labels.tolist() == [0, 1, 0]


@given(scores_of(3, 5, 5), st.lists(st.integers(0, 5), min_size=3, max_size=3))
@settings(max_examples=40)
def test_an_inside_tag_always_goes_on_with_a_span_of_its_class(scores, lengths):
    tags = likeliest_tags(scores.astype(np.float64), np.array(lengths))
    for row, length in zip(tags.tolist(), lengths, strict=True):
        for before, tag in zip([0, *row], row[:length], strict=False):
            assert tag == 0 or tag % 2 == 1 or before in (tag, tag - 1)


@given(scores_of(1, 4, 3))
@settings(max_examples=40)
def test_no_legal_sequence_of_tags_is_likelier(scores):
    logarithms = scores.astype(np.float64)
    found = likeliest_tags(logarithms, np.array([4]))[0]
    legal = [
        tags
        for tags in np.ndindex(3, 3, 3, 3)
        if all(tag != 2 or before > 0 for before, tag in zip((0, *tags), tags, strict=False))
    ]
    totals = [logarithms[0, range(4), tags].sum() for tags in legal]
    assert logarithms[0, range(4), found].sum() == pytest.approx(max(totals))


def test_a_span_is_decoded():
    scores = np.full((1, 4, 3), -5.0, np.float32)
    scores[0, [0, 1, 2, 3], [0, 1, 2, 0]] = 5
    decided = decide(Spans("t", ("PER",)), scores, np.array([4]))
    assert decided.labels.tolist() == [0, 1, 2, 0]


def test_select_answers_a_member_or_none():
    scores = np.array([[0.0, 5.0, 1.0], [5.0, 1.0, -1e9], [3.0, -1e9, -1e9]], np.float32)
    decided = decide(Select("t"), scores, np.array([2, 1, 0]))
    assert decided.labels.tolist() == [0, 1, 0]
    assert decided.probabilities.shape == (3,)
    assert decided.probabilities[0] > 0.9
    assert decided.probabilities[2] < 0.1


def test_batches_in_any_order_give_the_same_predictions():
    task, items = Multiclass("t", CLASSES), from_lengths(np.array([2, 0, 1]))
    scores = np.array([[[1, 0], [0, 1]], [[0, 0], [0, 0]], [[0, 3], [0, 0]]], np.float32)
    lengths = np.array([2, 0, 1])
    whole = predictions_from(task, items, [Scored(np.arange(3), scores, lengths)])
    order = np.array([2, 1, 0])
    parts = predictions_from(task, items, [Scored(order, scores[order], lengths[order])])
    assert whole.labels.tolist() == parts.labels.tolist() == [0, 1, 1]
    assert np.array_equal(whole.probabilities, parts.probabilities)
    assert whole.covered is None


@pytest.mark.parametrize(
    ("task", "width", "unseen"),
    [
        (Multiclass("t", CLASSES), (2,), [0.5, 0.5]),
        (Bitvector("t", CLASSES), (2,), [0.5, 0.5]),
        (Spans("t", ("PER",)), (3,), [1.0, 0.0, 0.0]),
        (Regression("t"), (), 0.0),
    ],
)
def test_elements_beyond_what_a_network_sees_are_not_covered(task, width, unseen):
    scored = Scored(np.array([0]), np.ones((1, 1, *width), np.float32), np.array([1]))
    predictions = predictions_from(task, from_lengths(np.array([3])), [scored])
    assert predictions.probabilities[2].tolist() == unseen
    assert predictions.covered.reshape(3, -1)[:, 0].tolist() == [True, False, False]


def test_a_number_that_a_network_does_not_see_is_none():
    scored = Scored(np.array([0]), np.array([[2.5]], np.float32), np.array([1]))
    predictions = predictions_from(Regression("t"), from_lengths(np.array([3])), [scored])
    assert predictions.labels == pytest.approx([2.5, np.nan, np.nan], nan_ok=True)


def test_members_beyond_what_a_network_sees_are_never_chosen():
    scored = Scored(np.array([0]), np.array([[5.0, 1.0]], np.float32), np.array([1]))
    predictions = predictions_from(Select("t"), from_lengths(np.array([3])), [scored])
    assert predictions.labels.tolist() == [3]
    assert predictions.probabilities[1:].tolist() == [0.0, 0.0]


def test_a_number_is_its_own_label():
    predictions = predictions_from(Regression("t"), one_each(2), [Scored(np.arange(2), np.array([1.5, -2.0]))])
    assert predictions.labels.tolist() == predictions.probabilities.tolist() == [1.5, -2.0]
