"""Numbers so far off that they say nothing: which votes are, as others show, and what is left of the rest."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from jaxtyping import Bool, Float
from scipy.special import gammaln, stdtrit

_INNER = 0.8  # the share of differences that tells how far two sources differ
_FAR = 5.0  # deviations: of a million normal differences half a one
_LEAST_ROWS = 20
_OUT = 3.0  # times as far
_WIDE = 5.0  # times as wide as values lie
_ANYWHERE = 1e-9  # the share of values
_QUANTILES = (0.75, 0.99)
_DEGREES = (1.0, 2.0, 3.0, 5.0, 10.0, 30.0, 100.0)
_NOTHING = 1e-9


@dataclass(frozen=True)
class Values:
    """Values of items as a Student t distribution: few degrees of freedom where some lie very far out.

    One in a billion may lie anywhere, so that several votes which agree are believed however far out they lie.
    """

    centre: float
    spread: float
    degrees: float

    def log_density(self, values: Float[np.ndarray, " n_items"]) -> Float[np.ndarray, " n_items"]:
        """The log-density of each value."""
        off = values - self.centre
        half = (self.degrees + 1) / 2
        scale = gammaln(half) - gammaln(self.degrees / 2) - np.log(self.spread * np.sqrt(self.degrees * np.pi))
        of_most = scale - half * np.log1p((off / self.spread) ** 2 / self.degrees)
        return np.asarray(np.logaddexp(of_most, np.log(_ANYWHERE) + self.log_wild(off)))

    def log_wild(self, off: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
        """The log-density of being so far off, if anything may be: a Cauchy distribution five times as wide."""
        width = _WIDE * self.spread
        return np.asarray(-np.log1p((off / width) ** 2) - np.log(width * np.pi))


def values_near(numbers: Float[np.ndarray, " n_rows"]) -> Values:
    """The distribution with the same median and inner three quarters, and most nearly the same outermost hundredth."""
    centre = float(np.median(numbers))
    half, nearly_all = np.quantile(np.abs(numbers - centre), _QUANTILES)
    of_t = stdtrit(np.array(_DEGREES)[:, None], (1 + np.array(_QUANTILES)) / 2)
    ratio = nearly_all / half if half > 0 else np.inf
    chosen = int(np.argmin(np.abs(of_t[:, 1] / of_t[:, 0] - ratio)))
    return Values(centre, float(half or nearly_all or 1.0) / float(of_t[chosen, 0]), _DEGREES[chosen])


def wild_votes(votes: Float[np.ndarray, "n_items n_sources"]) -> Bool[np.ndarray, "n_items n_sources"]:
    """The votes that lie far from most others on their item, as far as their sources are known; NaN = abstain.

    Two sources are far apart where they differ by more than five deviations of their own differences, which the nearer
    four fifths of these tell. Fewer than 20 common items tell nothing, nor do numbers that mostly are the same. Of two
    votes on an item that are far apart both are wild. Where errors grow with the values, none is.

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


def _far_off(numbers: Float[np.ndarray, " n_rows"]) -> Bool[np.ndarray, " n_rows"]:
    """The numbers more than five deviations from the median; none of fewer than 20, and no NaN."""
    known = numbers[np.isfinite(numbers)]
    if len(known) < _LEAST_ROWS:
        return np.zeros(len(numbers), dtype=bool)
    middle, deviation = _middle(known, _INNER)
    return np.asarray(np.abs(numbers - middle) > (_FAR * deviation if deviation > 0 else np.inf))


def _middle(numbers: Float[np.ndarray, " n_rows"], inner: float) -> tuple[float, float]:
    """The median, and the deviation of a normal distribution that has the `inner` share as near to it."""
    middle = float(np.median(numbers))
    distance = float(np.quantile(np.abs(numbers - middle), inner))
    return middle, distance / NormalDist().inv_cdf((1 + inner) / 2)


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


