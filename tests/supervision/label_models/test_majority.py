"""Votes are counted, equally or by weight."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from transom.errors import LabelModelError
from transom.supervision.label_models.majority import Majority
from transom.supervision.prior import uniform_prior
from transom.testing.label_models import matrix_of


def predicted(votes, n_classes=3, **weights):
    matrix = matrix_of(np.array(votes, dtype=np.int8), n_classes)
    return Majority(weights).fit(matrix, uniform_prior(n_classes)).predict(matrix)


def test_each_class_gets_its_share_of_the_votes():
    assert predicted([[0, 0, 1], [2, -1, -1]]).tolist() == [[2 / 3, 1 / 3, 0], [0, 0, 1]]


def test_a_source_with_weight_counts_more():
    assert predicted([[0, 1, -1]], s0=3.0).tolist() == [[0.75, 0.25, 0]]


def test_a_source_without_weight_does_not_count():
    assert predicted([[0, 1, -1]], s0=0.0).tolist() == [[0, 1, 0]]


def test_a_row_on_which_only_weightless_sources_vote_gets_the_prior():
    assert np.allclose(predicted([[0, -1, -1]], s0=0.0), 1 / 3)


def test_accuracies_are_the_share_of_votes_that_agree():
    matrix = matrix_of(np.array([[0, 0, 1], [0, -1, -1]], dtype=np.int8), 3)
    accuracies = Majority().fit(matrix, uniform_prior(3)).accuracies
    assert np.allclose(accuracies, [(2 / 3 + 1) / 2, 2 / 3, 1 / 3])


def test_accuracies_count_soft_votes_between_equally_probable_classes():
    votes = np.array([[-1, 0], [0, 0]], dtype=np.int8)
    soft = sparse.csr_array([[0.5, 0.5, 1.0, 0.0], [1.0, 0.0, 1.0, 0.0]])
    accuracies = Majority().fit(replace(matrix_of(votes, 2), soft=soft), uniform_prior(2)).accuracies
    assert np.allclose(accuracies, [(0.5 * 0.75 + 0.5 * 0.25 + 1) / 2, (0.75 + 1) / 2])


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"s00": 1.0}, "T102 weights: 's00' is no source of this task. Did you mean s0?"),
        ({"s0": -1.0}, "T102 weights: s0: -1.0 is not a number from 0 upwards."),
        ({"s0": np.inf}, "T102 weights: s0: inf is not a number from 0 upwards."),
    ],
)
def test_weights_that_cannot_be_used_are_refused(weights, message):
    with pytest.raises(LabelModelError) as raised:
        predicted([[0]], 2, **weights)
    assert str(raised.value) == message
