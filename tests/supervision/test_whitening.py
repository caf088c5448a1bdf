"""Whitened vectors spread alike in every direction; nothing blows up where there is nothing to stretch."""

import numpy as np
import pytest

from transom.supervision.whitening import whitened


def everywhere(vectors):
    return np.ones(len(vectors), dtype=bool)


def test_directions_that_nearly_all_vectors_share_lose_their_say():
    random = np.random.default_rng(0)
    vectors = random.standard_normal((500, 3)) * [10.0, 1.0, 1.0] + [50.0, 0.0, 0.0]
    white = whitened(vectors, everywhere(vectors))
    assert np.allclose(white.mean(axis=0), 0)
    # the floor is a thousandth of the largest variance, 0.1, which shortens the small ones by a tenth
    assert np.allclose(np.cov(white, rowvar=False), np.eye(3), atol=0.12)


def test_only_train_says_how_vectors_spread():
    vectors = np.random.default_rng(0).standard_normal((50, 2))
    train = np.arange(50) < 30
    changed = vectors.copy()
    changed[40] *= 1000
    assert np.allclose(whitened(vectors, train)[:40], whitened(changed, train)[:40])


def test_zero_vectors_stay_zero():
    vectors = np.random.default_rng(0).standard_normal((20, 2)) + 5
    vectors[3] = 0
    assert whitened(vectors, everywhere(vectors))[3].tolist() == [0, 0]


@pytest.mark.parametrize(
    "vectors",
    [np.zeros((0, 3)), np.zeros((4, 2)), np.ones((5, 2)), np.ones((1, 2)), np.zeros((3, 0))],
    ids=["none", "zeros", "equal", "one", "no dimensions"],
)
def test_vectors_that_do_not_spread_stay_as_they_are(vectors):
    assert np.array_equal(whitened(vectors, everywhere(vectors)), vectors)


def test_vectors_may_be_of_any_length():
    vectors = np.random.default_rng(0).standard_normal((20, 2)) + 5
    far = np.ldexp(vectors, 1020)
    assert np.array_equal(whitened(far, everywhere(far)), whitened(vectors, everywhere(vectors)))


def test_a_direction_without_spread_stays_small():
    vectors = np.column_stack([np.arange(10.0), np.ones(10)])
    white = whitened(vectors, everywhere(vectors))
    assert np.isfinite(white).all()
    assert np.abs(white).max() < 2