def wild_errors(
    errors: Float[np.ndarray, "n_known n_sources"], deviations: Float[np.ndarray, " n_sources"]
) -> Bool[np.ndarray, "n_known n_sources"]:
    """The errors more than five deviations off their source's median: as believed, or of its errors if larger."""
    is_wild = np.zeros(errors.shape, dtype=bool)
    for source in np.flatnonzero(np.isfinite(errors).any(axis=0)):
        middle, seen = _middle(errors[np.isfinite(errors[:, source]), source], 0.5)
        is_wild[:, source] = np.abs(errors[:, source] - middle) > _FAR * max(seen, deviations[source])
    return is_wild


@dataclass(frozen=True)
class WildVotes:
    """How often votes are wild, how far those of each source scatter if not, and where values of items lie."""

    share: float
    deviations: Float[np.ndarray, " n_sources"]
    values: Values

    def means(
        self, votes: Float[np.ndarray, "n_items n_sources"], weights: Float[np.ndarray, " n_sources"]
    ) -> Float[np.ndarray, " n_items"]:
        """The weighted mean of the votes on each item, each counting as far as it is likely not to be wild.

        Votes are less the offsets of their sources, NaN = abstain. The error of a vote is normal, or wild: a Cauchy
        distribution five times as wide as values lie. How likely it is wild is seen from the likeliest value among the
        votes and the centre: two votes cannot tell which of them is wild, but where other items lie can. Where all are
        wild, an item gets the centre.

        Source: Aitkin & Wilson (1980), Technometrics 22(3), 325-331: outliers as a mixture, by expectation
        maximisation. We take one step, from a start of ours.
        """
        start = self._likeliest(votes)
        normal, either = self._of_votes(votes, start)
        counted = np.where(np.isfinite(votes), weights * np.exp(normal - either), 0.0)
        total = (counted * np.where(np.isfinite(votes), votes, 0.0)).sum(axis=1)
        return np.asarray((total + _NOTHING * start) / (counted.sum(axis=1) + _NOTHING))

    def _likeliest(self, votes: Float[np.ndarray, "n_items n_sources"]) -> Float[np.ndarray, " n_items"]:
        """The likeliest value of each item, of its votes and the centre."""
        best, best_score = np.full(len(votes), self.values.centre), np.full(len(votes), -np.inf)
        for vote in (best, *votes.T):
            value = np.where(np.isfinite(vote), vote, self.values.centre)
            score = self._of_votes(votes, value)[1].sum(axis=1) + self.values.log_density(value)
            best, best_score = np.where(score > best_score, value, best), np.maximum(score, best_score)
        return best

    def _of_votes(
        self, votes: Float[np.ndarray, "n_items n_sources"], values: Float[np.ndarray, " n_items"]
    ) -> Float[np.ndarray, "2 n_items n_sources"]:
        """The log-density of each vote as none that is wild, and as either, if items have these values; 0 of none."""
        off = np.where(np.isfinite(votes), votes - values[:, None], 0.0)
        normal = np.log((1 - self.share) / self.deviations) - (off / self.deviations) ** 2 / 2 - np.log(2 * np.pi) / 2
        wild = np.log(self.share) + self.values.log_wild(off)
        return np.where(np.isfinite(votes), np.stack([normal, np.logaddexp(normal, wild)]), 0.0)


def weigh_wild(
    votes: Float[np.ndarray, "n_items n_sources"],
    is_wild: Bool[np.ndarray, "n_items n_sources"],
    deviations: Float[np.ndarray, " n_sources"],
) -> WildVotes:
    """What wild votes are told by, from votes less the offsets of their sources; some are wild, NaN = abstain.

    Where values lie say the items of several votes that are not wild.
    """
    kept = np.where(is_wild, np.nan, votes)
    are_several = np.isfinite(kept).sum(axis=1) > 1
    share = float(is_wild.sum() / np.isfinite(votes).sum())
    return WildVotes(share, deviations, values_near(np.nanmedian(kept[are_several], axis=1)))
