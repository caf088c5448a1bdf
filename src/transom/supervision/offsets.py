"""How far each source of numbers lies above or below the others."""

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.sparse.csgraph import connected_components

_CONNECTED = 1e-9  # of the largest eigenvalue: what is less is rounding, of sources that no item joins


def relative_offsets(votes: Float[np.ndarray, "n_items n_sources"]) -> Float[np.ndarray, " n_sources"]:
    """What each source adds to the values of items, in their unit, beside the others on the same items.

    Votes say nothing of what all sources add, so the median source is taken to add nothing: half of them may be off. Of
    sources that no item joins, not even by way of others, each group has its own. A source that always votes the same
    number adds 0 and is not compared: that it lies above high values and below low ones comes from its one number.
    Offsets are shrunk as far as they may be chance (see `shrunk`).

    Source: least squares in the two-way layout with missing cells (Searle 1971, Linear models, sec. 7.1), items
    eliminated.
    """
    is_vote = np.isfinite(votes)
    is_compared = _varies(votes, is_vote)
    is_vote &= is_compared
    is_vote[is_vote.sum(axis=1) < 2] = False
    n_votes = np.maximum(is_vote.sum(axis=1, keepdims=True), 1)
    voted = is_vote.astype(np.float64)
    together = np.diag(voted.sum(axis=0)) - voted.T @ (voted / n_votes)
    filled = np.where(is_vote, votes, 0.0)
    above = np.where(is_vote, filled - filled.sum(axis=1, keepdims=True) / n_votes, 0.0)
    offsets = np.linalg.pinv(together, rcond=_CONNECTED, hermitian=True) @ above.sum(axis=0)
    offsets = offsets - _medians(offsets, connected_components(together < 0, directed=False)[1])
    left = np.where(is_vote, above - offsets + (voted @ offsets)[:, None] / n_votes, 0.0)
    weight = np.diag(together)
    variances = (left**2).sum(axis=0) / np.maximum(weight, 1.0)
    return shrunk(offsets, weight, variances)


def shrunk(
    means: Float[np.ndarray, " n_sources"],
    counts: Float[np.ndarray, " n_sources"],
    variances: Float[np.ndarray, " n_sources"],
) -> Float[np.ndarray, " n_sources"]:
    """Means of so many numbers of such variances, nearer to 0 as far as they may be chance: 0 within 1.4 deviations.

    Source: James & Stein (1961), Proc. 4th Berkeley Symp. 1, 361-379, the positive part, for each mean alone and
    with twice the variance.
    """
    signal = counts * means**2
    chance = np.divide(2 * variances, signal, out=np.ones_like(means), where=signal > 2 * variances)
    return np.asarray(means * (1 - chance))


def _varies(
    votes: Float[np.ndarray, "n_items n_sources"], is_vote: Bool[np.ndarray, "n_items n_sources"]
) -> Bool[np.ndarray, " n_sources"]:
    """The sources that vote for more than one number."""
    highest = np.where(is_vote, votes, -np.inf).max(axis=0, initial=-np.inf)
    return np.asarray(highest > np.where(is_vote, votes, np.inf).min(axis=0, initial=np.inf))


def _medians(
    offsets: Float[np.ndarray, " n_sources"], groups: Int[np.ndarray, " n_sources"]
) -> Float[np.ndarray, " n_sources"]:
    """The median of the group of each source."""
    medians = [np.median(offsets[groups == group]) for group in range(len(np.unique(groups)))]
    return np.asarray(np.array(medians)[groups])
