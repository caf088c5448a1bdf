"""Weights come from counts alone, wherever they were counted."""

import numpy as np

from transom.supervision.beliefs import Beliefs
from transom.supervision.label_models.triplets import Triplets
from transom.supervision.moments import fit_moments
from transom.supervision.prior import uniform_prior
from transom.supervision.statistics import count_votes
from transom.testing.label_models import draw_votes, matrix_of

BELIEFS = Beliefs(np.full(6, 0.8), pseudo_counts=20.0, shrinkage=3.0)
KNOWN = np.array([0.9, 0.8, 0.7, 0.5, 0.5, 0.3])


def test_counts_summed_over_shards_give_the_weights_of_the_whole():
    matrix, _ = draw_votes(KNOWN, n_rows=1000)
    first, *others = [count_votes(matrix_of(votes, 2)) for votes in np.array_split(matrix.votes, 16)]
    merged = fit_moments(sum(others, first), uniform_prior(2), BELIEFS)
    assert np.array_equal(merged.weights, Triplets().fit(matrix, uniform_prior(2)).weights)


def test_accuracies_are_shares_however_few_votes_there_are():
    for seed in range(30):
        matrix, _ = draw_votes(np.full(6, 0.9), n_rows=12, coverage=0.5, seed=seed)
        accuracies = fit_moments(count_votes(matrix), np.array([0.9, 0.1]), BELIEFS).accuracies
        known = accuracies[np.isfinite(accuracies)]
        assert ((known >= 0) & (known <= 1)).all()
