"""Numbers of several sources as one: a mean in which a precise source counts more."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from transom.data.items import one_each
from transom.supervision.disagreement import scatter
from transom.supervision.matrix import ValueMatrix
from transom.supervision.offsets import relative_offsets, shrunk
from transom.supervision.wild_votes import WildVotes, weigh_wild, wild_errors, wild_votes

_VOTES_BEFORE_GOLD = 20.0


@dataclass(frozen=True)
class FittedMean:
    """What each source adds to the truth, in the unit of the votes, and what a vote of it counts.

    `weights` are 1 for the source that counts most; `centre` is what an item without a vote gets. `wild` says how votes
    are told that are far off, None where there are none.
    """

    offsets: Float[np.ndarray, " n_sources"]
    weights: Float[np.ndarray, " n_sources"]
    centre: float
    wild: WildVotes | None = None

    def predict(self, matrix: ValueMatrix) -> Float[np.ndarray, " n_items"]:
        """The weighted mean of the votes on each item, less the offsets of their sources."""
        if self.wild is not None:
            return self.wild.means(matrix.votes - self.offsets, self.weights)
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
    votes in the matrix is taken to be an average one. Where none does, all is learned from the known items. Votes that
    are far off (see `wild_votes`) teach nothing, and then count as little as they are likely to be that.
    """
    if not np.isfinite(matrix.votes).any():
        if known is None or not np.isfinite(known.votes).any():
            return fit_mean(matrix)
        return fit_precisions(replace(matrix, votes=known.votes, items=one_each(len(known.votes))), known)
    middle = float(np.nanmedian(matrix.votes))  # numbers near 0 of about 1: squares neither overflow nor vanish
    known_parts = () if known is None else (known.votes - middle, known.truth - middle)
    unit = max(_largest(part) for part in (matrix.votes - middle, *known_parts)) or 1.0
    votes = (matrix.votes - middle) / unit
    is_wild = wild_votes(votes)
    believed = _compared(np.where(is_wild, np.nan, votes))
    if known is not None:
        of_known = KnownValues((known.votes - middle) / unit, (known.truth - middle) / unit)
        believed = _taught(believed, of_known, are_some_wild=bool(is_wild.any()))
    offsets = believed.offsets * unit
    told = matrix.votes - offsets
    wild = weigh_wild(told, is_wild, np.sqrt(believed.variances) * unit) if is_wild.any() else None
    return FittedMean(offsets, believed.weights, _mean(np.where(is_wild, np.nan, told)), wild)


@dataclass(frozen=True)
class _Believed:
    """What each source adds, the variance of its error, and what its vote is worth beside those of copies."""

    offsets: Float[np.ndarray, " n_sources"]
    variances: Float[np.ndarray, " n_sources"]
    worth: Float[np.ndarray, " n_sources"]

    @property
    def weights(self) -> Float[np.ndarray, " n_sources"]:
        """1 for the source that counts most."""
        precisions = self.worth * (self.variances.min() / self.variances)
        return np.asarray(precisions / precisions.max())


def _compared(votes: Float[np.ndarray, "n_items n_sources"]) -> _Believed:
    """What sources tell of one another; one that never votes is an average one."""
    is_voting = np.asarray(np.isfinite(votes).any(axis=0))
    found = scatter(votes[:, is_voting])
    offsets, worth = np.zeros(len(is_voting)), np.ones(len(is_voting))
    variances = np.full(len(is_voting), found.variances.mean())
    offsets[is_voting] = relative_offsets(votes[:, is_voting])
    variances[is_voting], worth[is_voting] = found.variances, found.worth
    return _Believed(offsets, variances, worth)


def _taught(believed: _Believed, known: KnownValues, *, are_some_wild: bool) -> _Believed:
    """The same after gold; what was believed before counts as twenty gold votes of each source."""
    error = known.votes - believed.offsets - known.truth[:, None]
    if are_some_wild:
        error = np.where(wild_errors(error, np.sqrt(believed.variances)), np.nan, error)
    is_vote = np.isfinite(error)
    n_votes = is_vote.sum(axis=0).astype(np.float64)
    mean = np.where(is_vote, error, 0.0).sum(axis=0) / np.maximum(n_votes, 1)
    squared = np.where(is_vote, error - mean, 0.0) ** 2
    degrees = np.maximum(n_votes - 1, 0)
    variances = (_VOTES_BEFORE_GOLD * believed.variances + squared.sum(axis=0)) / (_VOTES_BEFORE_GOLD + degrees)
    return replace(believed, offsets=believed.offsets + shrunk(mean, n_votes, variances), variances=variances)


def _largest(values: Float[np.ndarray, "..."]) -> float:
    return float(np.abs(values[np.isfinite(values)]).max(initial=0.0))


def _mean(votes: Float[np.ndarray, "n_items n_sources"]) -> float:
    cast = votes[np.isfinite(votes)]
    return float(cast.mean()) if len(cast) else 0.0
