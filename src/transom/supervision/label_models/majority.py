"""Majority vote: every source counts the same, or as much as its weight."""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from transom.errors import LabelModelError, did_you_mean
from transom.supervision import kernels
from transom.supervision.label_model import require_votes_fit
from transom.supervision.matrix import LabelMatrix
from transom.supervision.prior import prior_of_rows
from transom.supervision.statistics import cast_votes, patterns, share_right


@dataclass(frozen=True)
class Majority:
    """Each class gets its share of the votes; `weights` lets a source count more or less than 1.

    A soft vote is shared out among its classes. Sources that copy each other count less, where that is known.
    """

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
        weights = (
            np.array([self.weights.get(source, 1.0) for source in matrix.sources], dtype=np.float64) * matrix.worth
        )
        _, agreement = _shares(matrix, weights, prior)
        return FittedMajority(weights, prior, share_right(agreement, _n_votes(matrix)))


@dataclass(frozen=True)
class FittedMajority:
    """Vote shares; `accuracies` is the mean share of the votes that agree with each source, its own included."""

    weights: Float[np.ndarray, " n_sources"]
    prior: Float[np.ndarray, " n_classes"]
    accuracies: Float[np.ndarray, " n_sources"]

    def predict(self, matrix: LabelMatrix) -> Float[np.ndarray, "n_rows n_classes"]:
        """Shares of the votes of each row; a row without a vote gets the prior."""
        return _shares(matrix, self.weights, self.prior)[0]


def _shares(
    matrix: LabelMatrix, weights: Float[np.ndarray, " n_sources"], prior: Float[np.ndarray, " n_classes"]
) -> tuple[Float[np.ndarray, "n_rows n_classes"], Float[np.ndarray, " n_sources"]]:
    """Shares of the votes of each row, and the sum of those that each source's votes agree with."""
    if kernels.is_large(matrix):
        return kernels.shares(matrix, weights, prior)
    distinct = patterns(matrix)
    cast = cast_votes(distinct.matrix)
    shape = (len(distinct.counts), matrix.n_classes)
    places = cast.rows.astype(np.int64) * matrix.n_classes + cast.classes
    parts = cast.parts * weights[cast.sources]
    counted = np.bincount(places, weights=parts, minlength=shape[0] * shape[1]).reshape(shape)
    total = counted.sum(axis=1, keepdims=True)
    shares = np.where(total > 0, counted / np.where(total > 0, total, 1.0), prior_of_rows(distinct.matrix, prior))
    agreeing = shares[cast.rows, cast.classes] * cast.parts * distinct.counts[cast.rows]
    agreement = np.bincount(cast.sources, weights=agreeing, minlength=len(weights))
    # of no votes at all, bincount makes integers
    return shares[distinct.pattern_of], agreement.astype(np.float64)


def _n_votes(matrix: LabelMatrix) -> Float[np.ndarray, " n_sources"]:
    """How often each source votes; a soft vote whose classes are equally probable is one, too."""
    if kernels.is_large(matrix):
        return np.asarray(kernels.count_votes(matrix).sum(axis=1), dtype=np.float64)
    distinct = patterns(matrix)
    cast = cast_votes(distinct.matrix)
    return np.bincount(cast.sources, cast.parts * distinct.counts[cast.rows], len(matrix.sources)).astype(np.float64)
