"""Predictions of parts, put together."""

from dataclasses import replace

import numpy as np
import pytest

from transom.data.items import from_lengths
from transom.data.predictions import Predictions, joined, mixed

FIRST = Predictions(from_lengths(np.array([2, 1])), np.eye(3), np.array([0, 1, 2]))
SECOND = Predictions(from_lengths(np.array([0, 1])), np.ones((1, 3)) / 3, np.array([0]), np.array([False]))


def test_examples_of_all_parts_stand_one_after_the_other():
    whole = joined([FIRST, SECOND])

    assert whole.items.lengths.tolist() == [2, 1, 0, 1]
    assert whole.labels.tolist() == [0, 1, 2, 0]
    assert whole.probabilities.shape == (4, 3)
    assert whole.covered.tolist() == [True, True, True, False]


@pytest.mark.parametrize("part", [FIRST, SECOND])
def test_a_part_alone_is_the_whole(part):
    whole = joined([part])

    assert np.array_equal(whole.probabilities, part.probabilities)
    assert whole.items.offsets.tolist() == part.items.offsets.tolist()
    assert (whole.covered is None) == (part.covered is None)


def test_chosen_examples_are_those_of_the_others():
    others = Predictions(FIRST.items, 1 - np.eye(3), np.array([2, 2, 1]))
    found = mixed(FIRST, others, np.array([False, True]))
    assert found.labels.tolist() == [0, 1, 1]
    assert found.probabilities.tolist() == [[1, 0, 0], [0, 1, 0], [1, 1, 0]]
    assert found.items is FIRST.items
    assert found.covered is None


def test_what_is_not_covered_stays_so():
    """As elements beyond those that a network sees."""
    covered = np.array([True, False, True])
    one, other = (replace(FIRST, probabilities=np.full((3, 3), p), covered=covered) for p in (0.2, 0.3))
    found = mixed(one, other, np.array([True, False]))
    assert found.covered.tolist() == [True, False, True]
