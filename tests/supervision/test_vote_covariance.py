"""Covariances of votes, and what of them comes from the class."""

import numpy as np

from transom.supervision.class_rates import believed_loadings
from transom.supervision.statistics import count_votes
from transom.supervision.vote_covariance import explain, leading, leverage, unexplained, vote_covariance
from transom.testing.label_models import draw_votes, matrix_of


def covariance_of(accuracies, *, n_rows=200_000):
    return vote_covariance(count_votes(draw_votes(np.array(accuracies), n_rows=n_rows)[0]))


def strangers(n):
    return ~np.eye(n, dtype=bool)


def test_a_column_is_a_vote_that_is_cast_on_some_rows_and_not_on_all():
    votes = np.array([[0, 1, 0], [1, 1, -1], [0, 1, -1]], dtype=np.int8)
    found = vote_covariance(count_votes(matrix_of(votes, 2)))
    assert found.source.tolist() == [0, 0, 2]
    assert found.vote.tolist() == [0, 1, 0]
    assert found.both[0].tolist() == [1.0, 1.0, 1 / 3]


def test_values_are_covariances():
    votes = np.random.default_rng(0).integers(-1, 2, size=(50, 3)).astype(np.int8)
    found = vote_covariance(count_votes(matrix_of(votes, 2)))
    is_cast = votes[:, found.source] == found.vote
    assert np.allclose(found.values, np.cov(is_cast.T, ddof=0))
    assert np.allclose(found.spread, is_cast.std(axis=0))


def test_loadings_of_independent_sources_are_how_far_their_votes_depend_on_the_class():
    found = covariance_of([0.9, 0.8, 0.7, 0.6])
    belief = believed_loadings(found, np.full(2, 0.5))
    loadings = explain(found, strangers(4), start=belief, belief=belief)
    # a vote that is right with `a` has a correlation of 2a - 1 with the class; a standard error is 0.002
    assert np.allclose(np.abs(loadings[::2, 0]), [0.8, 0.6, 0.4, 0.2], atol=0.01)


def test_both_starts_lead_to_the_same_loadings():
    found = covariance_of([0.9, 0.8, 0.7, 0.6], n_rows=5000)
    belief = believed_loadings(found, np.full(2, 0.5))
    start = leading(found, 1) * np.sign(leading(found, 1)[0] * belief[0])
    one, other = (explain(found, strangers(4), start=each, belief=belief) for each in (start, belief))
    assert np.allclose(one, other, atol=1e-3)


def test_where_the_class_does_not_show_the_belief_stays():
    votes = np.random.default_rng(0).integers(2, size=(300, 3)).astype(np.int8)
    votes[np.random.default_rng(1).random((300, 3)) > 0.03] = -1
    found = vote_covariance(count_votes(matrix_of(votes, 2)))
    belief = believed_loadings(found, np.full(2, 0.5))
    loadings = explain(found, strangers(3), start=belief, belief=belief)
    assert np.allclose(loadings, belief, atol=0.1)


def test_what_is_left_of_independent_sources_is_their_own_variance():
    found = covariance_of([0.9, 0.8, 0.7, 0.6])
    belief = believed_loadings(found, np.full(2, 0.5))
    left = unexplained(found, explain(found, strangers(4), start=belief, belief=belief))
    assert np.allclose(found.by_pair(np.abs(left))[strangers(4)], 0, atol=0.01)
    assert np.allclose(np.diag(left)[::2], [0.09, 0.16, 0.21, 0.24], atol=0.01)


def test_the_fit_follows_a_pair_of_three_sources_more_than_one_of_ten():
    few, many = (covariance_of([0.8] * n, n_rows=5000) for n in (3, 10))
    pulls = []
    for found, n in ((few, 3), (many, 10)):
        belief = believed_loadings(found, np.full(2, 0.5))
        loadings = explain(found, strangers(n), start=belief, belief=belief)
        pulls.append(leverage(found, strangers(n), loadings, belief=belief)[0, 1])
    assert 0 < pulls[1] < 0.3 < pulls[0] <= 1.05
