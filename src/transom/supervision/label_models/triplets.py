"""The closed form: how good sources are shows in how often each pair of them votes together, counted once."""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool, Float, Int

from transom.errors import LabelModelError
from transom.supervision.beliefs import believed_accuracies, believed_precision
from transom.supervision.exchangeable import FittedExchangeable
from transom.supervision.inference import TINY, FittedWeights, floored_log, one_sidedness
from transom.supervision.label_model import require_votes_fit
from transom.supervision.matrix import LabelMatrix
from transom.supervision.prior import Prior
from transom.supervision.statistics import VoteCounts, count_votes

_MOST_VOTES = 8192
_SWEEPS = 1000
_SETTLED = 1e-9
_LEAST_SHARE = 1e-3


@dataclass(frozen=True)
class Triplets:
    """Weighs sources by the covariance of their votes, which counts of pairs give; one pass over the rows.

    Given the class, sources vote independently. So for a class with prior `p`, the covariance of "source i votes a" and
    "source j votes b" is `d[i, a] * d[j, b]`, where `d[i, a]` is `sqrt(p * (1 - p))` times the difference in how often
    the vote is cast inside and outside of the class. Abstentions count as "does not vote a": that is what makes rules
    that vote one class only identifiable.

    A matrix of rank one is fitted to the covariances of different sources by least squares, each weighted by one over
    its variance, and drawn towards what is believed. No moment is ever divided by, so sources that know nothing do no
    harm. Signs come from where the fit begins, at beliefs: sources are better than chance on the whole, and one that is
    worse is found.

    With more than two classes each is fitted against the others, from the votes for it alone.

    Source: Fu et al. (2020), Fast and three-rious (FlyingSquid), sec. 3, recover the same `d` from triplets of moments
    by division; we differ in the moments (abstentions count), in the fit and in what happens without evidence.

    Attributes:
        prior: the class prior.
        accuracy: the share of right votes that is believed of a source before any vote is seen, in (0, 1).
        beliefs: the same for single sources, by name.
        pseudo_counts: how many votes that belief is worth.
        shrinkage: how many more it is worth for each vote of a source that votes one class only.
    """

    prior: Prior = "dev"
    accuracy: float = field(default=0.8, metadata={"exclusiveMinimum": 0.0, "exclusiveMaximum": 1.0})
    beliefs: dict[str, float] = field(default_factory=dict)
    pseudo_counts: float = field(default=20.0, metadata={"exclusiveMinimum": 0.0})
    shrinkage: float = field(default=3.0, metadata={"minimum": 0.0})

    def fit(self, matrix: LabelMatrix, prior: Float[np.ndarray, " n_classes"]) -> FittedWeights | FittedExchangeable:
        """What each vote of each source tells.

        Raises:
            LabelModelError: a vote is no class of the matrix, a belief names no source or is not between 0 and 1, or
                there are too many sources and classes to count every pair.
        """
        require_votes_fit(matrix, prior)
        beliefs = believed_accuracies(matrix.sources, self.accuracy, self.beliefs)
        if matrix.n_options is not None:
            return _fit_options(matrix, beliefs, prior, pseudo_counts=self.pseudo_counts)
        n_votes = len(matrix.sources) * matrix.n_classes
        if n_votes > _MOST_VOTES:
            raise LabelModelError(
                "T107",
                f"triplets: {len(matrix.sources)} sources times {matrix.n_classes} classes are {n_votes} kinds of "
                f"vote, too many to count every pair (at most {_MOST_VOTES}). Use em.",
            )
        return self.fit_counts(count_votes(matrix), prior, beliefs)

    def fit_counts(
        self, counts: VoteCounts, prior: Float[np.ndarray, " n_classes"], beliefs: Float[np.ndarray, " n_sources"]
    ) -> FittedWeights:
        """The same from counts alone, which may be sums over shards, batches or windows."""
        prior = np.maximum(prior, TINY)
        n_classes = counts.n_classes
        moments = _Moments.of(counts)
        rates = np.tile(moments.means[:, None], (1, n_classes))
        belief = believed_precision(beliefs, prior).reshape(-1, n_classes)
        strength = self._strength(counts.votes)
        for target in range(1 if n_classes == 2 else 0, n_classes):
            is_used = (counts.votes.reshape(-1) > 0) & ((moments.vote == target) | (n_classes == 2))
            columns = np.flatnonzero(is_used)
            inside, outside = moments.fit(columns, prior[target], belief[columns, target], strength[columns])
            rates[columns] = outside[:, None]
            rates[columns, target] = inside
        shape = (len(beliefs), n_classes, n_classes)
        precision = np.einsum("jvv,v->jv", rates.reshape(shape), prior) / np.maximum(rates @ prior, TINY).reshape(
            shape[:2]
        )
        weights = floored_log(rates) - floored_log(rates.max(axis=1, keepdims=True))
        accuracies = _share((precision * counts.votes).sum(axis=1), counts.votes.sum(axis=1))
        return FittedWeights(weights.reshape(shape), prior, accuracies)

    def _strength(self, n_votes: Int[np.ndarray, "n_sources n_classes"]) -> Float[np.ndarray, " n_votes"]:
        """How many votes the belief in each kind of vote is worth."""
        one_sided = one_sidedness(n_votes.astype(np.float64))[:, None]
        return np.asarray((self.pseudo_counts + self.shrinkage * one_sided * n_votes).reshape(-1))


