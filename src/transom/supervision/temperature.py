"""Probabilities as sure as they are right: one exponent, fitted on gold."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from transom.supervision.label_model import FittedLabelModel
from transom.supervision.matrix import LabelMatrix

_EXPONENTS = np.geomspace(0.1, 10.0, 81)
_FLOOR = 1e-6


@dataclass(frozen=True)
class Tempered:
    """A label model whose probabilities are raised to an exponent; the order of the classes stays."""

    model: FittedLabelModel
    exponent: float

    @property
    def accuracies(self) -> Float[np.ndarray, " n_sources"]:
        """Those of the model."""
        return self.model.accuracies

    def predict(self, matrix: LabelMatrix) -> Float[np.ndarray, "n_rows n_classes"]:
        """The model's probabilities, flatter or sharper; rows sum to 1."""
        return raised(self.model.predict(matrix), self.exponent)


def fit_exponent(probabilities: Float[np.ndarray, "n_rows n_classes"], truth: Int[np.ndarray, " n_rows"]) -> float:
    """The exponent under which gold labels are likeliest; a few rows count as evidence for leaving things as they are.

    Source: Guo et al. (2017), On calibration of modern neural networks, sec. 4.2: temperature scaling, the exponent
    being one over the temperature. We add a N(0, 1) belief about its logarithm.
    """
    rows = np.arange(len(truth))
    losses = [
        -np.log(np.maximum(raised(probabilities, exponent)[rows, truth], _FLOOR)).sum() + np.log(exponent) ** 2 / 2
        for exponent in _EXPONENTS
    ]
    return float(_EXPONENTS[int(np.argmin(losses))])


def raised(
    probabilities: Float[np.ndarray, "n_rows n_classes"], exponent: float
) -> Float[np.ndarray, "n_rows n_classes"]:
    """Probabilities to the power of an exponent; rows sum to 1."""
    by_class = np.ascontiguousarray(probabilities.T)
    powers = (by_class / by_class.max(axis=0)) ** exponent
    return np.ascontiguousarray((powers / powers.sum(axis=0)).T)
