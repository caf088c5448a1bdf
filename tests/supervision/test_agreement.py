"""How far pairs agree beyond their class, against what chance would do."""

import numpy as np
from scipy import stats

from planted_votes import draw_rules, with_edges
from transom.supervision.agreement import agreement, chance_of, share_classes
from transom.supervision.class_rates import believed_loadings
from transom.supervision.statistics import count_votes
from transom.supervision.vote_covariance import explain, vote_covariance
from transom.testing.label_models import draw_votes, matrix_of

PRIOR = np.full(2, 0.5)


def agreed(matrix, *joined):
    covariance = vote_covariance(count_votes(matrix))
    strangers = ~np.eye(len(matrix.sources), dtype=bool)
    for pair in joined:
        strangers[pair] = strangers[pair[::-1]] = False
    belief = believed_loadings(covariance, PRIOR)
    loadings = explain(covariance, strangers, start=belief, belief=belief)
    return agreement(covariance, strangers, loadings, PRIOR)


def test_the_surplus_of_independent_sources_is_a_standard_normal_number():
    draws = [agreed(draw_votes(np.full(12, 0.75), n_rows=500, seed=seed)[0]).misfit for seed in range(10)]
    surplus = np.concatenate([draw[np.triu_indices(12, 1)] for draw in draws])
    # 660 numbers, those of one draw not quite independent
    assert abs(surplus.mean()) < 0.15
    assert abs(surplus.std() - 1) < 0.15


def test_a_copy_stands_out_by_the_share_that_it_copies():
    drawn, _ = draw_votes(np.full(8, 0.7), n_rows=5000)
    found = agreed(with_edges(drawn, [(0, 1)], share=0.5, seed=0), (0, 1))
    assert abs(found.correlation[0, 1] - 0.5) < 0.06
    assert found.errors[0, 1] > 20
    assert chance_of(found, (0, 1), PRIOR, 5000) < 1e-9


def test_seldom_votes_that_meet_once_are_no_surprise():
    drawn, _ = draw_rules(20, n_rows=1000, coverage=(0.01, 0.02), seed=0)
    found = agreed(drawn)
    pair = tuple(int(index) for index in np.unravel_index(found.errors.argmax(), found.errors.shape))
    assert found.errors[pair] > 2
    assert chance_of(found, pair, PRIOR, 1000) > 3 * stats.norm.sf(found.errors[pair])


def test_sources_that_say_the_same_where_both_speak_are_told_from_those_that_speak_together():
    drawn, _ = draw_votes(np.full(8, 0.7), n_rows=4000, coverage=0.1)
    votes = drawn.votes.copy()
    speaks = np.random.default_rng(1).random(4000) < 0.5
    both = (votes[:, 0] >= 0) & (votes[:, 1] >= 0)
    votes[both, 1] = votes[both, 0]
    votes[:, 3] = np.where(speaks & (votes[:, 2] >= 0) & (votes[:, 3] < 0), 1 - votes[:, 2], votes[:, 3])
    found = agreed(matrix_of(votes, 2))
    assert found.on_votes[0, 1]
    assert not found.on_votes[2, 3]


def test_rules_for_one_class_each_cannot_disagree():
    drawn, _ = draw_rules(4, n_rows=500, coverage=(0.2, 0.3), seed=0)
    assert not share_classes(vote_covariance(count_votes(drawn))).any()
