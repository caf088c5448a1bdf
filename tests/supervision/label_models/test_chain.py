"""Neighbours inform each other as far as they share labels, and no further."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from transom.data.items import from_lengths
from transom.supervision.dependencies import with_copies
from transom.supervision.inference import FittedWeights
from transom.supervision.label_models.chain import Chain, FittedChain, coupling_of
from transom.supervision.label_models.triplets import Triplets
from transom.supervision.prior import uniform_prior
from transom.testing.label_models import draw_votes, matrix_of


def video(coupling, accuracies=(0.7, 0.65, 0.6), lengths=(3000, 3000), n_classes=2):
    """Votes on frames, of which each keeps the class of the one before it so often; and the true classes."""
    random = np.random.default_rng(0)
    n_rows = sum(lengths)
    truth = random.integers(n_classes, size=n_rows)
    for row in range(1, n_rows):
        if random.random() < coupling and row not in np.cumsum(lengths):
            truth[row] = truth[row - 1]
    shape = (n_rows, len(accuracies))
    wrong = (truth[:, None] + random.integers(1, n_classes, size=shape)) % n_classes
    votes = np.where(random.random(shape) < accuracies, truth[:, None], wrong)
    votes[random.random(shape) < 0.3] = -1
    return replace(matrix_of(votes.astype(np.int8), n_classes), items=from_lengths(np.array(lengths))), truth


def accuracy(model, matrix, truth):
    prior = uniform_prior(matrix.n_classes)
    return (model.fit(matrix, prior).predict(matrix).argmax(axis=1) == truth).mean()


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("coupling", [0.0, 0.5, 0.9])
def test_the_coupling_is_recovered(coupling, n_classes):
    matrix, _ = video(coupling, accuracies=(0.9, 0.8, 0.7), n_classes=n_classes)
    fitted = Chain().fit(matrix, uniform_prior(n_classes))
    # a lagged covariance of 6000 rows has a standard error of about 0.25 / sqrt(6000) = 0.003, against 0.05
    assert abs(fitted.coupling - coupling) < 0.08


def test_neighbours_correct_weak_sources():
    matrix, truth = video(0.95)
    assert accuracy(Chain(), matrix, truth) > accuracy(Triplets(), matrix, truth) + 0.1


def test_a_row_without_votes_learns_from_its_neighbours():
    votes = np.array([[0, 0, 0]] * 5 + [[-1, -1, -1]] + [[0, 0, 0]] * 5, dtype=np.int8)
    matrix, _ = video(0.95)
    gap = replace(matrix_of(votes, 2), items=from_lengths(np.array([11])))
    assert Chain().fit(matrix, uniform_prior(2)).predict(gap)[5, 0] > 0.9


def test_examples_of_one_row_are_weighed_as_by_triplets():
    matrix, _ = draw_votes(np.array([0.9, 0.7, 0.6]), n_rows=500, coverage=0.7)
    prior = np.array([0.3, 0.7])
    one, other = (model.fit(matrix, prior).predict(matrix) for model in (Chain(), Triplets()))
    assert np.allclose(one, other, atol=1e-9)


def test_posteriors_are_those_of_all_sequences_summed():
    random = np.random.default_rng(1)
    prior, coupling, n_rows = np.array([0.5, 0.3, 0.2]), 0.6, 5
    weights = np.log(random.dirichlet(np.ones(3), size=(2, 3)))
    votes = random.integers(-1, 3, size=(n_rows, 2)).astype(np.int8)
    matrix = replace(matrix_of(votes, 3), items=from_lengths(np.array([n_rows])))
    fitted = FittedChain(FittedWeights(weights, prior, np.full(2, 0.5)), coupling)
    expected = np.zeros((n_rows, 3))
    for classes in product(range(3), repeat=n_rows):
        probability = 1.0
        for row, k in enumerate(classes):
            stays = coupling * (row > 0 and k == classes[row - 1])
            probability *= prior[k] if row == 0 else stays + (1 - coupling) * prior[k]
            probability *= np.exp(sum(weights[j, vote, k] for j, vote in enumerate(votes[row]) if vote >= 0))
        expected[np.arange(n_rows), classes] += probability
    assert np.allclose(fitted.predict(matrix), expected / expected.sum(axis=1, keepdims=True))


def test_copies_do_not_hide_the_coupling():
    matrix, _ = video(0.8, accuracies=(0.8, 0.7, 0.7, 0.6))
    repeated = with_copies(replace(matrix, votes=matrix.votes[:, [0, 1, 2, 3, 3, 3]], sources=tuple("abcdef")))
    assert repeated.copies is not None
    assert repeated.copies.edges == ((3, 4), (3, 5), (4, 5))
    assert abs(coupling_of(repeated) - 0.8) < 0.08
