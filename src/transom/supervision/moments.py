"""Weights of votes from counts of pairs: the closed form, fitted without dividing by any moment."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from transom.errors import LabelModelError
from transom.supervision.beliefs import Beliefs, believed_precision
from transom.supervision.copies import Copies
from transom.supervision.inference import TINY, FittedWeights, floored_log, one_sidedness
from transom.supervision.matrix import LabelMatrix
from transom.supervision.statistics import MOST_VOTES, VoteCounts, share_right

_SWEEPS = 1000
_SETTLED = 1e-9
_LEAST_SHARE = 1e-3


def fit_moments(
    counts: VoteCounts, prior: Float[np.ndarray, " n_classes"], beliefs: Beliefs, *, copies: Copies | None = None
) -> FittedWeights:
    """What each vote of each source tells, from counts alone, which may be sums over shards, batches or windows.

    Given the class, sources vote independently. So for a class with prior `p`, the covariance of "source i votes a" and
    "source j votes b" is `d[i, a] * d[j, b]`, where `d[i, a]` is `sqrt(p * (1 - p))` times the difference in how often
    the vote is cast inside and outside of the class. Abstentions count as "does not vote a": that is what makes rules
    that vote one class only identifiable.

    A matrix of rank one is fitted to the covariances of different sources by least squares, each weighted by one over
    its variance, and drawn towards what is believed. No moment is ever divided by, so sources that know nothing do no
    harm. Signs come from where the fit begins, at beliefs: sources are better than chance on the whole, and one that is
    worse is found. With more than two classes each is fitted against the others, from the votes for it alone. What
    copies have in common says nothing of the class, and is left out.

    Source: Fu et al. (2020), Fast and three-rious (FlyingSquid), sec. 3, recover the same `d` from triplets of moments
    by division; we differ in the moments (abstentions count), in the fit and in what happens without evidence.
    """
    prior = np.maximum(prior, TINY)
    n_classes = counts.n_classes
    shape = (-1, n_classes, n_classes)
    moments = _Moments.of(counts, copies)
    rates = np.tile(moments.means[:, None], (1, n_classes))
    belief = believed_precision(beliefs.accuracies, prior).reshape(-1, n_classes)
    one_sided = one_sidedness(counts.votes.astype(np.float64))[:, None]
    strength = (beliefs.pseudo_counts + beliefs.shrinkage * one_sided * counts.votes).reshape(-1)
    for target in range(1 if n_classes == 2 else 0, n_classes):
        is_used = (counts.votes.reshape(-1) > 0) & ((moments.vote == target) | (n_classes == 2))
        columns = np.flatnonzero(is_used)
        inside, outside = moments.fit(columns, prior[target], belief[columns, target], strength[columns])
        rates[columns] = outside[:, None]
        rates[columns, target] = inside
    right = np.einsum("jvv,v->jv", rates.reshape(shape), prior) / np.maximum(rates @ prior, TINY).reshape(-1, n_classes)
    accuracies = share_right((right * counts.votes).sum(axis=1), counts.votes.sum(axis=1))
    weights = (floored_log(rates) - floored_log(rates.max(axis=1, keepdims=True))).reshape(shape)
    worth = 1.0 if copies is None else copies.worth[:, None, None]
    return FittedWeights(weights * worth, prior, accuracies)


def require_pairs_countable(matrix: LabelMatrix) -> None:
    """Refuses a matrix with more kinds of vote than fit into memory squared.

    Raises:
        LabelModelError: there are too many.
    """
    n_votes = len(matrix.sources) * matrix.n_classes
    if n_votes > MOST_VOTES:
        raise LabelModelError(
            "T107",
            f"{len(matrix.sources)} sources times {matrix.n_classes} classes are {n_votes} kinds of vote, too many to "
            f"count every pair (at most {MOST_VOTES}). Use em.",
        )


@dataclass(frozen=True)
class _Moments:
    """Means and covariances of "source i votes a", a column for each source and class; pairs to learn from."""

    means: Float[np.ndarray, " n_votes"]
    covariances: Float[np.ndarray, "n_votes n_votes"]
    source: Int[np.ndarray, " n_votes"]
    vote: Int[np.ndarray, " n_votes"]
    may_pair: Bool[np.ndarray, "n_votes n_votes"]
    n_rows: int | float

    @classmethod
    def of(cls, counts: VoteCounts, copies: Copies | None) -> "_Moments":
        n_rows = counts.n_rows or 1
        means = np.diag(counts.together) / n_rows
        source, vote = np.divmod(np.arange(len(means)), counts.n_classes)
        covariances = counts.together / n_rows - np.outer(means, means)
        may_pair = source[:, None] != source if copies is None else copies.strangers[np.ix_(source, source)]
        return cls(means, covariances, source, vote, may_pair, n_rows)

    def fit(
        self, columns: Int[np.ndarray, " n"], prior: float, belief: Float[np.ndarray, " n"], strength: np.ndarray
    ) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"]]:
        """How often the votes of these columns are cast inside a class of that prior, and outside of it.

        `belief` is how often they are believed to be cast inside when they are cast, `strength` how many votes that is
        worth.
        """
        spread = np.sqrt(max(prior * (1 - prior), TINY))
        means, covariances = self.means[columns], self.covariances[np.ix_(columns, columns)]
        start = (belief - prior) * means / spread
        doubt = (means / spread) ** 2 * np.maximum(belief * (1 - belief), TINY) / strength
        variance = np.outer(means * (1 - means), means * (1 - means)) + covariances**2
        precision = np.where(self.may_pair[np.ix_(columns, columns)], self.n_rows / np.maximum(variance, TINY), 0.0)
        difference = _rank_one(covariances, precision, start, 1 / np.maximum(doubt, TINY)) / spread
        return (
            np.clip(means + (1 - prior) * difference, _LEAST_SHARE * means, 1.0),
            np.clip(means - prior * difference, _LEAST_SHARE * means, 1.0),
        )


def _rank_one(
    target: Float[np.ndarray, "n n"],
    precision: Float[np.ndarray, "n n"],
    belief: Float[np.ndarray, " n"],
    belief_precision: Float[np.ndarray, " n"],
) -> Float[np.ndarray, " n"]:
    """The vector `d` whose outer product is nearest to `target`, in squares weighted by `precision`, and to `belief`.

    Each entry has a closed form given the others. All go half the way there at once, so that no order of them matters:
    where sources contradict each other evenly, none wins by being first. Sweeps end when none moves.
    """
    weighted = precision * target
    d = belief
    for _ in range(_SWEEPS):
        best = (weighted @ d + belief_precision * belief) / (precision @ d**2 + belief_precision)
        before, d = d, np.round((d + best) / 2, 15)
        if np.abs(d - before).max(initial=0.0) < _SETTLED:
            break
    return np.asarray(d)
