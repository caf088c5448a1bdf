"""The closed form recovers accuracies from counts of pairs, and sources that know nothing do no harm."""

import numpy as np
import pytest

from transom.errors import LabelModelError
from transom.supervision.label_models.triplets import Triplets
from transom.supervision.prior import uniform_prior
from transom.testing.label_models import draw_votes, matrix_of

KNOWN = np.array([0.9, 0.8, 0.7, 0.5, 0.5, 0.3])


def uneven_votes(accuracies, share_of_one, n_rows=20_000):
    random = np.random.default_rng(1)
    truth = (random.random(n_rows) < share_of_one).astype(np.int64)
    right = random.random((n_rows, len(accuracies))) < accuracies
    votes = np.where(right, truth[:, None], 1 - truth[:, None])
    votes[random.random(votes.shape) < 0.3] = -1
    return matrix_of(votes.astype(np.int8), 2), truth


def test_coin_flips_and_adversaries_are_recovered():
    matrix, truth = draw_votes(KNOWN, n_rows=20_000)
    fitted = Triplets().fit(matrix, uniform_prior(2))
    # the standard error of a share of 20,000 votes is 0.004; a moment's is a few times that
    assert np.allclose(fitted.accuracies, KNOWN, atol=0.03)
    assert (fitted.predict(matrix).argmax(axis=1) == truth).mean() > 0.92


def test_accuracies_are_recovered_where_classes_are_not_equally_common():
    matrix, truth = uneven_votes(KNOWN, share_of_one=0.2)
    fitted = Triplets().fit(matrix, np.array([0.8, 0.2]))
    assert np.allclose(fitted.accuracies, KNOWN, atol=0.03)
    assert (fitted.predict(matrix).argmax(axis=1) == truth).mean() > 0.89


def test_accuracies_of_more_than_two_classes_are_recovered():
    known = np.array([0.9, 0.8, 0.7, 0.6, 0.4])
    matrix, _ = draw_votes(known, n_classes=4, n_rows=20_000, coverage=0.7)
    assert np.allclose(Triplets().fit(matrix, uniform_prior(4)).accuracies, known, atol=0.03)


def test_rules_that_vote_one_class_only_are_recovered_without_shrinkage():
    random = np.random.default_rng(2)
    truth = random.integers(2, size=50_000)
    recall, false_alarm = np.array([0.5, 0.4, 0.5, 0.3, 0.6, 0.4]), np.array([0.02, 0.1, 0.2, 0.05, 0.3, 0.02])
    classes = np.arange(6) % 2
    fires = random.random((50_000, 6)) < np.where(truth[:, None] == classes, recall, false_alarm)
    matrix = matrix_of(np.where(fires, classes, -1).astype(np.int8), 2)
    fitted = Triplets(shrinkage=0.0).fit(matrix, uniform_prior(2))
    assert np.allclose(fitted.accuracies, recall / (recall + false_alarm), atol=0.03)


def test_sources_that_never_meet_keep_what_is_believed():
    votes = np.full((300, 3), -1, dtype=np.int8)
    for source in range(3):
        votes[source::3, source] = np.arange(100) % 2
    assert np.allclose(Triplets(accuracy=0.7).fit(matrix_of(votes, 2), uniform_prior(2)).accuracies, 0.7, atol=0.05)


def test_too_many_kinds_of_vote_are_refused():
    with pytest.raises(LabelModelError) as raised:
        Triplets().fit(matrix_of(np.zeros((1, 100), dtype=np.int8), 100), uniform_prior(100))
    assert str(raised.value) == (
        "T107 100 sources times 100 classes are 10000 kinds of vote, too many to count every pair "
        "(at most 8192). Use em."
    )


def test_a_belief_that_names_no_source_is_refused():
    with pytest.raises(LabelModelError, match="T102 beliefs: 'expert' is no source of this task"):
        Triplets(beliefs={"expert": 0.9}).fit(matrix_of(np.array([[0]], dtype=np.int8), 2), uniform_prior(2))
