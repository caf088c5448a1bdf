"""A source that alone explains the votes has half the say, and what the others say without it the other half."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from planted_votes import members_of
from transom.supervision.choice import Auto
from transom.supervision.hedging import hedged, without
from transom.supervision.label_models.em import Em
from transom.supervision.label_models.majority import Majority
from transom.supervision.outlook import expected_hits
from transom.supervision.prior import uniform_prior
from transom.testing.label_models import matrix_of

N_MEMBERS = 12


def halves(votes, n_classes=3, source=0):
    """Majority hedged against the source, on its own training votes."""
    matrix = matrix_of(np.array(votes, dtype=np.int8), n_classes)
    majority = Majority().fit(matrix, uniform_prior(n_classes))
    return hedged(majority, majority, matrix, source), matrix


def popular(is_right, *, followers, experts, n_rows=3000, seed=0):
    """Members of sets, and the right ones: the first source says what is popular, which `is_right` that often.

    Of the others, some look at what is popular and some at what is right, and see it as often as they say.
    """
    random = np.random.default_rng(seed)
    truth = random.integers(N_MEMBERS, size=n_rows)
    others = (truth + random.integers(1, N_MEMBERS, size=n_rows)) % N_MEMBERS
    liked = np.where(random.random(n_rows) < is_right, truth, others)
    votes = [liked]
    for looked_at, share in [*((liked, each) for each in followers), *((truth, each) for each in experts)]:
        elsewhere = random.integers(N_MEMBERS, size=n_rows)
        votes.append(np.where(random.random(n_rows) < share, looked_at, elsewhere))
    return members_of(np.column_stack(votes).astype(np.int8), N_MEMBERS), truth


def share_right(model, matrix, truth):
    return expected_hits(np.eye(matrix.n_classes)[truth], model.predict(matrix)).mean()


def test_the_probability_is_the_mean_with_the_source_and_without_it():
    model, matrix = halves([[0, 1, 1], [0, -1, -1]])
    with_it, without_it = np.array([[1 / 3, 2 / 3, 0], [1, 0, 0]]), np.array([[0, 1, 0], [1 / 3, 1 / 3, 1 / 3]])
    assert np.allclose(model.predict(matrix), (with_it + without_it) / 2)


def test_a_source_is_right_as_often_as_its_votes_are_probable():
    model, _ = halves([[0, 1, -1], [0, 1, -1], [2, 2, -1]])
    # its votes have half the say, of which the other source has a half again
    assert np.allclose(model.accuracies[:2], [(1 / 4 + 1 / 4 + 1) / 3, (3 / 4 + 3 / 4 + 1) / 3])
    assert np.isnan(model.accuracies[2])


def test_without_a_source_its_soft_votes_are_gone_too():
    matrix = matrix_of(np.array([[0, 1]], dtype=np.int8), 2)
    soft = replace(matrix, soft=sparse.csr_array(np.array([[0.7, 0.3, 0.2, 0.8]])))
    rest = without(soft, 0)
    assert rest.votes.tolist() == [[-1, 1]]
    assert rest.soft.toarray().tolist() == [[0.0, 0.0, 0.2, 0.8]]
    assert soft.votes.tolist() == [[0, 1]]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_where_what_is_popular_misleads_it_beats_counting_and_weighing(seed):
    matrix, truth = popular(0.9, followers=[0.7], experts=[0.85, 0.85], seed=seed)
    prior = uniform_prior(matrix.n_classes)
    choice = Auto().choose(matrix, prior)
    assert choice.name == "hedged"
    for other in (Em(), Majority()):
        # the standard error of a difference between shares of 3000 is below 0.01
        assert share_right(choice.model, matrix, truth) > share_right(other.fit(matrix, prior), matrix, truth) + 0.01


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_where_the_source_is_right_it_costs_less_than_counting(seed):
    matrix, truth = popular(0.99, followers=[0.5, 0.6], experts=[0.9], seed=seed)
    prior = uniform_prior(matrix.n_classes)
    choice = Auto().choose(matrix, prior)
    assert choice.name == "hedged"
    weighed, counted = (share_right(other.fit(matrix, prior), matrix, truth) for other in (Em(), Majority()))
    assert counted < share_right(choice.model, matrix, truth) <= weighed
    assert weighed - share_right(choice.model, matrix, truth) < (weighed - counted) / 2


def test_two_others_cannot_be_told_apart_and_votes_are_counted():
    matrix, _ = popular(0.99, followers=[], experts=[0.9, 0.9])
    choice = Auto().choose(matrix, uniform_prior(matrix.n_classes))
    assert (choice.name, choice.why) == ("majority", "weighing would follow 's0' alone")
