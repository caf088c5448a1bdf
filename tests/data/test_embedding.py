"""Vectors of a payload as they stand in the data."""

import numpy as np
import pytest

from transom.data.embedding import vectors_given
from transom.errors import UsageError


def test_missing_vectors_are_zero():
    assert vectors_given("v", [None, [1.0, 2.5], None]).tolist() == [[0, 0], [1, 2.5], [0, 0]]


@pytest.mark.parametrize("values", [[], [None, None]], ids=str)
def test_no_vectors_at_all_have_no_dimensions(values):
    assert vectors_given("v", values).shape == (len(values), 0)


def test_vectors_of_unlike_lengths_are_refused():
    with pytest.raises(UsageError) as refused:
        vectors_given("v", [[1.0], [1.0, 2.0]])
    assert str(refused.value) == (
        "T120 The vectors of payload 'v' have unlike lengths: 1 and 2. Give each as many numbers."
    )


def test_huge_numbers_stay_finite():
    assert np.isfinite(vectors_given("v", [[1e300, -1e300]])).all()
