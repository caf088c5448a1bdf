"""Predictions of parts, put together."""

import numpy as np
import pytest

from transom.data.items import from_lengths
from transom.data.predictions import Predictions, joined

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
