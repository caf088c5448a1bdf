"""The class prior: how likely each class is before any source has voted."""

from typing import Literal

import numpy as np
from jaxtyping import Float, Int

from transom.errors import LabelModelError
from transom.supervision.matrix import LabelMatrix

Prior = Literal["dev", "uniform"] | tuple[float, ...]
"""Counted on dev gold (uniform where there is none), uniform, or one share a class in the order of the classes."""


def prior_from_gold(gold: Int[np.ndarray, " n_gold"], n_classes: int) -> Float[np.ndarray, " n_classes"]:
    """Shares of the classes among gold labels, each counted once more than it occurs; uniform where there are none."""
    counts = np.bincount(gold, minlength=n_classes) + 1.0
    return np.asarray(counts / counts.sum())


def prior_from_shares(shares: tuple[float, ...], n_classes: int) -> Float[np.ndarray, " n_classes"]:
    """The prior that a user gave, scaled to sum to 1.

    Raises:
        LabelModelError: not one positive number for each class.
    """
    if len(shares) != n_classes:
        raise LabelModelError(
            "T101",
            f"prior: {list(shares)!r} has {len(shares)} shares for {n_classes} classes. Give one each.",
        )
    given = np.array(shares, dtype=np.float64)
    if not (np.isfinite(given).all() and (given > 0).all()):
        raise LabelModelError("T101", f"prior: {list(shares)!r} has a share that is not above 0. Give each class some.")
    return np.asarray(given / given.sum())


def prior_of_rows(
    matrix: LabelMatrix, prior: Float[np.ndarray, " n_classes"]
) -> Float[np.ndarray, "#n_rows n_classes"]:
    """The prior of each row; one row for all where every row has every class to choose from.

    Members of a set are exchangeable: of a select task only the last entry of `prior` is used, the probability of
    "none of them", and the members of a row share the rest equally.
    """
    if matrix.n_options is None:
        return prior[None, :]
    last = matrix.n_options[:, None] - 1
    options = np.arange(matrix.n_classes)[None, :]
    has_members = last > 0
    none = np.where(has_members, prior[-1], 1.0)
    member = (1 - none) / np.maximum(last, 1)
    return np.where(options < last, member, np.where(options == last, none, 0.0))
