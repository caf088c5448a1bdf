"""Numbers of several sources as one: a mean in which a precise source counts more."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from transom.supervision.matrix import ValueMatrix

_PSEUDO_COUNTS = 5.0
_ITERATIONS = 100
_SETTLED = 1e-6
_EQUAL = 1e-100


@dataclass(frozen=True)
class FittedMean:
    """`precisions` are the weights of the sources, `centre` is what an item without a vote gets."""

    precisions: Float[np.ndarray, " n_sources"]
    centre: float

    def predict(self, matrix: ValueMatrix) -> Float[np.ndarray, " n_items"]:
        """The weighted mean of the votes on each item."""
        is_vote = np.isfinite(matrix.votes)
        weight = is_vote @ self.precisions
        total = np.where(is_vote, matrix.votes, 0.0) @ self.precisions
        return np.asarray(np.divide(total, weight, out=np.full(len(weight), self.centre), where=weight > 0))


def fit_mean(matrix: ValueMatrix) -> FittedMean:
    """The plain mean of the votes on each item: every source counts the same."""
    votes = matrix.votes[np.isfinite(matrix.votes)]
    return FittedMean(np.ones(len(matrix.sources)), float(votes.mean()) if len(votes) else 0.0)


def fit_precisions(matrix: ValueMatrix) -> FittedMean:
    """The mean weighted by the precision of each source, learned from how far sources lie from one another.

    A vote is the item's true value and an error, `v = y + e`, with `y ~ N(centre, spread)` and `e ~ N(0, variance)` of
    the source, fitted by expectation maximisation (Dempster, Laird & Rubin 1977, sec. 4.1.3, a random-effects model).
    Variances are smoothed by 5 votes of the average source, so that few votes never look perfect.
    """
    plain = fit_mean(matrix)
    is_vote = np.isfinite(matrix.votes)
    votes = np.where(is_vote, matrix.votes, 0.0)
    spread = float(votes[is_vote].var()) if is_vote.any() else 0.0
    if spread <= _EQUAL:
        return plain
    pooled = _variance_within(votes, is_vote) or spread / 2
    floor = 1e-6 * spread
    has_vote, n_votes = is_vote.any(axis=1), is_vote.sum(axis=0)
    centre, variances = plain.centre, np.full(len(matrix.sources), pooled)
    for _ in range(_ITERATIONS):
        uncertainty = 1 / (1 / spread + is_vote @ (1 / variances))
        mean = uncertainty * (centre / spread + votes @ (1 / variances))
        error = np.where(is_vote, (votes - mean[:, None]) ** 2 + uncertainty[:, None], 0.0).sum(axis=0)
        before, variances = variances, np.maximum((error + _PSEUDO_COUNTS * pooled) / (n_votes + _PSEUDO_COUNTS), floor)
        centre = float(mean[has_vote].mean())
        spread = max(float(((mean - centre) ** 2 + uncertainty)[has_vote].mean()), floor)
        if np.abs(np.log(variances / before)).max() < _SETTLED:
            break
    return FittedMean(1 / variances, plain.centre)


def _variance_within(votes: Float[np.ndarray, "n_items n_sources"], is_vote: np.ndarray) -> float:
    """The variance of votes about the mean of their item, over items with at least two."""
    n = is_vote.sum(axis=1)
    mean = np.divide(votes.sum(axis=1), n, out=np.zeros(len(n)), where=n > 0)
    squared = np.where(is_vote, (votes - mean[:, None]) ** 2, 0.0).sum()
    degrees = np.maximum(n - 1, 0).sum()
    return float(squared / degrees) if degrees else 0.0
