"""95 % intervals for everything that transom reports, each with the paper that it comes from.

| metric                                                   | interval                                               |
|----------------------------------------------------------|--------------------------------------------------------|
| accuracy, accuracy_covered, coverage                     | `ratio`: Wilson                                        |
| entity_precision, entity_recall                          | `ratio`: Wilson, effective number of examples          |
| f1:CLASS, micro_f1, entity_f1                            | `scores.f1`: Wilson on TP / (TP + FP + FN)             |
| macro_f1                                                 | `mean_of`: the classes' Wilson intervals combined      |
| roc_auc                                                  | `ranking.roc_auc`: DeLong's variance in Wilson's form  |
| ece, mae, rmse, r2                                       | `bootstrap`: percentiles of 1,000 resamples            |

The F1 family has closed forms rather than a bootstrap because transom lives on small slices. Where a slice of 30
items is 97 % right, a percentile bootstrap of macro F1 holds the truth in 60 % of samples (it never draws a mistake
that it has not seen, so a perfect slice gets an interval of no width), the closed form in 94 %; over the settings of
benchmarks/intervals.py the bootstrap holds it in 60 to 95 %, the closed form in 91 to 96 %. Every interval lies
within the metric's bounds and holds its value.

Items of one example (tokens of a sentence) are not independent: all intervals treat the *example* as what was sampled.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np
from jaxtyping import Float, Int, Shaped

Z = NormalDist().inv_cdf(0.975)
N_DRAWS = 1000
MAX_GROUPS = 200


@dataclass(frozen=True)
class Estimate:
    """A value and the 95 % interval that holds it."""

    value: float
    low: float
    high: float


def wilson(share: float, n: int | float) -> Estimate:
    """The score interval of a share seen in n independent trials.

    >>> interval = wilson(0.5, 10)
    >>> round(interval.low, 3), round(interval.high, 3)
    (0.237, 0.763)

    Source: Wilson (1927), J. Am. Stat. Assoc. 22, 209-212; recommended for small n by Brown, Cai & DasGupta (2001),
    Stat. Sci. 16(2), eq. 4.
    """
    center = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z * np.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
    return Estimate(share, min(share, max(0.0, float(center - half))), max(share, min(1.0, float(center + half))))


def ratio(
    hits: Shaped[np.ndarray, " n_patterns"],
    trials: Shaped[np.ndarray, " n_patterns"],
    weights: Shaped[np.ndarray, " n_patterns"],
) -> Estimate | None:
    """The share of trials that hit, where trials of one example may depend on each other; None without trials.

    A row is a pattern of hits and trials that `weights` examples have. With one trial an example this is Wilson's
    interval. With more, the variance over examples says how many independent trials they are worth; a sample
    without variance is worth its examples.

    Source: linearised variance of a ratio, Cochran (1977), Sampling Techniques, eq. 6.13; effective sample size in
    Wilson's interval, Korn & Graubard (1998), Survey Methodology 24(2), section 3.
    """
    n_trials = float(weights @ trials)
    if n_trials == 0:
        return None
    share = min(1.0, float(weights @ hits) / n_trials)
    variance = float(weights @ (hits - share * trials) ** 2) / n_trials**2
    n_examples = float(weights @ (trials > 0))
    return wilson(share, effective(share, variance, most=n_trials, otherwise=n_examples))


def effective(share: float, variance: float, *, most: int | float, otherwise: int | float) -> int | float:
    """How many independent trials have that variance: at most `most`, and `otherwise` where there is none."""
    binomial = share * (1 - share)
    return min(most, binomial / variance) if binomial > 1e-12 and variance > 1e-15 else otherwise


def mean_of(parts: Sequence[Estimate], covariance: Float[np.ndarray, "n_parts n_parts"]) -> Estimate:
    """The unweighted mean of dependent estimates.

    Each side's distances to the limits of the parts are combined as standard deviations would be, with the
    correlations of the parts. A part without variance counts as independent of the others.

    Source: method of variance estimates recovery, Zou (2007), Psychol. Methods 12(4), eq. 15; Zou & Donner (2008),
    Stat. Med. 27(10), eq. 5.
    """
    deviations = np.sqrt(np.diag(covariance))
    scale = np.outer(deviations, deviations)
    correlation = np.divide(covariance, scale, out=np.zeros_like(covariance), where=scale > 0)
    np.fill_diagonal(correlation, 1.0)
    value = float(np.mean([part.value for part in parts]))
    below = np.array([part.value - part.low for part in parts])
    above = np.array([part.high - part.value for part in parts])
    low, high = (np.sqrt(max(0.0, side @ correlation.clip(-1, 1) @ side)) / len(parts) for side in (below, above))
    return Estimate(value, max(0.0, value - float(low)), min(1.0, value + float(high)))


def difference(ours: Estimate, theirs: Estimate) -> Estimate:
    """How much larger one estimate is than an independent one.

    Two stages measured on the same rows mostly agree, so for them the interval is wider than it need be.

    Source: Newcombe (1998), Stat. Med. 17(8), 873-890, method 10; Zou & Donner (2008), Stat. Med. 27(10), eq. 3.
    """
    value = ours.value - theirs.value
    below = math.hypot(ours.value - ours.low, theirs.high - theirs.value)
    above = math.hypot(ours.high - ours.value, theirs.value - theirs.low)
    return Estimate(value, value - below, value + above)


def bootstrap(
    sums: Float[np.ndarray, "n_examples n_statistics"],
    metric: Callable[[np.ndarray], np.ndarray],
    seed: int = 0,
) -> Estimate:
    """A metric of summed statistics, with the percentiles of its resamples.

    `sums` holds what each example adds to every statistic; `metric` takes (..., n_statistics) totals. More than 200
    examples are first merged at random into 200 groups, which are then resampled: the same variance in expectation,
    at a cost that does not grow. The order of examples does not matter.

    Source: percentile interval, Efron & Tibshirani (1993), An Introduction to the Bootstrap, eq. 13.5; groups as in
    the random-group method, Wolter (2007), Introduction to Variance Estimation, section 2.4. We stretch the
    interval to hold the value, as metrics that cannot be negative (ece) are biased upwards in resamples.
    """
    value = float(metric(sums.sum(axis=0)))
    groups = _merged(sums, seed)
    drawn = metric(_draws(len(groups), seed) @ groups)
    low, high = np.quantile(drawn[np.isfinite(drawn)], (0.025, 0.975))
    return Estimate(value, min(value, float(low)), max(value, float(high)))


def known_interval(estimate: Estimate) -> tuple[float | None, float | None]:
    """The limits of the interval; None where it has no width.

    A bootstrap draws only what it has seen: of one example, or of examples that are all alike, it knows no variance.

    >>> known_interval(Estimate(0.5, 0.4, 0.7)), known_interval(Estimate(0.5, 0.5, 0.5))
    ((0.4, 0.7), (None, None))
    """
    nearly = 1e-12 * max(1.0, abs(estimate.value))
    return (estimate.low, estimate.high) if estimate.high - estimate.low > nearly else (None, None)


def sum_by_example(
    values: Shaped[np.ndarray, "n_items *rest"], examples: Int[np.ndarray, " n_items"]
) -> Shaped[np.ndarray, "n_present *rest"]:
    """Sums over the items of each example; `examples` is sorted, and examples without items have no row."""
    is_first = np.diff(examples, prepend=-1) > 0
    return values if is_first.all() else np.add.reduceat(values, np.flatnonzero(is_first), axis=0)


def _merged(
    sums: Float[np.ndarray, "n_examples n_statistics"], seed: int
) -> Float[np.ndarray, "n_groups n_statistics"]:
    """Random groups of examples, summed; sorting by a random projection first makes them ignore the rows' order."""
    rng = np.random.default_rng(seed)
    ordered = sums[np.argsort(sums @ rng.normal(size=sums.shape[1]), kind="stable")]
    if len(sums) <= MAX_GROUPS:
        return ordered
    bounds = np.linspace(0, len(sums), MAX_GROUPS, endpoint=False).astype(int)
    return np.add.reduceat(ordered[rng.permutation(len(sums))], bounds, axis=0)


@lru_cache(maxsize=64)
def _draws(n_groups: int, seed: int) -> Float[np.ndarray, "n_draws n_groups"]:
    """How often each resample holds each group."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(n_groups, np.full(n_groups, 1 / n_groups), size=N_DRAWS).astype(float)
