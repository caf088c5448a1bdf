"""The compiled loops for large matrices give what plain numpy gives."""

import numpy as np
import pytest
from hypothesis import given, settings

from strategies import votes
from transom.supervision import kernels
from transom.supervision.label_models.majority import Majority
from transom.testing.label_models import draw_votes, matrix_of


def plainly(matrix, weights, log_prior):
    """Probabilities, expected votes and expected rows, row by row."""
    scores = np.tile(log_prior, (len(matrix.votes), 1))
    for row, source in zip(*np.nonzero(matrix.votes >= 0), strict=True):
        scores[row] += weights[source, matrix.votes[row, source]]
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    posterior = odds / odds.sum(axis=1, keepdims=True)
    expected = np.zeros(weights.shape)
    for row, source in zip(*np.nonzero(matrix.votes >= 0), strict=True):
        expected[source, matrix.votes[row, source]] += posterior[row]
    return posterior, expected, posterior[(matrix.votes >= 0).any(axis=1)].sum(axis=0)


@settings(max_examples=30, deadline=None)
@given(votes())
def test_loops_agree_with_numpy(drawn):
    matrix = matrix_of(*drawn)
    random = np.random.default_rng(0)
    weights = random.normal(size=(len(matrix.sources), matrix.n_classes, matrix.n_classes))
    log_prior = np.log(random.dirichlet(np.ones(matrix.n_classes)))
    n_votes = kernels.count_votes(matrix)
    posterior, expected, rows = plainly(matrix, weights, log_prior)
    found, n_rows = kernels.expectation(matrix, weights, log_prior, n_votes.astype(np.float64))
    # float32 holds seven digits
    assert np.allclose(kernels.posterior(matrix, weights, log_prior), posterior, atol=1e-5)
    assert np.allclose(found, expected, atol=1e-4)
    assert np.allclose(n_rows, rows, atol=1e-4)
    assert n_votes.tolist() == [[(column == k).sum() for k in range(matrix.n_classes)] for column in matrix.votes.T]


@pytest.mark.parametrize("n_classes", [2, 5])
@pytest.mark.parametrize("n_rows", [1, 63, 64, 65, 8192, 20_000])
def test_pairs_are_counted_exactly_in_blocks_of_any_size(n_classes, n_rows):
    matrix, _ = draw_votes(np.full(7, 0.7), n_classes=n_classes, n_rows=n_rows, coverage=0.6)
    hot = (matrix.votes[:, :, None] == np.arange(n_classes)).reshape(n_rows, -1).astype(np.int64)
    assert np.array_equal(kernels.count_pairs(matrix), hot.T @ hot)


def test_more_rows_than_a_small_integer_holds_do_not_overflow():
    matrix = matrix_of(np.ones((200_000, 2), dtype=np.int8), 2)
    assert kernels.count_pairs(matrix)[1, 3] == 200_000
    assert kernels.count_votes(matrix).tolist() == [[0, 200_000]] * 2


def test_small_matrices_are_left_to_sparse_algebra():
    matrix, _ = draw_votes(np.full(3, 0.7), n_rows=100)
    assert not kernels.is_large(matrix)


def test_shares_of_large_matrices_are_those_of_small_ones(monkeypatch):
    matrix, _ = draw_votes(np.array([0.9, 0.7, 0.6]), n_classes=3, n_rows=500, coverage=0.4)
    model = Majority({"s0": 2.0, "s1": 0.0})
    prior = np.array([0.5, 0.3, 0.2])
    small = model.fit(matrix, prior)
    monkeypatch.setattr(kernels, "LARGE", 0)
    large = model.fit(matrix, prior)
    assert np.allclose(small.accuracies, large.accuracies)
    assert np.allclose(small.predict(matrix), large.predict(matrix))
