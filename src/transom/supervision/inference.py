"""Probabilities of classes from log-likelihoods of votes, row by row or added up, whatever the size of the matrix."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float
from scipy import sparse

from transom.supervision import kernels
from transom.supervision.matrix import LabelMatrix
from transom.supervision.statistics import one_hot, patterns

TINY = 1e-12

_AT_ONCE = 2**16
"""Probabilities worked out at a time, so that what lies between fits into a processor's cache."""

Weights = Float[np.ndarray, "*bits n_sources n_classes n_classes"]
"""Log-likelihoods: entry `[source, vote, class]` speaks for a class where the source casts that vote.

Of sources that are weighed bit by bit there is another axis in front.
"""


@dataclass(frozen=True)
class FittedWeights:
    """A label model that adds up log-likelihoods of votes."""

    weights: Weights
    prior: Float[np.ndarray, " n_classes"]
    accuracies: Float[np.ndarray, " n_sources"]

    def predict(self, matrix: LabelMatrix) -> Float[np.ndarray, "n_rows n_classes"]:
        """The posterior probability of each class; rows sum to 1, a row without a vote gets the prior."""
        return posterior(matrix, self.weights, floored_log(self.prior))


def posterior(
    matrix: LabelMatrix, weights: Weights, log_prior: Float[np.ndarray, " n_classes"]
) -> Float[np.ndarray, "n_rows n_classes"]:
    """The probability of each class in each row; rows sum to 1, a row without a vote gets the prior."""
    if kernels.is_large(matrix):
        return kernels.posterior(matrix, weights, log_prior)
    distinct = patterns(matrix)
    scores = log_prior + one_hot(distinct.matrix) @ weights.reshape(-1, matrix.n_classes)
    return np.asarray(normalised(scores)[distinct.pattern_of])


def normalised(scores: Float[np.ndarray, "n_rows n_classes"]) -> Float[np.ndarray, "n_rows n_classes"]:
    """Log-probabilities up to a constant of each row, as probabilities.

    Rounded, so that the last bits of a sum, which the order of sources moves, cannot tip a row that is balanced.
    """
    out = np.empty(scores.shape)
    n_at_once = max(1, _AT_ONCE // max(1, scores.shape[1]))
    for first in range(0, len(scores), n_at_once):
        rows = slice(first, first + n_at_once)
        by_class = np.ascontiguousarray(scores[rows].T)  # few classes: it is far faster to go through many rows at once
        odds = np.exp(by_class - by_class.max(axis=0))
        out[rows] = np.round(odds / odds.sum(axis=0), 13).T
    return out


def one_sidedness(n_votes: Float[np.ndarray, "*bits n_sources n_classes"]) -> Float[np.ndarray, "*bits n_sources"]:
    """1 for a source that votes one class only, 0 for one whose votes are as varied as two classes in equal parts.

    In between it falls steeply: 0.5 where a twentieth of the votes is for another class, 0.05 where a fifth is.
    """
    shares = n_votes / np.maximum(n_votes.sum(axis=-1, keepdims=True), 1)
    entropy = -(shares * floored_log(shares)).sum(axis=-1)
    return np.asarray(np.clip(2 - np.exp(entropy), 0.0, 1.0) ** 3)


def floored_log(values: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    """The logarithm, of numbers near 0 that of 1e-12: a class is never quite impossible."""
    return np.asarray(np.log(np.maximum(values, TINY)))


@runtime_checkable
class Passes(Protocol):
    """Rows to pass over many times; of sources that are weighed bit by bit there is another axis in front."""

    @property
    def n_votes(self) -> Float[np.ndarray, "*bits n_sources n_classes"]:
        """How often each source votes each class."""
        ...

    def expectation(self, weights: Weights) -> tuple[Weights, Float[np.ndarray, "*bits n_classes"]]:
        """Expected votes `[source, vote, class]`, and expected rows of each class."""
        ...


@dataclass(frozen=True)
class SparseRows:
    """The distinct rows of a matrix that have a vote, and how often each occurs."""

    votes: sparse.csr_array
    counts: Float[np.ndarray, "n_patterns 1"]
    log_prior: Float[np.ndarray, " n_classes"]
    n_votes: Float[np.ndarray, "n_sources n_classes"]

    def expectation(self, weights: Weights) -> tuple[Weights, Float[np.ndarray, " n_classes"]]:
        """Expected votes `[source, vote, class]`, and expected rows of each class."""
        scores = self.votes @ weights.reshape(-1, len(self.log_prior))
        scores += self.log_prior
        expected = normalised(scores)
        expected *= self.counts
        return (self.votes.T @ expected).reshape(weights.shape), expected.sum(axis=0)


@dataclass(frozen=True)
class LargeRows:
    """The rows of a large matrix, which are not copied: each pass is a compiled loop over them."""

    matrix: LabelMatrix
    log_prior: Float[np.ndarray, " n_classes"]
    n_votes: Float[np.ndarray, "n_sources n_classes"]

    def expectation(self, weights: Weights) -> tuple[Weights, Float[np.ndarray, " n_classes"]]:
        """Expected votes `[source, vote, class]`, and expected rows of each class."""
        return kernels.expectation(self.matrix, weights, self.log_prior, self.n_votes)


def rows_for_passes(matrix: LabelMatrix, log_prior: Float[np.ndarray, " n_classes"]) -> SparseRows | LargeRows:
    """The rows of a matrix, ready to be passed over many times; rows without a vote are left out."""
    if kernels.is_large(matrix) and not _surely_repeats(matrix):
        return LargeRows(matrix, log_prior, kernels.count_votes(matrix).astype(np.float64))
    distinct = patterns(matrix)
    has_vote = (distinct.matrix.votes >= 0).any(axis=1)
    counts = (distinct.counts * has_vote)[:, None].astype(np.float64)
    votes = one_hot(distinct.matrix)
    return SparseRows(votes, counts, log_prior, (votes.T @ counts).reshape(-1, matrix.n_classes))


def _surely_repeats(matrix: LabelMatrix) -> bool:
    """Whether there are so few ways to vote that it pays to find the distinct rows before passing over them."""
    return bool((matrix.n_classes + 1) ** len(matrix.sources) <= len(matrix.votes) // 8)
