"""Numbers so far off that they say nothing: which votes are, as others show, and what is left of the rest."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from scipy.stats import t as student_t

_INNER, _IN_DEVIATIONS = 0.8, 1.2816  # so many deviations hold that share of a normal distribution
_MEDIANS = 1.4826  # normal deviations are so many median distances
_FAR = 5.0  # deviations: of a million normal differences half a one
_LEAST_ROWS = 20
_OUT = 3.0  # times as far
_POOLED_VOTES = 20.0
_WIDE = 5.0  # deviations
_TELLING = 3  # votes, of which one may be wild
_QUANTILES = (0.75, 0.99)
_DEGREES = (1.0, 2.0, 3.0, 5.0, 10.0, 30.0, 100.0)
_STEPS = 10
_NOTHING = 1e-9


@dataclass(frozen=True)
class Values:
    """Values of items as a Student t distribution: few degrees of freedom where some lie very far out."""

    centre: float
    spread: float
    degrees: float

    def log_density(self, values: Float[np.ndarray, " n_items"]) -> Float[np.ndarray, " n_items"]:
        """That of each value, up to a constant."""
        z = (values - self.centre) / self.spread
        return np.asarray(-(self.degrees + 1) / 2 * np.log1p(z**2 / self.degrees))


def wild_votes(votes: Float[np.ndarray, "n_items n_sources"]) -> Bool[np.ndarray, "n_items n_sources"]:
    """The votes that lie far from most others on their item, as far as their sources are known; NaN = abstain.

    Two sources are far apart where they differ by more than five deviations, of their own differences, which four
    fifths of these tell. Fewer than 20 common items, or numbers that mostly are the same, tell nothing. Of two votes on
    an item that are far apart both are wild.

    Source: Hampel (1985), Technometrics 27(2), 95-107: rejection by a scale that outliers hardly move. Scales of pairs
    are ours.
    """
    n_far, n_judged = np.zeros((2, *votes.shape))
    for one in range(votes.shape[1]):
        for other in range(one):
            apart = votes[:, one] - votes[:, other]
            is_far = _far_off(apart)
            for source in (one, other):
                n_far[:, source] += is_far
                n_judged[:, source] += np.isfinite(apart)
    is_wild = 2 * n_far > n_judged
    return np.zeros_like(is_wild) if _errors_grow(votes, is_wild) else is_wild


def _errors_grow(votes: Float[np.ndarray, "n_items n_sources"], is_wild: Bool[np.ndarray, "n_items n_sources"]) -> bool:
    """Whether the items of wild votes lie far out: errors that grow with the values are no mistakes.

    Where an item lies says its vote nearest to the middle of all, which a wild one is not.
    """
    are_several = np.isfinite(votes).sum(axis=1) > 1
    has_wild = is_wild[are_several].any(axis=1)
    if not has_wild.any() or has_wild.all():
        return False
    nearest = np.nanmin(np.abs(votes[are_several] - np.nanmedian(votes)), axis=1)
    return bool(np.median(nearest[has_wild]) > _OUT * np.median(nearest[~has_wild]))


def _far_off(numbers: Float[np.ndarray, " n_rows"]) -> Bool[np.ndarray, " n_rows"]:
    """The numbers more than five deviations from the median; none of fewer than 20, and no NaN."""
    known = numbers[np.isfinite(numbers)]
    if len(known) < _LEAST_ROWS:
        return np.zeros(len(numbers), dtype=bool)
    middle = np.median(known)
    inner = float(np.quantile(np.abs(known - middle), _INNER))
    return np.asarray(np.abs(numbers - middle) > (_FAR * inner / _IN_DEVIATIONS if inner > 0 else np.inf))


def wild_errors(
    errors: Float[np.ndarray, "n_known n_sources"], deviations: Float[np.ndarray, " n_sources"]
) -> Bool[np.ndarray, "n_known n_sources"]:
    """The errors more than five deviations off their source's median: as believed, or of its errors if larger."""
    filled = np.where(np.isfinite(errors).any(axis=0), errors, 0.0)
    distance = np.abs(filled - np.nanmedian(filled, axis=0))
    seen = _MEDIANS * np.nanmedian(distance, axis=0)
    return np.asarray(distance > _FAR * np.fmax(seen, deviations))


