"""Numbers of several sources as one: a mean in which a precise source counts more."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from transom.supervision.disagreement import scatter
from transom.supervision.matrix import ValueMatrix
from transom.supervision.offsets import relative_offsets, shrunk

_VOTES_BEFORE_GOLD = 20.0


@dataclass(frozen=True)
class FittedMean:
    """What each source adds to the truth, in the unit of the votes, and what a vote of it counts.

    `weights` are 1 for the source that counts most; `centre` is what an item without a vote gets.
    """

    offsets: Float[np.ndarray, " n_sources"]
    weights: Float[np.ndarray, " n_sources"]
    centre: float

    def predict(self, matrix: ValueMatrix) -> Float[np.ndarray, " n_items"]:
        """The weighted mean of the votes on each item, less the offsets of their sources."""
        is_vote = np.isfinite(matrix.votes)
        weight = is_vote @ self.weights
        total = np.where(is_vote, matrix.votes - self.offsets, 0.0) @ self.weights
        return np.asarray(np.divide(total, weight, out=np.full(len(weight), self.centre), where=weight > 0))


@dataclass(frozen=True)
class KnownValues:
    """Items whose gold may be seen, with their votes, NaN = abstain."""

    votes: Float[np.ndarray, "n_known n_sources"]
    truth: Float[np.ndarray, " n_known"]


def fit_mean(matrix: ValueMatrix) -> FittedMean:
    """The plain mean of the votes on each item: every source counts the same."""
    ones = np.ones(len(matrix.sources))
    return FittedMean(0 * ones, ones, _mean(matrix.votes))


def fit_precisions(matrix: ValueMatrix, known: KnownValues | None = None) -> FittedMean:
    """The mean weighted by the precision of each source, votes less what the source adds to the truth.

    A vote is the item's true value, an offset and an error of the source: `v = y + b + e`. Both are learned from how
    sources lie to one another (see `relative_offsets` and `scatter`), then from `known` truth. A source that never
    votes in the matrix is taken to be an average one.
    """
    is_voting = np.isfinite(matrix.votes).any(axis=0)
    if not is_voting.any():
        return fit_mean(matrix)
    middle = float(np.nanmedian(matrix.votes))
    votes = matrix.votes[:, is_voting] - middle
    known_parts = () if known is None else (known.votes - middle, known.truth - middle)
    unit = max(_largest(part) for part in (votes, *known_parts)) or 1.0
    found = scatter(votes / unit)
    offsets = np.zeros(len(is_voting))
    variances, worth = np.full(len(is_voting), found.variances.mean()), np.ones(len(is_voting))
    offsets[is_voting] = relative_offsets(votes / unit)
    variances[is_voting], worth[is_voting] = found.variances, found.worth
    if known is not None:
        offsets, variances = _taught(offsets, variances, (known.votes - middle) / unit, (known.truth - middle) / unit)
    precisions = worth * (variances.min() / variances)
    offsets = offsets * unit
    return FittedMean(offsets, precisions / precisions.max(), _mean(matrix.votes - offsets))


def _taught(
    offsets: Float[np.ndarray, " n_sources"],
    variances: Float[np.ndarray, " n_sources"],
    votes: Float[np.ndarray, "n_known n_sources"],
    truth: Float[np.ndarray, " n_known"],
) -> tuple[Float[np.ndarray, " n_sources"], Float[np.ndarray, " n_sources"]]:
    """Offsets and variances after gold; what was believed before counts as twenty gold votes of each source."""
    error = votes - offsets - truth[:, None]
    is_vote = np.isfinite(error)
    n_votes = is_vote.sum(axis=0).astype(np.float64)
    mean = np.where(is_vote, error, 0.0).sum(axis=0) / np.maximum(n_votes, 1)
    squared = np.where(is_vote, error - mean, 0.0) ** 2
    degrees = np.maximum(n_votes - 1, 0)
    variances = (_VOTES_BEFORE_GOLD * variances + squared.sum(axis=0)) / (_VOTES_BEFORE_GOLD + degrees)
    return offsets + shrunk(mean, n_votes, variances), variances


def _largest(values: Float[np.ndarray, "..."]) -> float:
    return float(np.abs(values[np.isfinite(values)]).max(initial=0.0))


def _mean(votes: Float[np.ndarray, "n_items n_sources"]) -> float:
    cast = votes[np.isfinite(votes)]
    return float(cast.mean()) if len(cast) else 0.0
