"""What label models need to know of a label matrix: its distinct rows, and how often each pair of votes meets.

Both are exact. Counts add up, so batches, shards and slices of a matrix are counted apart and joined with `+`.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Int, Num
from scipy import sparse

from transom.data.items import one_each
from transom.supervision import kernels
from transom.supervision.matrix import LabelMatrix, Patterns

MOST_VOTES = 8192
"""Kinds of vote, a source times a class, of which all pairs are counted: the counts of more do not fit into memory."""

_SAMPLE = 50_000
_DENSE = 0.1  # the share of votes cast from which multiplying zeros is quicker than leaving them out
_BLOCK = 4096  # rows
_LARGEST = 1 << 62


def patterns(matrix: LabelMatrix) -> Patterns:
    """The distinct rows of a matrix, with the number of times that each occurs; they are sorted by their votes."""
    known = _known(matrix)
    if known is not None:
        return known
    if matrix.soft is not None or _hardly_repeats(matrix):
        n_rows = len(matrix.votes)
        return Patterns(matrix, np.ones(n_rows, dtype=np.int64), np.arange(n_rows), matrix.votes)
    pattern_of, n_patterns = _alike(matrix)
    counts = np.bincount(pattern_of, minlength=n_patterns)
    return Patterns(rows_of(matrix, _first_of_each(pattern_of, n_patterns)), counts, pattern_of, matrix.votes)


def with_patterns(matrix: LabelMatrix) -> LabelMatrix:
    """The matrix with its patterns, so that they are found once for all who ask; without, where rows hardly repeat."""
    found = patterns(matrix)
    return matrix if found.matrix is matrix else replace(matrix, known=found)


def rows_of(matrix: LabelMatrix, rows: np.ndarray) -> LabelMatrix:
    """Some rows of a matrix, by index or mask, each as an example of its own."""
    votes = matrix.votes[rows]
    n_options = None if matrix.n_options is None else matrix.n_options[rows]
    bits = None if matrix.bits is None else matrix.bits[rows]
    soft = None if matrix.soft is None else matrix.soft[rows]
    known = _known(matrix)
    if known is not None:
        known = _patterns_of(known, rows, votes)
    return replace(
        matrix, votes=votes, n_options=n_options, bits=bits, items=one_each(len(votes)), soft=soft, known=known
    )


def has_vote(matrix: LabelMatrix) -> Bool[np.ndarray, " n_rows"]:
    """The rows on which at least one source votes."""
    known = _known(matrix)
    if known is None:
        return np.asarray((matrix.votes >= 0).any(axis=1))
    return np.asarray(has_vote(known.matrix)[known.pattern_of])


def sample_of(matrix: LabelMatrix, n_rows: int) -> LabelMatrix:
    """The matrix, or that many of its rows, evenly spaced, where it has more; of each bit, where rows have bits."""
    if len(matrix.votes) <= n_rows:
        return matrix
    chosen = np.linspace(0, len(matrix.votes) - 1, n_rows).astype(np.int64)
    if matrix.bits is not None:
        chosen = np.sort(np.argsort(matrix.bits, kind="stable")[chosen])
    return rows_of(matrix, chosen)


def examples_of_rows(matrix: LabelMatrix) -> Int[np.ndarray, " n_rows"]:
    """The example that each row of a whole matrix belongs to."""
    if matrix.n_options is not None:
        return np.arange(len(matrix.votes))
    return np.repeat(matrix.items.examples(), matrix.rows_per_item)


def one_hot(matrix: LabelMatrix) -> sparse.csr_array:
    """Votes as a sparse matrix (n_rows, n_sources * n_classes) of 1 in column `source * n_classes + class`.

    A soft vote is spread over the columns of its source.
    """
    if matrix.soft is not None:
        return matrix.soft
    cast = cast_votes(matrix)
    n_rows, n_columns = len(matrix.votes), len(matrix.sources) * matrix.n_classes
    kind = sparse.get_index_dtype(maxval=max(n_columns, len(cast.rows)))
    ends = np.zeros(n_rows + 1, dtype=kind)
    np.cumsum(np.bincount(cast.rows, minlength=n_rows), out=ends[1:])
    columns = (cast.sources * matrix.n_classes + cast.classes).astype(kind)
    return sparse.csr_array((cast.parts, columns, ends), shape=(n_rows, n_columns))


@dataclass(frozen=True)
class Cast:
    """The votes of a matrix one by one: row, source, class, and how much of a vote it is (1, unless it is soft)."""

    rows: Int[np.ndarray, " n_cast"]
    sources: Int[np.ndarray, " n_cast"]
    classes: Int[np.ndarray, " n_cast"]
    parts: Float[np.ndarray, " n_cast"]


def cast_votes(matrix: LabelMatrix) -> Cast:
    """The votes that are no abstentions."""
    if matrix.soft is not None:
        soft = matrix.soft.tocoo()
        return Cast(soft.row, soft.col // matrix.n_classes, soft.col % matrix.n_classes, soft.data)
    rows, sources = np.nonzero(matrix.votes >= 0)
    return Cast(rows, sources, matrix.votes[rows, sources].astype(np.int64), np.ones(len(rows)))


def share_right(right: Float[np.ndarray, " n_sources"], n_votes: np.ndarray) -> Float[np.ndarray, " n_sources"]:
    """The share of each source's votes that are right; NaN where it never voted."""
    return np.asarray(np.divide(right, n_votes, out=np.full(len(n_votes), np.nan), where=n_votes > 0))


