"""Large matrices get the probabilities that small ones get."""

import tracemalloc

import numpy as np
import pytest

from transom.supervision import kernels
from transom.supervision.inference import LargeRows, SparseRows, normalised, one_sidedness, posterior, rows_for_passes
from transom.supervision.label_models.em import Em
from transom.supervision.prior import uniform_prior
from transom.testing.label_models import draw_votes, matrix_of


@pytest.fixture(params=[2, 4])
def votes(request):
    matrix, _ = draw_votes(
        np.array([0.9, 0.7, 0.6, 0.4, 0.8, 0.6, 0.7, 0.8]), n_classes=request.param, n_rows=3000, coverage=0.6
    )
    return matrix


def test_large_matrices_are_passed_over_without_a_copy(votes, monkeypatch):
    log_prior = np.log(uniform_prior(votes.n_classes))
    small = rows_for_passes(votes, log_prior)
    monkeypatch.setattr(kernels, "LARGE", 0)
    large = rows_for_passes(votes, log_prior)
    assert isinstance(small, SparseRows)
    assert isinstance(large, LargeRows)
    assert large.matrix is votes
    weights = np.random.default_rng(0).normal(size=(8, votes.n_classes, votes.n_classes))
    assert np.array_equal(small.n_votes, large.n_votes)
    for one, other in zip(small.expectation(weights), large.expectation(weights), strict=True):
        assert np.allclose(one, other, atol=1e-2)  # of 3000 rows, in float32
    assert np.allclose(posterior(votes, weights, log_prior), kernels.posterior(votes, weights, log_prior), atol=1e-5)


def test_large_matrices_with_few_ways_to_vote_are_passed_over_by_distinct_rows(votes, monkeypatch):
    monkeypatch.setattr(kernels, "LARGE", 0)
    first = matrix_of(votes.votes[:, :3], votes.n_classes)
    rows = rows_for_passes(first, np.log(uniform_prior(votes.n_classes)))
    assert isinstance(rows, SparseRows)
    assert len(rows.counts) <= (votes.n_classes + 1) ** 3
    assert rows.counts.sum() == (first.votes >= 0).any(axis=1).sum()


def test_the_size_of_a_matrix_does_not_change_what_is_learned(votes, monkeypatch):
    prior = uniform_prior(votes.n_classes)
    small = Em().fit(votes, prior)
    monkeypatch.setattr(kernels, "LARGE", 0)
    large = Em().fit(votes, prior)
    assert np.allclose(small.accuracies, large.accuracies, atol=1e-4)
    assert np.allclose(small.predict(votes), large.predict(votes), atol=1e-3)


def test_scores_far_below_zero_still_give_probabilities():
    assert np.allclose(normalised(np.array([[-2000.0, -2001.0]])), [[0.7310586, 0.2689414]])


def test_probabilities_of_many_rows_are_worked_out_a_few_at_a_time_and_are_the_same():
    scores = np.random.default_rng(0).normal(size=(20_000, 50)) * 9
    tracemalloc.start()
    together = normalised(scores)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1.5 * together.nbytes
    assert np.array_equal(
        together, np.concatenate([normalised(scores[first : first + 7]) for first in range(0, 20_000, 7)])
    )


def test_sources_are_one_sided_as_far_as_they_vote_one_class():
    n_votes = np.array([[10, 0, 0], [95, 5, 0], [80, 20, 0], [50, 50, 0], [5, 5, 5], [0, 0, 0]], dtype=np.float64)
    assert np.allclose(one_sidedness(n_votes), [1, 0.47, 0.04, 0, 0, 1], atol=0.01)
