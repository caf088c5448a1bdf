"""Calibration of class heads on gold."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transom.model.elements import HIDDEN
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans
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


def drawn_choices(n, shift, scale, seed=0):
    """Scores of none, always 0.5, and of one to six members, off by a scale and by a shift of members, and choices."""
    random = np.random.default_rng(seed)
    scores = np.concatenate([np.full((n, 1), 0.5), random.normal(size=(n, 6))], axis=1)
    scores[np.arange(7) > random.integers(1, 7, (n, 1))] = HIDDEN
    true = scores * scale + shift * (np.arange(7) > 0)
    shares = np.exp(true) / np.exp(true).sum(axis=1, keepdims=True)
    return scores, (shares.cumsum(axis=1) > random.random((n, 1))).argmax(axis=1)


def test_scale_and_shift_of_members_are_recovered():
    found = calibration_for(Select("t"), *drawn_choices(20_000, -1.2, 1.7), is_weak=True)
    assert found.scale == pytest.approx([1.7], abs=0.06)  # three standard errors
    assert found.shift == pytest.approx([-1.2], abs=0.08)


@given(st.permutations(range(6)), st.integers(0, 4), st.integers(0, 100))
@settings(max_examples=20)
def test_the_order_of_members_and_padding_do_not_matter(order, n_more, seed):
    scores, gold = drawn_choices(60, -1.0, 1.0, seed)
    columns = np.array([0, *(1 + place for place in order)])
    moved = np.pad(scores[:, columns], ((0, 0), (0, n_more)), constant_values=HIDDEN)
    one, other = (
        calibration_for(Select("t"), each, chosen, is_weak=True)
        for each, chosen in ((scores, gold), (moved, np.argsort(columns)[gold]))
    )
    assert (other.scale, other.shift) == (pytest.approx(one.scale, abs=1e-3), pytest.approx(one.shift, abs=1e-3))
    assert other.loss == pytest.approx(one.loss, abs=1e-6)


@given(st.integers(0, 1000), st.booleans())
@settings(max_examples=20)
def test_calibrated_choices_are_no_less_likely(seed, is_weak):
    scores, gold = drawn_choices(30, 0.5, 0.7, seed)
    found = calibration_for(Select("t"), scores, gold, is_weak=is_weak)
    plain = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    assert found.loss <= -plain[np.arange(30), gold].mean() + 1e-6


def test_a_set_without_members_says_nothing_of_their_shift():
    scores, gold = drawn_choices(50, -1.0, 1.0)
    empty = np.where(np.arange(7) > 0, HIDDEN, scores[:20])
    found = calibration_for(Select("t"), scores, gold, is_weak=True)
    more = calibration_for(
        Select("t"), np.concatenate([scores, empty]), np.append(gold, np.zeros(20, int)), is_weak=True
    )
    assert (more.scale, more.shift) == (pytest.approx(found.scale, abs=1e-4), pytest.approx(found.shift, abs=1e-4))


def test_one_long_set_does_not_make_all_others_as_large():
    scores, gold = drawn_choices(200, -1.0, 1.0)
    wide = np.pad(scores, ((0, 0), (0, 3_000)), constant_values=HIDDEN)
    wide[0] = 0.0
    tracemalloc.start()
    calibration_for(Select("t"), wide, gold, is_weak=True)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < wide.nbytes


def test_a_few_choices_hardly_shift_what_gold_taught():
    by_sources, by_gold = (
        calibration_for(Select("t"), *drawn_choices(30, -2.0, 1.0), is_weak=is_weak).shift for is_weak in (True, False)
    )
    assert by_sources < 0.7 * by_gold < 0


def test_a_number_is_not_calibrated():
    with pytest.raises(TypeError, match="a task of type Regression is not calibrated"):
        calibration_for(Regression("t"), np.zeros((1, 1)), np.zeros(1), is_weak=True)
