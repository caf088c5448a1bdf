"""Majority vote: every source counts the same, or as much as its weight."""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from transom.errors import LabelModelError, did_you_mean
from transom.supervision.label_model import require_votes_fit
from transom.supervision.matrix import LabelMatrix
from transom.supervision.prior import prior_of_rows


@dataclass(frozen=True)
class Majority:
    """Each class gets its share of the votes; `weights` lets a source count more or less than 1."""

    weights: dict[str, float] = field(default_factory=dict)

    def fit(self, matrix: LabelMatrix, prior: Float[np.ndarray, " n_classes"]) -> "FittedMajority":
        """Nothing is learned but how often each source agrees with the majority.

        Raises:
            LabelModelError: a vote is no class of the matrix, or a weight names no source or is not 0 or more.
        """
        require_votes_fit(matrix, prior)
        for source, weight in self.weights.items():
            if source not in matrix.sources:
                hint = did_you_mean(source, matrix.sources)
                raise LabelModelError("T102", f"weights: {source!r} is no source of this task.{hint}")
            if not (np.isfinite(weight) and weight >= 0):
                raise LabelModelError("T102", f"weights: {source}: {weight!r} is not a number from 0 upwards.")
        weights = np.array([self.weights.get(source, 1.0) for source in matrix.sources], dtype=np.float64)
        unscored = FittedMajority(weights, prior, np.full(len(weights), np.nan))
        return FittedMajority(weights, prior, _agreement(matrix, unscored.predict(matrix)))


@dataclass(frozen=True)
class FittedMajority:
    """Vote shares; `accuracies` is the mean share of the votes that agree with each source, its own included."""

    weights: Float[np.ndarray, " n_sources"]
    prior: Float[np.ndarray, " n_classes"]
    accuracies: Float[np.ndarray, " n_sources"]

    def predict(self, matrix: LabelMatrix) -> Float[np.ndarray, "n_rows n_classes"]:
        """Shares of the votes of each row; a row without a vote gets the prior."""
        shares = np.zeros((len(matrix.votes), matrix.n_classes))
        for source, weight in enumerate(self.weights):
            votes = matrix.votes[:, source]
            rows = np.flatnonzero(votes >= 0)
            shares[rows, votes[rows]] += weight
        total = shares.sum(axis=1, keepdims=True)
        return np.where(total > 0, shares / np.where(total > 0, total, 1.0), prior_of_rows(matrix, self.prior))


def _agreement(matrix: LabelMatrix, shares: Float[np.ndarray, "n_rows n_classes"]) -> Float[np.ndarray, " n_sources"]:
    """Mean share of the class that each source votes; NaN for a source that never votes."""
    agreement = np.full(len(matrix.sources), np.nan)
    for source in range(len(matrix.sources)):
        votes = matrix.votes[:, source]
        rows = np.flatnonzero(votes >= 0)
        if len(rows):
            agreement[source] = shares[rows, votes[rows]].mean()
    return agreement
