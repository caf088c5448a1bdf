"""Drift: how far two distributions are apart, and whether chance alone could have moved them so far.

Both sides are counts in the same cells. They may be fractions, where one example has several dependent items.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from scipy.special import chdtrc, gammaln

from transom.data.column_statistics import CategoryStatistics, NumberStatistics

Counts = Float[np.ndarray, " n_cells"]

N_CELLS = 100
"""How many values have a cell of their own, the commonest of both sides first; the others share one."""

LEAST_EXPECTED = 5.0
"""A cell in which either side has fewer to expect is merged with the next rare one."""


def stability_index(before: Counts, today: Counts) -> float:
    """How far today's shares are from those before: 0 where equal; more than 0.2 is commonly called a shift.

    >>> round(stability_index(np.array([50.0, 50.0]), np.array([80.0, 20.0])), 2)
    0.41

    Source: the population stability index, Siddiqi (2006), Credit Risk Scorecards, chapter 9; it is the symmetrised
    Kullback-Leibler divergence, Kullback & Leibler (1951), eq. 2.6. Half a count is added to each cell.
    """
    old, new = ((counts + 0.5) / (counts.sum() + 0.5 * len(counts)) for counts in (before, today))
    return float(((new - old) * np.log(new / old)).sum())


def p_same(before: Counts, today: Counts) -> float:
    """The probability of shares as unlike as these, or more, if both sides were drawn from one distribution.

    Two cells have Fisher's exact test; more of them the chi-square test of homogeneity, where rare cells are merged.

    Source: Fisher (1935), J. R. Stat. Soc. 98(1), 39-82; Pearson (1911), Biometrika 8, 250-254; merging as in Cochran
    (1954), Biometrics 10(4), section 3.
    """
    if min(before.sum(), today.sum()) == 0:
        return 1.0
    if len(before) == 2:
        return _fisher(before, today)
    table = _merged(np.stack([before, today]))
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    distance = ((table - expected) ** 2 / expected).sum()
    return float(chdtrc(table.shape[1] - 1, distance)) if table.shape[1] > 1 else 1.0


def p_none(n_seen: int, n_other: int, n_there: int) -> float:
    """The probability that all `n_there` examples that have something fall among `n_seen`, and none among `n_other`."""
    return (n_seen / (n_seen + n_other)) ** n_there if n_seen + n_other else 1.0


def number_cells(before: NumberStatistics, today: NumberStatistics) -> tuple[Counts, Counts]:
    """Both sides in tenths of both together; a value that fills a tenth has a cell of its own."""
    tenths, times = np.unique(_tenths(before, today), return_counts=True)
    with np.errstate(over="ignore"):  # below the least number is minus infinity, up to which there is nothing
        just_below = np.nextafter(tenths[times > 1], -np.inf)
    edges = np.unique(np.concatenate([tenths, just_below]))
    old, new = (np.diff(_up_to(side.percentiles, edges), prepend=0.0, append=1.0) for side in (before, today))
    return old * before.n, new * today.n


def category_cells(before: CategoryStatistics, today: CategoryStatistics) -> tuple[list[str], Counts, Counts]:
    """The commonest values of both sides, and what each side has of them and, in a last cell, of all others."""
    total = {name: before.counts.get(name, 0) + today.counts.get(name, 0) for name in {*before.counts, *today.counts}}
    names = sorted(total, key=lambda name: (-total[name], name))[:N_CELLS]
    old, new = (
        np.array([*common, side.n - sum(common)], dtype=float)
        for side in (before, today)
        for common in [[side.counts.get(name, 0) for name in names]]
    )
    return names, old, new


def _tenths(*sides: NumberStatistics) -> np.ndarray:
    """The values below which one, two, … nine tenths of all sides together lie."""
    known = np.concatenate([side.percentiles for side in sides])
    weights = np.concatenate([np.full(len(side.percentiles), side.n / len(side.percentiles)) for side in sides])
    order = np.argsort(known, kind="stable")
    shares = np.cumsum(weights[order]) / weights.sum()
    return np.asarray(known[order][np.searchsorted(shares, np.arange(1, 10) / 10)])


def _up_to(percentiles: Sequence[float], edges: np.ndarray) -> np.ndarray:
    """The share of values up to each edge, between percentiles by a straight line."""
    known = np.asarray(percentiles)
    last = np.searchsorted(known, edges, side="right") - 1
    step = np.clip(last, 0, len(known) - 2)
    with np.errstate(over="ignore"):
        width, beyond = known[step + 1] - known[step], edges - known[step]
    between = np.divide(beyond, width, out=np.zeros(len(edges)), where=(last == step) & np.isfinite(width))
    return np.asarray((np.maximum(last, 0) + between) / (len(known) - 1))


def _merged(table: np.ndarray) -> np.ndarray:
    """The table without cells in which too little is to be expected: the rarest are merged until enough is."""
    least = table.sum(axis=0) * table.sum(axis=1).min() / table.sum()
    order = np.lexsort((table[1], table[0], least))
    table, least = table[:, order], least[order]
    n_merged = int(np.count_nonzero(least < LEAST_EXPECTED))
    while 0 < n_merged < len(least) and least[:n_merged].sum() < LEAST_EXPECTED:
        n_merged += 1
    if not n_merged:
        return table
    return np.concatenate([table[:, :n_merged].sum(axis=1, keepdims=True), table[:, n_merged:]], axis=1)


def _fisher(before: Counts, today: Counts) -> float:
    """The two-sided exact test of a table of two times two cells: all tables that are no likelier than this one."""
    (a, b), (c, d) = (np.rint(side).astype(int).tolist() for side in (before, today))
    in_first, n_before, n_today = a + c, a + b, c + d
    possible = np.arange(max(0, in_first - n_today), min(in_first, n_before) + 1)
    logs = _log_choose(n_before, possible) + _log_choose(n_today, in_first - possible)
    chances = np.exp(logs - logs.max())
    is_no_likelier = chances <= chances[a - possible[0]] * (1 + 1e-9)
    return float(min(1.0, chances[is_no_likelier].sum() / chances.sum()))


def _log_choose(n: int, k: np.ndarray) -> np.ndarray:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))
