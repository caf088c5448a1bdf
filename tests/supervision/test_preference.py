"""One source is followed first, and a label model where it abstains."""

import numpy as np

from transom.supervision.label_models.majority import Majority
from transom.supervision.preference import Preferring
from transom.supervision.prior import uniform_prior
from transom.testing.label_models import matrix_of


def predicted(votes):
    matrix = matrix_of(np.array(votes, dtype=np.int8), 3)
    model = Preferring(0, 0.9, Majority().fit(matrix, uniform_prior(3)))
    return model.predict(matrix), model


def test_the_source_that_is_preferred_wins_and_the_others_share_the_rest():
    probabilities, _ = predicted([[0, 1, 1]])
    assert np.allclose(probabilities, [[0.9, 0.1, 0.0]])


def test_where_it_abstains_the_fallback_speaks():
    probabilities, _ = predicted([[-1, 1, 2]])
    assert np.allclose(probabilities, [[0.0, 0.5, 0.5]])


def test_where_nobody_says_otherwise_it_is_believed():
    probabilities, _ = predicted([[0, 0, -1]])
    assert np.allclose(probabilities, [[1.0, 0.0, 0.0]])


def test_its_accuracy_is_the_one_given():
    _, model = predicted([[0, 1, 1]])
    assert np.allclose(model.accuracies, [0.9, 2 / 3, 2 / 3])
