"""The search for copies: groups, direct edges, and which of two explanations to believe."""

import numpy as np

from planted_votes import duplicated, with_edges
from transom.supervision.copying import FALSE_ALARMS, find_copies, least_errors
from transom.supervision.statistics import count_votes
from transom.supervision.vote_covariance import vote_covariance
from transom.testing.label_models import draw_votes

PRIOR = np.full(2, 0.5)


def found(matrix):
    return find_copies(vote_covariance(count_votes(matrix)), PRIOR)


def test_a_copy_of_a_copy_is_in_the_group_but_has_no_edge():
    drawn, _ = draw_votes(np.full(8, 0.7), n_rows=3000)
    edges, correlations = found(with_edges(drawn, [(0, 1), (1, 2)], share=0.8, seed=0))
    assert edges == ((0, 1), (1, 2))
    # 0.8 twice over; a standard error is about 0.02
    assert abs(correlations[0, 2] - 0.64) < 0.08
    assert correlations[0, 3] == 0


def test_many_copies_of_a_bad_source_are_not_taken_for_the_truth():
    drawn, _ = duplicated([0.8, 0.75, 0.75, 0.7, 0.7, 0.5], 5, n_rows=1000, share=0.95, seed=0)
    edges, _ = found(drawn)
    assert {source for edge in edges for source in edge} == {5, 6, 7, 8, 9, 10}


def test_excellent_sources_are_not_taken_for_copies_of_each_other():
    drawn, _ = draw_votes(np.linspace(0.9, 0.98, 10), n_rows=1000, seed=1)
    edges, correlations = found(drawn)
    assert edges == ()
    assert np.array_equal(correlations, np.eye(10))


def test_the_more_pairs_are_tried_the_clearer_one_must_be():
    assert least_errors(3) < least_errors(30)
    assert 0 < FALSE_ALARMS < 0.05
