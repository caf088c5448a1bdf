"""Trusting one source before all others, and a label model where that source abstains."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from transom.supervision.label_model import FittedLabelModel
from transom.supervision.matrix import LabelMatrix


@dataclass(frozen=True)
class Preferring:
    """Follows `source` (its column), which is right with probability `accuracy`; `fallback` shares out the rest."""

    source: int
    accuracy: float
    fallback: FittedLabelModel

    @property
    def accuracies(self) -> Float[np.ndarray, " n_sources"]:
        """The fallback's, but for the source that is preferred."""
        accuracies = self.fallback.accuracies.copy()
        accuracies[self.source] = self.accuracy
        return accuracies

    def predict(self, matrix: LabelMatrix) -> Float[np.ndarray, "n_rows n_classes"]:
        """`accuracy` for the class that the source votes; the others divide the rest as the fallback has them."""
        probabilities = self.fallback.predict(matrix).copy()
        votes = matrix.votes[:, self.source]
        rows = np.flatnonzero(votes >= 0)
        others = probabilities[rows]
        others[np.arange(len(rows)), votes[rows]] = 0.0
        total = others.sum(axis=1, keepdims=True)
        preferred = np.divide(others, total, out=np.zeros_like(others), where=total > 0) * (1 - self.accuracy)
        preferred[np.arange(len(rows)), votes[rows]] = np.where(total[:, 0] > 0, self.accuracy, 1.0)
        probabilities[rows] = preferred
        return probabilities