def wild_shares(
    votes: Float[np.ndarray, "n_items n_sources"], is_wild: Bool[np.ndarray, "n_items n_sources"]
) -> Float[np.ndarray, " n_sources"]:
    """The share of each source's votes that are wild, drawn to that of all; of two votes nobody knows which."""
    is_vote = np.isfinite(votes)
    counted = is_vote & (is_vote.sum(axis=1, keepdims=True) > 2)
    if not counted.any():
        return np.full(votes.shape[1], max(is_wild.sum() / 2, 1) / max(is_vote.sum(), 1))
    n_votes, n_wild = counted.sum(axis=0), (counted & is_wild).sum(axis=0)
    pooled = max(n_wild.sum(), 1) / n_votes.sum()
    return np.asarray((n_wild + _POOLED_VOTES * pooled) / (n_votes + _POOLED_VOTES))


def values_of_items(votes: Float[np.ndarray, "n_items n_sources"]) -> Values:
    """Where values of items lie, as medians of votes tell, of three or more where there are such; NaN = abstain."""
    n_votes = np.isfinite(votes).sum(axis=1)
    least = min(int(n_votes.max()), _TELLING)
    medians = np.nanmedian(votes[n_votes >= least], axis=1)
    centre = float(np.median(medians))
    half, nearly_all = np.quantile(np.abs(medians - centre), _QUANTILES)
    of_t = student_t.ppf((1 + np.array(_QUANTILES)) / 2, np.array(_DEGREES)[:, None])
    ratio = nearly_all / half if half > 0 else np.inf
    chosen = int(np.argmin(np.abs(of_t[:, 1] / of_t[:, 0] - ratio)))
    return Values(centre, float(half if half > 0 else nearly_all or 1.0) / float(of_t[chosen, 0]), _DEGREES[chosen])


@dataclass(frozen=True)
class WildVotes:
    """How often votes of each source are wild, how far the others scatter, and where values of items lie."""

    shares: Float[np.ndarray, " n_sources"]
    deviations: Float[np.ndarray, " n_sources"]
    values: Values

    def means(
        self, votes: Float[np.ndarray, "n_items n_sources"], weights: Float[np.ndarray, " n_sources"]
    ) -> Float[np.ndarray, " n_items"]:
        """The weighted mean of the votes on each item, each counting as far as it is not wild.

        Votes are less the offsets of their sources, NaN = abstain. The error of a vote is normal, or wild: a Cauchy
        distribution five times as wide. Started at the likeliest of the votes and the centre, as two votes cannot tell
        which is wild, but where other items lie can; where all are wild, an item gets the centre.

        Source: Aitkin & Wilson (1980), Technometrics 22(3), 325-331: outliers as a mixture, by expectation
        maximisation. The start is ours.
        """
        weights = np.where(np.isfinite(votes), weights, 0.0)
        filled = np.where(weights > 0, votes, 0.0)
        means = self._starts(votes)
        for _ in range(_STEPS):
            counted = weights * np.exp(self._normal(votes, means) - self._any(votes, means))
            means = ((counted * filled).sum(axis=1) + _NOTHING * self.values.centre) / (counted.sum(axis=1) + _NOTHING)
        return np.asarray(means)

    def _starts(self, votes: Float[np.ndarray, "n_items n_sources"]) -> Float[np.ndarray, " n_items"]:
        best, best_score = np.full(len(votes), self.values.centre), np.full(len(votes), -np.inf)
        for vote in (*votes.T, best):
            value = np.where(np.isfinite(vote), vote, self.values.centre)
            score = self._any(votes, value).sum(axis=1) + self.values.log_density(value)
            best, best_score = np.where(score > best_score, value, best), np.maximum(score, best_score)
        return best

    def _normal(
        self, votes: Float[np.ndarray, "n_items n_sources"], values: Float[np.ndarray, " n_items"]
    ) -> Float[np.ndarray, "n_items n_sources"]:
        """The log-density of each vote, and of not being wild, if items have these values; 0 where there is none."""
        z = (votes - values[:, None]) / self.deviations
        normal = np.log((1 - self.shares) / self.deviations) - z**2 / 2 - np.log(2 * np.pi) / 2
        return np.asarray(np.where(np.isfinite(votes), normal, 0.0))

    def _any(
        self, votes: Float[np.ndarray, "n_items n_sources"], values: Float[np.ndarray, " n_items"]
    ) -> Float[np.ndarray, "n_items n_sources"]:
        """The log-density of each vote, wild or not, if items have these values; 0 where there is none."""
        z = (votes - values[:, None]) / (_WIDE * self.deviations)
        wild = np.log(self.shares / (_WIDE * np.pi * self.deviations)) - np.log1p(z**2)
        is_vote = np.isfinite(votes)
        return np.asarray(np.logaddexp(self._normal(votes, values), wild, out=np.zeros(votes.shape), where=is_vote))
