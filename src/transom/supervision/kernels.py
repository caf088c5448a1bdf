"""What label models do with each row of a matrix too large for sparse algebra.

The loops are in `compiled`, which is loaded when they are first needed: numba takes half a second to load and seconds
to compile, which small data would only wait for.
"""

from functools import cache
from importlib import import_module
from types import ModuleType

import numpy as np
from jaxtyping import Float, Int

from transom.supervision.matrix import LabelMatrix

LARGE = 20_000_000
"""Votes, abstentions counted, from which compiled loops win over sparse algebra although they must be compiled."""


def is_large(matrix: LabelMatrix) -> bool:
    """Whether the loops of this module should be used; they do not know rows with options of their own.

    Where the distinct rows are known, only those are gone through. Nor do the loops know soft votes.
    """
    is_plain = matrix.n_options is None and matrix.known is None and matrix.soft is None
    return matrix.votes.size >= LARGE and is_plain


def posterior(
    matrix: LabelMatrix,
    weights: Float[np.ndarray, "n_sources n_classes n_classes"],
    log_prior: Float[np.ndarray, " n_classes"],
) -> Float[np.ndarray, "n_rows n_classes"]:
    """Class probabilities of each row from log-likelihoods `[source, vote, class]`; rows sum to 1."""
    out = np.empty((len(matrix.votes), matrix.n_classes))
    if matrix.n_classes == 2:
        _compiled().two_class_posterior(matrix.votes, _odds(weights), log_prior[1] - log_prior[0], out)
    else:
        _compiled().posterior(matrix.votes, weights, log_prior, out)
    return out


def expectation(
    matrix: LabelMatrix,
    weights: Float[np.ndarray, "n_sources n_classes n_classes"],
    log_prior: Float[np.ndarray, " n_classes"],
    n_votes: Float[np.ndarray, "n_sources n_classes"],
) -> tuple[Float[np.ndarray, "n_sources n_classes n_classes"], Float[np.ndarray, " n_classes"]]:
    """Expected votes `[source, vote, class]` and expected rows of each class, over rows with a vote."""
    expected = np.empty(weights.shape)
    if matrix.n_classes == 2:
        of_class_one = np.empty((2, len(matrix.sources)))
        rows_of_one, n_voted = _compiled().two_class_expectation(
            matrix.votes, _odds(weights), log_prior[1] - log_prior[0], of_class_one
        )
        expected[:, :, 1] = of_class_one.T
        expected[:, :, 0] = n_votes - of_class_one.T
        return expected, np.array([n_voted - rows_of_one, rows_of_one])
    of_class = np.empty(matrix.n_classes)
    _compiled().expectation(matrix.votes, weights, log_prior, expected, of_class)
    return expected, of_class


def shares(
    matrix: LabelMatrix, weights: Float[np.ndarray, " n_sources"], prior: Float[np.ndarray, " n_classes"]
) -> tuple[Float[np.ndarray, "n_rows n_classes"], Float[np.ndarray, " n_sources"]]:
    """Shares of the weighted votes of each row, and the sum of those that each source's votes agree with."""
    out = np.empty((len(matrix.votes), matrix.n_classes))
    return out, _compiled().shares(matrix.votes, weights, prior, out)


def smoothed(
    likelihoods: Float[np.ndarray, "n_rows n_classes"],
    following: Int[np.ndarray, " n_rows"],
    prior: Float[np.ndarray, " n_classes"],
    coupling: float,
) -> Float[np.ndarray, "n_rows n_classes"]:
    """Class probabilities of rows in chains; `following` is the row after each, which stands later, or -1.

    A row has the class of the one before it with probability `coupling`, else one drawn from the prior.
    """
    out = np.empty(likelihoods.shape)
    _compiled().smooth(likelihoods, following, prior, coupling, out)
    return np.round(out, 13)  # as `normalised` rounds, and for the same reason


def count_votes(matrix: LabelMatrix) -> Int[np.ndarray, "n_sources n_classes"]:
    """How often each source votes each class."""
    return np.asarray(_compiled().count_votes(matrix.votes, matrix.n_classes).T)


def count_pairs(matrix: LabelMatrix) -> Int[np.ndarray, "n_votes n_votes"]:
    """In how many rows each pair of votes meets; row and column `source * n_classes + class`."""
    upper = _compiled().count_pairs(matrix.votes, matrix.n_classes)
    return np.asarray(np.triu(upper) + np.triu(upper, 1).T)


def _odds(weights: Float[np.ndarray, "n_sources 2 2"]) -> np.ndarray:
    return np.ascontiguousarray((weights[:, :, 1] - weights[:, :, 0]).T, dtype=np.float32)


@cache
def _compiled() -> ModuleType:
    return import_module("transom.supervision.compiled")
