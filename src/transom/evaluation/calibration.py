"""Calibration: whether a stated probability is how often the prediction is right."""

import numpy as np
from jaxtyping import Bool, Float, Int

from transom.evaluation.intervals import Estimate, bootstrap, sum_by_example

N_BINS = 15


def expected_calibration_error(
    confidence: Float[np.ndarray, " n_items"],
    is_right: Bool[np.ndarray, " n_items"],
    examples: Int[np.ndarray, " n_items"],
) -> Estimate:
    """The mean gap between confidence and accuracy over 15 bins of equal width, weighted by their items.

    `confidence` is the probability of the predicted class, whether or not it is the largest.

    Source: Guo et al. (2017), On Calibration of Modern Neural Networks, ICML, eq. 3. The estimate is biased upwards
    where bins hold few items, so compare it between stages on the same rows only.
    """
    return bootstrap(sum_by_example(gaps(confidence, is_right), examples), _error)


def gaps(
    confidence: Float[np.ndarray, " n_items"], is_right: Bool[np.ndarray, " n_items"]
) -> Float[np.ndarray, "n_items n_bins_plus_1"]:
    """By how much each item is more right than sure, in the column of its bin, and last a 1: it is one item."""
    bins = np.clip(np.ceil(confidence * N_BINS).astype(np.int64) - 1, 0, N_BINS - 1)
    parts = np.zeros((len(bins), N_BINS + 1))
    parts[np.arange(len(bins)), bins] = is_right - confidence
    parts[:, -1] = 1
    return parts


def _error(totals: Float[np.ndarray, "*draws n_bins_plus_1"]) -> Float[np.ndarray, "*draws"]:
    return np.asarray(np.abs(totals[..., :-1]).sum(axis=-1) / totals[..., -1])
