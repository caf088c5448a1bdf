"""An exponent makes probabilities as sure as they are right."""

import numpy as np

from transom.supervision.label_models.majority import Majority
from transom.supervision.prior import uniform_prior
from transom.supervision.temperature import Tempered, fit_exponent
from transom.testing.label_models import matrix_of


def test_overconfident_probabilities_are_flattened():
    probabilities = np.tile([0.99, 0.01], (1000, 1))
    truth = (np.arange(1000) % 10 < 3).astype(np.int64)  # right on 0.7
    exponent = fit_exponent(probabilities, truth)
    assert abs(0.99**exponent / (0.99**exponent + 0.01**exponent) - 0.7) < 0.01


def test_no_gold_leaves_probabilities_as_they_are():
    assert fit_exponent(np.zeros((0, 2)), np.zeros(0, dtype=np.int64)) == 1.0


def test_the_order_of_classes_stays():
    matrix = matrix_of(np.array([[0, 0, 1]], dtype=np.int8), 3)
    model = Tempered(Majority().fit(matrix, uniform_prior(3)), 2.0)
    assert np.allclose(model.predict(matrix), [[0.8, 0.2, 0.0]])
    assert np.allclose(model.accuracies, [2 / 3, 2 / 3, 1 / 3])
