"""The covariance of sources' votes, and the part of it that comes from their voting on the same classes."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy import linalg, sparse

from transom.supervision.statistics import VoteCounts

_LEAST_VALUE = 1e-3  # of an eigenvalue that a fit starts from
_LEAST_VARIANCE = 1e-3
_SWEEPS = 200
_SETTLED = 1e-5
_LEAST_UNEXPLAINED = 0.05  # of a vote's variance: no source is taken to know the class better than that


@dataclass(frozen=True)
class VoteCovariance:
    """Covariances of "source i votes c", an abstention being a vote for nothing.

    A column is a source and a class that it votes on some rows and not on all; `n` below is their number.

    Attributes:
        values: (n, n) covariances.
        source: (n,) the source of each column.
        vote: (n,) its class.
        rates: (n_sources, n_classes) the share of rows on which a source votes a class.
        both: (n_sources, n_sources) the share of rows on which both vote.
        n_rows: the number of rows.
    """

    values: Float[np.ndarray, "n n"]
    source: Int[np.ndarray, " n"]
    vote: Int[np.ndarray, " n"]
    rates: Float[np.ndarray, "n_sources n_classes"]
    both: Float[np.ndarray, "n_sources n_sources"]
    n_rows: int | float

    @property
    def spread(self) -> Float[np.ndarray, " n"]:
        """The standard deviation of each column."""
        rates = self.rates[self.source, self.vote]
        return np.asarray(np.sqrt(rates * (1 - rates)))

    def by_pair(self, values: Float[np.ndarray, "n n"]) -> Float[np.ndarray, "n_sources n_sources"]:
        """Sums over the columns of each pair of sources."""
        columns = np.arange(len(self.source))
        shape = (len(self.rates), len(self.source))
        belongs = sparse.csr_array((np.ones(len(columns)), (self.source, columns)), shape=shape)
        return np.asarray((belongs @ (belongs @ values).T).T)


def vote_covariance(counts: VoteCounts) -> VoteCovariance:
    """The covariances that counts of pairs of votes give."""
    n_rows = counts.n_rows or 1
    share = np.diag(counts.together) / n_rows
    columns = np.flatnonzero((share > 0) & (share < 1))
    rates = share.reshape(-1, counts.n_classes)
    together = counts.together / n_rows
    n_sources, n_classes = rates.shape
    return VoteCovariance(
        values=together[np.ix_(columns, columns)] - np.outer(share[columns], share[columns]),
        source=columns // counts.n_classes,
        vote=columns % counts.n_classes,
        rates=rates,
        both=together.reshape(n_sources, n_classes, n_sources, n_classes).sum(axis=(1, 3)),
        n_rows=n_rows,
    )


def explain(
    covariance: VoteCovariance,
    strangers: Bool[np.ndarray, "n_sources n_sources"],
    *,
    start: Float[np.ndarray, "n rank"],
    belief: Float[np.ndarray, "n rank"],
) -> Float[np.ndarray, "n rank"]:
    """Loadings whose products are nearest to the correlations of columns of sources that are strangers to each other.

    If sources vote independently given the class, the covariance of columns of two of them is a product of loadings,
    one loading for each class but one. Given the others, the loadings of a column have a closed form; all go half the
    way there at once, so that no order of them matters. They are drawn towards `belief` as if its numbers were known to
    half of their size: where the class shows too little in the votes to be learned, no chance pair can pass for it.
    """
    counted = strangers[np.ix_(covariance.source, covariance.source)].astype(np.float64)
    spread = covariance.spread
    target = counted * covariance.values / np.outer(spread, spread)
    strength = _strength(covariance, belief)
    loadings = start
    for _ in range(_SWEEPS):
        pulled = target @ loadings + strength[:, None] * belief
        best = np.linalg.solve(_gram(counted, loadings, strength), pulled[:, :, None])[:, :, 0]
        before, loadings = loadings, (loadings + best) / 2
        if np.abs(loadings - before).max(initial=0.0) < _SETTLED:
            break
    return np.asarray(loadings)


def leverage(
    covariance: VoteCovariance,
    strangers: Bool[np.ndarray, "n_sources n_sources"],
    loadings: Float[np.ndarray, "n r"],
    *,
    belief: Float[np.ndarray, "n r"],
) -> Float[np.ndarray, "n_sources n_sources"]:
    """How far the fit follows the covariance of each pair of sources: 0 not at all, 1 wherever it goes.

    Of a pair that is not counted, how uncertain its fitted covariance is compared with a measured one.
    """
    counted = strangers[np.ix_(covariance.source, covariance.source)].astype(np.float64)
    uncertainty = np.linalg.inv(_gram(counted, loadings, _strength(covariance, belief)))
    pull = np.einsum("br,ars,bs->ab", loadings, uncertainty, loadings, optimize=True)
    same_vote = np.outer(covariance.spread, covariance.spread) * (covariance.vote[:, None] == covariance.vote)
    total = covariance.by_pair(same_vote)
    weighted = covariance.by_pair((pull + pull.T) * same_vote)
    return np.asarray(np.divide(weighted, total, out=np.zeros_like(total), where=total > 0))


def unexplained(covariance: VoteCovariance, loadings: Float[np.ndarray, "n r"]) -> Float[np.ndarray, "n n"]:
    """What is left of the covariances, that is those of votes given the class."""
    spread = covariance.spread
    left = covariance.values - np.outer(spread, spread) * (loadings @ loadings.T)
    np.fill_diagonal(left, np.maximum(np.diag(left), _LEAST_UNEXPLAINED * spread**2))
    return np.asarray(left)


def leading(covariance: VoteCovariance, rank: int) -> Float[np.ndarray, "n rank"]:
    """The leading eigenvectors of the correlations between different sources, as loadings to start from."""
    spread = covariance.spread
    is_other = covariance.source[:, None] != covariance.source
    n = len(spread)
    values, vectors = linalg.eigh(
        is_other * covariance.values / np.outer(spread, spread), subset_by_index=(n - rank, n - 1)
    )
    return np.asarray(vectors * np.sqrt(np.maximum(values, _LEAST_VALUE)))


def _strength(covariance: VoteCovariance, belief: Float[np.ndarray, "n rank"]) -> Float[np.ndarray, " n"]:
    """What the belief about each column weighs against one measured correlation, whose variance is 1 / n_rows."""
    variance = (belief**2).sum(axis=1) / 4
    return np.asarray(1 / np.maximum(covariance.n_rows * variance, _LEAST_VARIANCE))


def _gram(
    counted: Float[np.ndarray, "n n"], loadings: Float[np.ndarray, "n rank"], strength: Float[np.ndarray, " n"]
) -> Float[np.ndarray, "n rank rank"]:
    rank = loadings.shape[1]
    products = (loadings[:, :, None] * loadings[:, None, :]).reshape(-1, rank * rank)
    return np.asarray((counted @ products).reshape(-1, rank, rank) + strength[:, None, None] * np.eye(rank))
