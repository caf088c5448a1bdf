"""Errors of numbers as functions of sums over examples: what each number adds, and the metrics that totals make."""

import numpy as np
from jaxtyping import Float

Totals = Float[np.ndarray, "*draws 5"]
"""Of numbers, absolute errors, squared errors, gold about its mean and the squares of that."""

LEAST_SPREAD = 1e-12
"""Gold of a draw is all equal where its squares about its own mean are no more of those about the mean of all: rounding
leaves so much."""


def parts_of(predicted: Float[np.ndarray, " n_items"], gold: Float[np.ndarray, " n_items"]) -> Totals:
    """What each number adds to the totals, (n_items, 5)."""
    error, spread = predicted - gold, gold - (gold.mean() if len(gold) else 0.0)
    return np.stack([np.ones(len(gold)), np.abs(error), error**2, spread, spread**2], axis=1)


def mae(totals: Totals) -> Float[np.ndarray, "*draws"]:
    """The mean absolute error; NaN of no number."""
    return _mean(totals[..., 1], totals[..., 0])


def rmse(totals: Totals) -> Float[np.ndarray, "*draws"]:
    """The root of the mean squared error; NaN of no number."""
    return np.asarray(np.sqrt(_mean(totals[..., 2], totals[..., 0])))


def r2(totals: Totals) -> Float[np.ndarray, "*draws"]:
    """1 - SSE / SST, where SST is about the mean of the draw; NaN where all its gold is equal."""
    n, squared_error, spread, squared_spread = (totals[..., column] for column in (0, 2, 3, 4))
    total = squared_spread - _mean(spread**2, n)
    differs = total > LEAST_SPREAD * squared_spread
    return np.asarray(1 - np.divide(squared_error, total, out=np.full_like(total, np.nan), where=differs))


def _mean(of: np.ndarray | np.floating, n: np.ndarray) -> Float[np.ndarray, "*draws"]:
    return np.asarray(np.divide(of, n, out=np.full(np.shape(of), np.nan), where=n != 0))
