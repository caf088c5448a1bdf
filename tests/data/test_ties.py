"""Ties are broken at random, and the same way whatever stands around them."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from transom.data.items import from_lengths, one_each
from transom.data.ties import argmax_at_random, item_keys


def names(n):
    return [f"example {i}" for i in range(n)]


def test_the_highest_score_wins():
    scores = np.array([[0.1, 0.9], [0.8, 0.2]])
    assert argmax_at_random(scores, item_keys(names(2), one_each(2), 0)).tolist() == [1, 0]


def test_tied_classes_are_drawn_equally_often():
    scores = np.tile([0.4, 0.4, 0.2], (30_000, 1))
    drawn = argmax_at_random(scores, item_keys(names(30_000), one_each(30_000), 0))
    shares = np.bincount(drawn, minlength=3) / 30_000
    # the standard error of a share is 0.003
    assert np.allclose(shares, [0.5, 0.5, 0.0], atol=0.012)


def test_scores_that_differ_by_rounding_are_tied():
    scores = np.tile([0.1 + 0.2, 0.3], (1000, 1))
    drawn = argmax_at_random(scores, item_keys(names(1000), one_each(1000), 0))
    assert 400 < drawn.sum() < 600


def test_another_seed_breaks_ties_another_way():
    scores = np.ones((1000, 2))
    one, other = (argmax_at_random(scores, item_keys(names(1000), one_each(1000), seed)) for seed in (0, 1))
    assert 400 < (one == other).sum() < 600


def test_elements_of_an_example_have_their_own_keys():
    keys = item_keys(names(2), from_lengths(np.array([3, 0 + 2])), 0)
    assert len(set(keys.tolist())) == 5


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=5), unique=True, max_size=20), st.integers(-3, 3), st.randoms())
def test_the_order_of_examples_does_not_matter(ids, seed, random):
    order = list(range(len(ids)))
    random.shuffle(order)
    keys = item_keys(ids, one_each(len(ids)), seed)
    assert item_keys([ids[i] for i in order], one_each(len(ids)), seed).tolist() == keys[order].tolist()


def test_no_items_have_no_keys():
    assert len(item_keys([], one_each(0), 0)) == 0
    assert argmax_at_random(np.zeros((0, 2)), item_keys([], one_each(0), 0)).tolist() == []
