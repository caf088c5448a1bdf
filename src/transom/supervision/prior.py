"""The class prior: how likely each class is before any source has voted."""

from typing import Literal

import numpy as np
from jaxtyping import Float, Int

from transom.errors import LabelModelError
from transom.supervision.matrix import LabelMatrix

Prior = Literal["dev", "uniform"] | tuple[float, ...]
"""Counted on dev gold (where there is none on votes, see `prior_of_votes`), uniform, or one share a class, in order."""


def class_prior(
    setting: Prior, judged: LabelMatrix, truth: Int[np.ndarray, " n_rows"]
) -> Float[np.ndarray, " n_classes"]:
    """The prior that a setting asks for; `truth` is the class of the rows of `judged`, gold that may be seen.

    Rows are those with a vote: it is their classes that a label model has to tell apart. Of a select task only the
    last entry is counted, "none of them"; see `prior_of_rows`.

    Raises:
        LabelModelError: a list that does not give each class a positive share.
    """
    if isinstance(setting, tuple):
        return _scaled(setting, judged.n_classes)
    if setting == "uniform" or len(truth) == 0:
        return uniform_prior(judged.n_classes)
    if judged.n_options is None:
        return _shares(np.bincount(truth, minlength=judged.n_classes))
    n_none = int((truth == judged.n_options - 1).sum())
    member, none = _shares(np.array([len(truth) - n_none, n_none]))
    return np.append(np.full(judged.n_classes - 1, member / max(judged.n_classes - 1, 1)), none)


def uniform_prior(n_classes: int) -> Float[np.ndarray, " n_classes"]:
    """Every class equally likely."""
    return np.full(n_classes, 1 / n_classes)


def _shares(counts: Int[np.ndarray, " n_classes"]) -> Float[np.ndarray, " n_classes"]:
    """Counts as shares, each class counted once more than it occurs, so that none is impossible."""
    return np.asarray((counts + 1) / (counts + 1).sum())


def _scaled(shares: tuple[float, ...], n_classes: int) -> Float[np.ndarray, " n_classes"]:
    given = np.array(shares, dtype=np.float64)
    if len(given) != n_classes:
        raise LabelModelError(
            "T101", f"prior: {list(shares)!r} has {len(given)} shares for {n_classes} classes. Give one each."
        )
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
