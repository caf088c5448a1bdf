"""Rows that each ask about a bit, ready to be passed over many times: those of all bits at once."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy import sparse
from scipy.special import expit

from transom.supervision import kernels
from transom.supervision.anchors import WORTH, AnchoredRows, Anchors
from transom.supervision.inference import LargeRows, Passes, SparseRows, rows_for_passes
from transom.supervision.matrix import LabelMatrix
from transom.supervision.statistics import one_hot, patterns, rows_of

BitPriors = Float[np.ndarray, "n_bits n_classes"]
"""The class prior of each bit; rows sum to 1."""

BitWeights = Float[np.ndarray, "n_bits n_sources n_classes n_classes"]
"""Entries `[bit, source, vote, class]`: log-likelihoods, expected votes, or beliefs counted as votes."""


def bit_rows(matrix: LabelMatrix, log_priors: BitPriors, anchors: Anchors | None = None) -> Passes:
    """The rows of a matrix, and some more whose class is known; those without a vote are left out.

    A source on a bit is taken for a source of its own that is silent on all other bits, so that all bits are one sparse
    matrix. Large matrices are gone through bit by bit instead, without a copy of their rows.
    """
    n_bits, n_classes = log_priors.shape
    guessed = _large_bits(matrix, log_priors) if kernels.is_large(matrix) else _all_bits(matrix, log_priors)
    if anchors is None:
        return guessed
    shape = (n_bits, len(matrix.sources), n_classes, n_classes)
    certain = np.eye(n_classes)[anchors.truth]
    votes = (votes_by_bit(anchors.matrix, n_bits).T @ certain).reshape(shape)
    rows = counts_by_bit(anchors.matrix, anchors.truth, n_bits)
    return AnchoredRows(guessed, WORTH * votes, WORTH * rows)


def bit_scores(
    matrix: LabelMatrix, weights: BitWeights, log_priors: BitPriors
) -> Float[np.ndarray, "n_rows n_classes"]:
    """Log-probabilities of the classes of each row, up to a constant of each."""
    votes = votes_by_bit(matrix, len(log_priors))
    return np.asarray(log_priors[matrix.bits] + votes @ weights.reshape(-1, matrix.n_classes))


def votes_by_bit(matrix: LabelMatrix, n_bits: int) -> sparse.csr_array:
    """Votes as a sparse matrix of 1 in column `(bit * n_sources + source) * n_classes + class`, soft ones spread."""
    votes = one_hot(matrix)
    n_rows, width = votes.shape
    first = np.asarray(matrix.bits, dtype=np.int64) * width
    columns = votes.indices + np.repeat(first, np.diff(votes.indptr))
    kind = sparse.get_index_dtype(maxval=max(n_bits * width, votes.nnz))
    return sparse.csr_array(
        (votes.data, columns.astype(kind), votes.indptr.astype(kind)), shape=(n_rows, n_bits * width)
    )


def counts_by_bit(matrix: LabelMatrix, classes: Int[np.ndarray, " n_rows"], n_bits: int) -> BitPriors:
    """How many of the rows that ask about each bit are of each class."""
    n_places = n_bits * matrix.n_classes
    places = np.asarray(matrix.bits, dtype=np.int64) * matrix.n_classes + classes
    return np.bincount(places, minlength=n_places).reshape(n_bits, -1).astype(np.float64)


def sums_by_bit(matrix: LabelMatrix, values: Float[np.ndarray, " n_rows"], n_bits: int) -> Float[np.ndarray, " n_bits"]:
    """The sum of the values of the rows that ask about each bit."""
    return np.bincount(np.asarray(matrix.bits), values, n_bits)


def rows_by_bit(matrix: LabelMatrix, n_bits: int) -> list[Int[np.ndarray, " n_asking"]]:
    """The rows that ask about each bit, in their order; sorted once, as looking for each bit in all rows takes longer.

    A bit that no row asks about has none.
    """
    bits = np.asarray(matrix.bits)
    ends = np.cumsum(np.bincount(bits, minlength=n_bits))
    return np.split(np.argsort(bits, kind="stable"), ends[:-1])


@dataclass(frozen=True)
class _AllBits:
    """The distinct rows of a matrix, those with a vote with how often each occurs."""

    matrix: LabelMatrix
    votes: sparse.csr_array
    counts: Float[np.ndarray, " n_patterns"]
    log_odds: Float[np.ndarray, " n_patterns"]
    n_votes: Float[np.ndarray, "n_bits n_sources 2"]
    n_rows: Float[np.ndarray, " n_bits"]

    def expectation(self, weights: BitWeights) -> tuple[BitWeights, BitPriors]:
        """As of rows of several classes; of two, what is not of one is of the other."""
        odds = self.log_odds + self.votes @ (weights[..., 1] - weights[..., 0]).reshape(-1)
        holds = self.counts * np.round(expit(odds), 13)  # as `normalised` rounds, and for the same reason
        votes = (self.votes.T @ holds).reshape(self.n_votes.shape)
        rows = sums_by_bit(self.matrix, holds, len(weights))
        return np.stack([self.n_votes - votes, votes], axis=-1), np.stack([self.n_rows - rows, rows], axis=-1)


def _all_bits(matrix: LabelMatrix, log_priors: BitPriors) -> _AllBits:
    distinct = patterns(matrix)
    has_vote = (distinct.matrix.votes >= 0).any(axis=1)
    counts = (distinct.counts * has_vote).astype(np.float64)
    votes = votes_by_bit(distinct.matrix, len(log_priors))
    n_votes = (votes.T @ counts).reshape(len(log_priors), -1, 2)
    log_odds = (log_priors[:, 1] - log_priors[:, 0])[distinct.matrix.bits]
    n_rows = sums_by_bit(distinct.matrix, counts, len(log_priors))
    return _AllBits(distinct.matrix, votes, counts, log_odds, n_votes, n_rows)


@dataclass(frozen=True)
class _LargeBits:
    """The rows of each bit of a large matrix."""

    of_bits: tuple[LargeRows | SparseRows, ...]

    @property
    def n_votes(self) -> Float[np.ndarray, "n_bits n_sources n_classes"]:
        return np.stack([rows.n_votes for rows in self.of_bits])

    def expectation(self, weights: BitWeights) -> tuple[BitWeights, BitPriors]:
        passes = [rows.expectation(of_bit) for rows, of_bit in zip(self.of_bits, weights, strict=True)]
        return np.stack([votes for votes, _ in passes]), np.stack([rows for _, rows in passes])


def _large_bits(matrix: LabelMatrix, log_priors: BitPriors) -> _LargeBits:
    by_bit = rows_by_bit(matrix, len(log_priors))
    return _LargeBits(
        tuple(rows_for_passes(rows_of(matrix, rows), prior) for rows, prior in zip(by_bit, log_priors, strict=True))
    )
