"""How far sources of numbers scatter, as told by how far each pair of them lies apart."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.optimize import nnls
from scipy.sparse.csgraph import connected_components

_PSEUDO_COUNTS = 5.0
_COPY = 0.005  # of the mean variance of differences
_NEAR, _FAR, _LEAST_LIMIT = 0.25, 4.0, 0.1
_HIDDEN, _LEAST = 0.1, 1e-4
_NOTHING = 1e-28  # of the square of the largest number: rounding


@dataclass(frozen=True)
class Scatter:
    """The variance of each source's error, and what its vote is `worth`: 1 / 3 where three say nearly the same."""

    variances: Float[np.ndarray, " n_sources"]
    worth: Float[np.ndarray, " n_sources"]


@dataclass(frozen=True)
class _Pairs:
    """The variance of each pair's difference, and on how many rows it is seen; both are 0 where it is not."""

    apart: Float[np.ndarray, "n_sources n_sources"]
    rows: Float[np.ndarray, "n_sources n_sources"]

    def mean(self, weights: Float[np.ndarray, "n_sources n_sources"]) -> float:
        """The mean variance of a source, half of that of a difference."""
        return float((weights * self.apart).sum() / weights.sum() / 2)


def scatter(votes: Float[np.ndarray, "n_items n_sources"]) -> Scatter:
    """The scatter of sources, in the squared unit of the votes; each source votes at least once, NaN = abstain.

    Where errors are independent, `var(v_j - v_k) = variance_j + variance_k`: that is solved by least squares, with five
    votes of the average source beside those of each. Pairs count by the rows that they share, however near they lie: a
    likelihood believes the nearest pair most, and follows two sources that share an error. Only pairs that are more
    than four times as far apart as near ones count less. A tenth of the median variance is added to each, for errors
    that agreement does not show. Where differences say nothing, all have the variance of the votes.

    Source: Grubbs (1948), J. Amer. Statist. Assoc. 43(242), 243-264: variances of several instruments from their
    differences, and of two from their own variances too. Weights, prior and the part added are ours.
    """
    pairs = _pairs(votes)
    n_sources = votes.shape[1]
    pooled = pairs.mean(pairs.rows) if pairs.rows.any() else 0.0
    if pooled <= _NOTHING * np.nanmax(np.abs(votes)) ** 2:
        return Scatter(np.full(n_sources, float(np.nanvar(votes)) or 1.0), np.ones(n_sources))
    groups = _copies(pairs, pooled)
    sizes = np.bincount(groups)
    counts = np.where(groups[:, None] == groups, 0.0, pairs.rows) * _trust(pairs, pooled)
    variances = np.bincount(groups, _solved(votes, pairs, counts)) / sizes
    hidden = _HIDDEN * max(float(np.median(variances[groups])), _LEAST * pooled)
    return Scatter((variances + hidden)[groups], 1 / sizes[groups])


def _pairs(votes: Float[np.ndarray, "n_items n_sources"]) -> _Pairs:
    """How far each pair lies apart; two that vote one number each always differ by the same, which says nothing."""
    is_vote = np.isfinite(votes).astype(np.float64)
    filled = _without_means(votes, is_vote)
    is_fixed = np.nanmax(votes, axis=0) == np.nanmin(votes, axis=0)
    rows = np.where(is_fixed[:, None] & is_fixed, 0.0, is_vote.T @ is_vote)
    np.fill_diagonal(rows, 0.0)
    rows[rows < 2] = 0.0
    total, squares = filled.T @ is_vote, (filled**2).T @ is_vote
    squared = squares + squares.T - 2 * filled.T @ filled - (total - total.T) ** 2 / np.maximum(rows, 1)
    return _Pairs(np.where(rows > 0, np.maximum(squared, 0) / np.maximum(rows - 1, 1), 0.0), rows)


def _without_means(
    votes: Float[np.ndarray, "n_items n_sources"], is_vote: Float[np.ndarray, "n_items n_sources"]
) -> Float[np.ndarray, "n_items n_sources"]:
    """Votes less the mean of their source, then of their item; 0 = abstain.

    Variances of differences stay as they are, but are no longer small differences of large numbers, which rounding
    drowns where items lie far apart beside what sources scatter.
    """
    filled = np.where(is_vote > 0, votes - np.nanmean(votes, axis=0), 0.0)
    n_votes = np.maximum(is_vote.sum(axis=1, keepdims=True), 1)
    return np.asarray(filled - is_vote * filled.sum(axis=1, keepdims=True) / n_votes)


def _copies(pairs: _Pairs, pooled: float) -> Int[np.ndarray, " n_sources"]:
    """The group of each source, alone or with those that say nearly the same.

    They may be copies, so they say nothing of one another and share a vote; those that are precise lose little by that.
    With fewer than three groups nobody can tell, nor where no two groups meet: then each is alone.
    """
    is_near = (pairs.rows > 0) & (pairs.apart < _COPY * 2 * pooled)
    n_groups, groups = connected_components(is_near, directed=False)
    do_meet = bool(pairs.rows[groups[:, None] != groups].any())
    return np.asarray(groups if n_groups > 2 and do_meet else np.arange(len(groups)), dtype=np.int64)


def _trust(pairs: _Pairs, pooled: float) -> Float[np.ndarray, "n_sources n_sources"]:
    """What a row of each pair counts: 1, or less where the pair lies so far apart that its variance is uncertain."""
    seen = pairs.apart[pairs.rows > 0]
    limit = max(_FAR * float(np.quantile(seen, _NEAR, method="lower")), _LEAST_LIMIT * 2 * pooled)
    return np.asarray(np.divide(limit, pairs.apart, out=np.ones_like(pairs.apart), where=pairs.apart > limit) ** 2)


def _solved(
    votes: Float[np.ndarray, "n_items n_sources"], pairs: _Pairs, counts: Float[np.ndarray, "n_sources n_sources"]
) -> Float[np.ndarray, " n_sources"]:
    """The variances, none below 0, that explain best how far pairs lie apart, each pair counting so many rows."""
    counted, seen = counts.sum(axis=1), pairs.rows.sum(axis=1)
    believed = _PSEUDO_COUNTS * np.divide(counted, seen, out=np.ones(len(seen)), where=counted > 0)
    matrix = counts + np.diag(counted + believed)
    right = (counts * pairs.apart).sum(axis=1) + believed * pairs.mean(counts)
    if votes.shape[1] == 2:
        n_rows, sign = counts[0, 1], np.array([1.0, -1.0])
        matrix += n_rows * np.outer(sign, sign)
        right += n_rows * _wider(votes) * sign
    root = np.linalg.cholesky(matrix)
    return np.asarray(nnls(root.T, np.linalg.solve(root, right))[0])


def _wider(votes: Float[np.ndarray, "n_items n_sources"]) -> float:
    """By how much the votes of the first of two sources vary more than those of the second, where both vote."""
    first, second = votes[np.isfinite(votes).all(axis=1)].var(axis=0, ddof=1)
    return float(first - second)
