"""Calibration of class heads on gold."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transom.schema.tasks import Bitvector, Multiclass, Regression, Spans
from transom.training.calibration import calibration_for, fit_softmax


def drawn(n, shift, scale, seed=0):
    """Scores that are off by a shift and a scale, and labels drawn from the true ones."""
    random = np.random.default_rng(seed)
    scores = random.normal(size=(n, len(shift)))
    true = scores * scale + shift
    shares = np.exp(true) / np.exp(true).sum(axis=1, keepdims=True)
    return scores, (shares.cumsum(axis=1) > random.random((n, 1))).argmax(axis=1)


def test_shift_and_scale_are_recovered():
    scores, gold = drawn(20_000, np.array([1.0, 0.0, -1.0]), 1.7)
    found = fit_softmax(scores, gold, is_weak=True)
    assert found.scale == pytest.approx(np.full(3, 1.7), abs=0.06)  # three standard errors
    assert found.shift - found.shift.mean() == pytest.approx([1.0, 0.0, -1.0], abs=0.06)


def test_a_few_labels_change_little():
    found = fit_softmax(np.zeros((2, 2)), np.array([1, 1]), is_weak=True)
    assert abs(found.shift).max() < 0.7
    assert found.scale == pytest.approx([1.0, 1.0])


def shifted(n, *, is_weak):
    """By how much more the second of two classes is shifted, of which the scores see too little by 2."""
    scores, gold = drawn(n, np.array([0.0, 2.0]), 1.0)
    found = fit_softmax(scores, gold, is_weak=is_weak)
    return found.shift[1] - found.shift[0]


def test_a_few_labels_hardly_shift_what_gold_taught():
    assert 1.0 < shifted(40, is_weak=True) < 2.5
    assert shifted(40, is_weak=False) < 0.6 * shifted(40, is_weak=True)


def test_many_labels_shift_it_all_the_same():
    for is_weak in (True, False):
        assert shifted(20_000, is_weak=is_weak) == pytest.approx(2.0, abs=0.1)


@given(st.integers(0, 1000))
@settings(max_examples=20)
def test_calibration_never_raises_the_loss_by_more_than_its_prior(seed):
    scores, gold = drawn(50, np.array([0.5, 0.0, 0.0]), 1.0, seed)
    found = fit_softmax(scores, gold, is_weak=True)
    plain = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    assert found.loss <= -plain[np.arange(50), gold].mean() + 1e-6


@given(st.permutations(range(3)))
@settings(max_examples=6)
def test_classes_in_another_order_have_their_shifts_in_that_order(order):
    scores, gold = drawn(200, np.array([1.0, 0.0, -1.0]), 1.0)
    found = fit_softmax(scores, gold, is_weak=True)
    moved = fit_softmax(scores[:, order], np.argsort(order)[gold], is_weak=True)
    assert moved.shift == pytest.approx(found.shift[list(order)], abs=1e-3)


def test_every_bit_is_calibrated_by_itself():
    scores, gold = drawn(5_000, np.array([0.0, 2.0]), 1.0)
    one = (scores[:, 1] - scores[:, 0])[:, None]
    bits = np.concatenate([one, one], axis=1)
    labels = np.stack([gold, np.full(len(gold), -1)], axis=1)
    found = calibration_for(Bitvector("t", ("a", "b")), bits, labels, is_weak=True)
    assert found.shift == pytest.approx([2.0, 0.0], abs=0.1)
    assert found.scale[1] == 1.0


def test_tags_are_calibrated_as_classes_are():
    scores, gold = drawn(100, np.array([1.0, 0.0, 0.0]), 1.0)
    tags, classes = (
        calibration_for(task, scores, gold, is_weak=True)
        for task in (Spans("t", ("x",)), Multiclass("t", tuple("abc")))
    )
    assert np.array_equal(tags.shift, classes.shift)


def test_a_number_is_not_calibrated():
    with pytest.raises(TypeError, match="a task of type Regression is not calibrated"):
        calibration_for(Regression("t"), np.zeros((1, 1)), np.zeros(1), is_weak=True)
