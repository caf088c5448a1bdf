"""Numbers as bags: where a number lies among those seen, piece by piece, beside its scaled value.

Source: Gorishniy, Rubachev & Babenko (2022), On Embeddings for Numerical Features, section 3.2 (piecewise linear
encoding over quantiles). We add the scaled value, so that what lies beyond the last bin is still told apart, and set
frequent values apart as LightGBM does (Ke et al. 2017): most of an amount may be 0, and some others mean much.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from transom.data.features.bags import Bags, bags_of, spread

MISSING, VALUE, FIRST_BIN = 0, 1, 2
FURTHEST = 4.0
"""Scaled values end here, so that an outlier of the served data cannot shout the rest down."""

LARGEST = 1e140
"""Numbers beyond are read as this one: of those no difference, square or sum is beyond all numbers."""

RARE = 10
"""What was seen no more often says too little to be told from the values next to it."""


@dataclass(frozen=True)
class NumberReading:
    """How a number is read: in about so many bins, equally full but for frequent values, which have their own."""

    bins: int


@dataclass(frozen=True)
class NumberSpec:
    """What a model knows of a number: ids are 0 = missing, 1 = scaled value, then the bins between `edges`."""

    median: float
    scale: float
    edges: Float[np.ndarray, " n_edges"]

    @property
    def n_features(self) -> int:
        """Number of ids."""
        return FIRST_BIN + max(len(self.edges) - 1, 0)


def fit_numbers(reading: NumberReading, values: Sequence[float | None]) -> NumberSpec:
    """Median, spread (a standard deviation that outliers do not move) and bins of the numbers that are there."""
    numbers = _as_array(values)
    numbers = numbers[np.isfinite(numbers)]
    if len(numbers) == 0:
        return NumberSpec(0.0, 1.0, np.zeros(0))
    low, median, high = np.quantile(numbers, [0.25, 0.5, 0.75])
    spread_of_half = float(high - low) / 1.349  # of a normal distribution this is the standard deviation
    scale = spread_of_half or float(numbers.std()) or 1.0
    return NumberSpec(float(median), scale, _edges(numbers, reading.bins))


def encode_numbers(spec: NumberSpec, values: Sequence[float | None]) -> Bags:
    """One row a number; bins below it weigh 1, the one it lies in the share of it that is below; missing = median."""
    numbers = _as_array(values)
    every, is_missing = np.arange(len(numbers)), np.isnan(numbers)
    numbers = np.where(is_missing, spec.median, numbers)
    with np.errstate(over="ignore"):  # what is beyond all numbers is cut like what is merely far
        scaled = np.clip((numbers - spec.median) / spec.scale, -FURTHEST, FURTHEST)
    parts = [
        (every[is_missing], np.full(int(is_missing.sum()), MISSING), np.ones(int(is_missing.sum()))),
        (every, np.full(len(numbers), VALUE), scaled),
    ]
    n_bins = len(spec.edges) - 1
    if n_bins > 0:
        bins = np.clip(np.searchsorted(spec.edges, numbers, side="right") - 1, 0, n_bins - 1)
        with np.errstate(over="ignore"):
            share = (numbers - spec.edges[bins]) / np.diff(spec.edges)[bins]
        parts.append((np.repeat(every, bins), FIRST_BIN + spread(np.zeros_like(bins), bins), np.ones(int(bins.sum()))))
        parts.append((every, FIRST_BIN + bins, np.clip(share, 0, 1)))
    rows, ids, weights = (np.concatenate(column) for column in zip(*parts, strict=True))
    return bags_of(rows[weights != 0], ids[weights != 0], weights[weights != 0], len(numbers))


def _edges(numbers: Float[np.ndarray, " n_numbers"], bins: int) -> Float[np.ndarray, " n_edges"]:
    """Where bins begin and end, in order.

    A frequent value stands between the values next to it, so that whatever is learned of it says nothing of others; the
    rest is cut at its quantiles.
    """
    values, counts = np.unique(numbers, return_counts=True)
    is_frequent = _frequent(counts, bins)
    frequent, rest = np.flatnonzero(is_frequent), np.repeat(values[~is_frequent], counts[~is_frequent])
    cuts = np.quantile(rest, np.linspace(0, 1, bins - len(frequent) + 1)) if len(rest) else rest
    around = (frequent + np.array([[-1], [0], [1]])).clip(0, len(values) - 1)
    return np.unique(np.concatenate([cuts, values[around].ravel()]))


def _frequent(counts: Int[np.ndarray, " n_values"], bins: int) -> Bool[np.ndarray, " n_values"]:
    """Which values fill more than two bins of the rest; fewer than there are bins."""
    frequent = np.zeros(len(counts), bool)
    while True:
        share = counts[~frequent].sum() / (bins - frequent.sum())
        more = ~frequent & (counts > max(2 * share, RARE))
        if not more.any():
            return frequent
        frequent |= more


def _as_array(values: Sequence[float | None]) -> Float[np.ndarray, " n_values"]:
    numbers = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    return np.asarray(np.clip(numbers, -LARGEST, LARGEST))
