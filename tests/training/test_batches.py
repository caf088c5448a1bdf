"""Batches of an epoch."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from transom.training.batches import BEGINNING, batches, competent

SEED = 3


def of_epoch(lengths, size=8, *, buckets=True, seed=SEED):
    examples = np.arange(len(lengths)) + 100
    return list(batches(examples, np.array(lengths), size, random=np.random.default_rng(seed), buckets=buckets))


@given(st.lists(st.integers(0, 30), min_size=1, max_size=100), st.integers(1, 9), st.booleans())
def test_every_example_stands_in_one_batch(lengths, size, buckets):
    found = of_epoch(lengths, size, buckets=buckets)
    assert sorted(np.concatenate(found).tolist()) == list(range(100, 100 + len(lengths)))
    assert len(found) == -(-len(lengths) // size)


def test_examples_of_a_batch_are_of_like_length():
    lengths = np.random.default_rng(0).integers(1, 40, size=400)
    places = sum(lengths[batch - 100].max() * len(batch) for batch in of_epoch(lengths))
    at_random = sum(lengths[batch - 100].max() * len(batch) for batch in of_epoch(lengths, buckets=False))
    assert places < 1.1 * lengths.sum() < at_random


def test_batches_come_in_no_order_of_length():
    lengths = np.arange(80)
    firsts = [batch[0] for batch in of_epoch(lengths)]
    assert firsts != sorted(firsts)


def test_the_same_seed_gives_the_same_batches():
    lengths = np.random.default_rng(0).integers(1, 40, size=50)
    one, again, other = (of_epoch(lengths, seed=seed) for seed in (1, 1, 2))
    assert all(np.array_equal(*pair) for pair in zip(one, again, strict=True))
    assert not all(np.array_equal(*pair) for pair in zip(one, other, strict=True))


def test_where_all_are_of_one_length_buckets_change_nothing():
    plain, bucketed = (of_epoch([5] * 30, buckets=buckets) for buckets in (False, True))
    assert all(np.array_equal(*pair) for pair in zip(plain, bucketed, strict=True))


def test_a_curriculum_begins_with_the_shortest_and_ends_with_all():
    lengths = np.random.default_rng(0).permutation(100)
    examples = np.arange(100)
    kept = [competent(examples, lengths, progress) for progress in (0.0, 0.2, 0.5, 1.0)]
    assert set(lengths[kept[0]]) == set(range(int(100 * BEGINNING)))
    assert [len(each) for each in kept] == sorted(len(each) for each in kept)
    assert kept[2].tolist() == kept[3].tolist() == examples.tolist()