@dataclass(frozen=True)
class VoteCounts:
    """In how many rows source i votes a and source j votes b: entry (i * n_classes + a, j * n_classes + b).

    The diagonal holds how often each source votes each class. Sums of counts are counts of the joined rows. They are
    integers, unless votes are soft or counts have decayed.
    """

    together: Num[np.ndarray, "n_votes n_votes"]
    n_rows: int | float
    n_classes: int

    @property
    def votes(self) -> Num[np.ndarray, "n_sources n_classes"]:
        """How often each source votes each class."""
        return np.diag(self.together).reshape(-1, self.n_classes)

    def __add__(self, other: "VoteCounts") -> "VoteCounts":
        return VoteCounts(self.together + other.together, self.n_rows + other.n_rows, self.n_classes)

    def scaled(self, factor: int | float) -> "VoteCounts":
        """Counts of rows that count `factor` times; integers stay so if the factor is one."""
        return VoteCounts(self.together * factor, self.n_rows * factor, self.n_classes)


def count_votes(matrix: LabelMatrix) -> VoteCounts:
    """Counts of every pair of votes in a label matrix; those of soft votes are products of their parts."""
    if kernels.is_large(matrix):
        return VoteCounts(kernels.count_pairs(matrix), len(matrix.votes), matrix.n_classes)
    distinct = patterns(matrix)
    votes = one_hot(distinct.matrix)
    together = _together(votes, distinct.counts.astype(np.float64))
    if matrix.soft is None:
        return VoteCounts(np.rint(together).astype(np.int64), len(matrix.votes), matrix.n_classes)
    source = np.arange(len(together)) // matrix.n_classes
    together[source[:, None] == source] = 0.0
    np.fill_diagonal(together, votes.sum(axis=0))
    return VoteCounts(together, len(matrix.votes), matrix.n_classes)


def _together(votes: sparse.csr_array, counts: Float[np.ndarray, " n_rows"]) -> Float[np.ndarray, "n_votes n_votes"]:
    """The product of votes with themselves, rows weighted; where many are cast, a block of rows at a time, densely."""
    n_rows, n_votes = votes.shape
    if votes.nnz < _DENSE * n_rows * n_votes:
        return np.asarray((votes.T @ sparse.diags_array(counts) @ votes).toarray())
    together = np.zeros((n_votes, n_votes))
    for start in range(0, n_rows, _BLOCK):
        block = votes[start : start + _BLOCK].toarray()
        together += block.T @ (block * counts[start : start + _BLOCK, None])
    return together


def _known(matrix: LabelMatrix) -> Patterns | None:
    """The patterns that a matrix has with it, unless they are those of other votes that it had before."""
    return matrix.known if matrix.known is not None and matrix.known.votes is matrix.votes else None


def _patterns_of(known: Patterns, rows: np.ndarray, votes: np.ndarray) -> Patterns:
    """The patterns of some rows, whose votes these are, of a matrix whose patterns are known."""
    before = known.pattern_of[rows]
    counts = np.bincount(before, minlength=len(known.counts))
    is_there = counts > 0
    pattern_of = (np.cumsum(is_there) - 1)[before]
    return Patterns(rows_of(known.matrix, is_there), counts[is_there], pattern_of, votes)


def _hardly_repeats(matrix: LabelMatrix) -> bool:
    """Whether most rows are unlike any other, as far as the first ones tell."""
    if len(matrix.votes) <= _SAMPLE:
        return False
    first = replace(matrix, soft=None, known=None)
    return 2 * _alike(rows_of(first, np.arange(_SAMPLE)))[1] > _SAMPLE


def _alike(matrix: LabelMatrix) -> tuple[Int[np.ndarray, " n_rows"], int]:
    """A number for each row, equal for equal rows and in the order of their votes, and how many numbers there are.

    A row is read as the digits of one number. Before numbers grow too large they are replaced by their ranks: while
    that is cheap, which needs no sorting, or at last when 64 bits would not hold them.
    """
    lowest, highest = matrix.votes.min(initial=0), matrix.votes.max(initial=0)
    base = int(highest) - int(lowest) + 1
    numbers, n_numbers = np.zeros(len(matrix.votes), dtype=np.int64), 1
    kinds = matrix.bits if matrix.n_options is None else matrix.n_options
    if kinds is not None:
        numbers, n_numbers = _ranked(kinds.astype(np.int64), int(kinds.max(initial=0)) + 1)
    cheap = _cheap_to_rank(len(numbers))
    for votes in matrix.votes.T:
        if n_numbers * base > (cheap if n_numbers <= cheap else _LARGEST):
            numbers, n_numbers = _ranked(numbers, n_numbers)
        numbers *= base
        numbers += votes
        numbers -= int(lowest)
        n_numbers *= base
    return _ranked(numbers, n_numbers)


def _ranked(numbers: Int[np.ndarray, " n_rows"], limit: int) -> tuple[Int[np.ndarray, " n_rows"], int]:
    """The rank of each number among those that occur, and how many do; all are below the limit."""
    if limit > _cheap_to_rank(len(numbers)):
        distinct, ranks = np.unique(numbers, return_inverse=True)
        return ranks, len(distinct)
    occurs = np.zeros(limit, dtype=bool)
    occurs[numbers] = True
    rank_of = np.cumsum(occurs) - 1
    return rank_of[numbers], int(np.count_nonzero(occurs))


def _cheap_to_rank(n_rows: int) -> int:
    """Up to which limit a table of the numbers that occur is faster than sorting them."""
    return max(n_rows, 1 << 16)


def _first_of_each(pattern_of: Int[np.ndarray, " n_rows"], n_patterns: int) -> Int[np.ndarray, " n_patterns"]:
    """The first row of each pattern."""
    first = np.empty(n_patterns, dtype=np.int64)
    first[pattern_of[::-1]] = np.arange(len(pattern_of))[::-1]  # of several, the one that is written last stays
    return first
