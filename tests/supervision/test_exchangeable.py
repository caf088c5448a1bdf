"""Options that differ from row to row are told apart by accuracies alone."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from transom.data.items import one_each
from transom.supervision.exchangeable import option_posterior
from transom.supervision.label_models.em import Em
from transom.supervision.label_models.majority import Majority
from transom.supervision.label_models.triplets import Triplets
from transom.supervision.matrix import LabelMatrix

PRIOR = np.append(np.full(9, 0.99 / 9), 0.01)


def members(accuracies, n_rows=5000):
    """Votes for one of two to nine members of a set, and the right one."""
    random = np.random.default_rng(0)
    n_members = random.integers(2, 10, size=n_rows)
    truth = random.integers(n_members)
    shape = (n_rows, len(accuracies))
    wrong = (truth[:, None] + random.integers(1, n_members[:, None], size=shape)) % n_members[:, None]
    votes = np.where(random.random(shape) < accuracies, truth[:, None], wrong).astype(np.int8)
    sources = tuple(f"s{j}" for j in range(len(accuracies)))
    return LabelMatrix(votes, sources, 10, one_each(n_rows), n_options=n_members + 1), truth


@pytest.mark.parametrize("model", [Em(), Triplets()])
def test_accuracies_are_recovered(model):
    known = np.array([0.9, 0.7, 0.5, 0.6])
    matrix, truth = members(known)
    fitted = model.fit(matrix, PRIOR)
    # the standard error of a share of 5000 is 0.007
    assert np.allclose(fitted.accuracies, known, atol=0.03)
    by_majority = Majority().fit(matrix, PRIOR).predict(matrix).argmax(axis=1) == truth
    assert (fitted.predict(matrix).argmax(axis=1) == truth).mean() > by_majority.mean()


def test_a_vote_is_worth_more_the_more_options_it_was_chosen_from():
    votes = np.array([[0], [0]], dtype=np.int8)
    matrix = LabelMatrix(votes, ("s",), 10, one_each(2), n_options=np.array([3, 10]))
    even = np.full(10, 0.1)
    few, many = option_posterior(matrix, np.array([0.5]), even, worth=np.ones(1))[:, 0] / np.array(
        [(1 - 0.1) / 2, (1 - 0.1) / 9]
    )
    assert many > few


def test_members_without_votes_are_equally_likely():
    matrix = LabelMatrix(np.array([[0]], dtype=np.int8), ("s",), 4, one_each(1), n_options=np.array([4]))
    row = option_posterior(matrix, np.array([0.7]), np.array([0.3, 0.3, 0.3, 0.1]), worth=np.ones(1))[0]
    assert row[1] == row[2] > row[3] > 0


@pytest.mark.parametrize("model", [Em(), Triplets()])
def test_a_source_that_is_undecided_each_time_has_voted(model):
    matrix, _ = members(np.array([0.9, 0.8, 0.7]), n_rows=200)
    votes = matrix.votes.copy()
    votes[:, 2] = -1
    soft = np.zeros((200, 3, 10))
    soft[:, 2, :2] = 0.5
    soft[np.arange(200)[:, None], [[0, 1]], votes[:, :2]] = 1.0
    tied = replace(matrix, votes=votes, soft=sparse.csr_array(soft.reshape(200, 30)))
    assert np.isfinite(model.fit(tied, PRIOR).accuracies).all()