@dataclass(frozen=True)
class _Moments:
    """Means and covariances of "source i votes a", a column for each source and class."""

    means: Float[np.ndarray, " n_votes"]
    covariances: Float[np.ndarray, "n_votes n_votes"]
    source: Int[np.ndarray, " n_votes"]
    vote: Int[np.ndarray, " n_votes"]
    n_rows: int

    @classmethod
    def of(cls, counts: VoteCounts) -> "_Moments":
        n_rows = max(counts.n_rows, 1)
        means = np.diag(counts.together) / n_rows
        columns = np.arange(len(means))
        covariances = counts.together / n_rows - np.outer(means, means)
        return cls(means, covariances, columns // counts.n_classes, columns % counts.n_classes, n_rows)

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
        may_pair = self.source[columns][:, None] != self.source[columns]
        precision = np.where(may_pair, self.n_rows / np.maximum(variance, TINY), 0.0)
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


def _fit_options(
    matrix: LabelMatrix,
    beliefs: Float[np.ndarray, " n_sources"],
    prior: Float[np.ndarray, " n_classes"],
    *,
    pseudo_counts: float,
) -> FittedExchangeable:
    """Accuracies `a` under which pairs of sources agree as often as they do, where options differ from row to row.

    Two sources agree if both are right, or both wrong in the same way: `a_i a_j + (1 - a_i) (1 - a_j) c`, where `c` is
    the chance of the same mistake. Given the others, this is linear in each `a_i`; see `_rank_one`.
    """
    meets, agreement, mistake = _agreements(matrix)
    precision, strength = 4 * meets, 4 * pseudo_counts  # the variance of a share is at most 1/4
    a = beliefs
    for _ in range(_SWEEPS):
        slope = a - (1 - a) * mistake
        excess = agreement - (1 - a) * mistake
        weighted = precision * slope
        best = ((weighted * excess).sum(axis=1) + strength * beliefs) / ((weighted * slope).sum(axis=1) + strength)
        before, a = a, np.clip((a + best) / 2, _LEAST_SHARE, 1 - _LEAST_SHARE)
        if np.abs(a - before).max(initial=0.0) < _SETTLED:
            break
    voted = (matrix.votes >= 0).any(axis=0)
    return FittedExchangeable(np.where(voted, a, np.nan), a, prior)


def _agreements(matrix: LabelMatrix) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(n_sources, n_sources): rows on which two vote, the share on which they agree, and mean chance of one mistake."""
    n_sources = len(matrix.sources)
    meets, agrees, mistake = (np.zeros((n_sources, n_sources)) for _ in range(3))
    n_wrong = np.maximum(np.asarray(matrix.n_options) - 1, 1)
    for i in range(n_sources):
        for j in range(i):
            both = _both_vote(matrix, i, j)
            if both.any():
                meets[i, j] = meets[j, i] = both.sum()
                agrees[i, j] = agrees[j, i] = (matrix.votes[both, i] == matrix.votes[both, j]).mean()
                mistake[i, j] = mistake[j, i] = (1 / n_wrong[both]).mean()
    return meets, agrees, mistake


def _both_vote(matrix: LabelMatrix, i: int, j: int) -> Bool[np.ndarray, " n_rows"]:
    return np.asarray((matrix.votes[:, i] >= 0) & (matrix.votes[:, j] >= 0))


def _share(right: Float[np.ndarray, " n_sources"], n_votes: np.ndarray) -> Float[np.ndarray, " n_sources"]:
    return np.asarray(np.divide(right, n_votes, out=np.full(len(n_votes), np.nan), where=n_votes > 0))
