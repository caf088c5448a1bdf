"""What label models need to know of a label matrix: its distinct rows, and how often each pair of votes meets.

Both are exact. Counts add up, so batches, shards and slices of a matrix are counted apart and joined with `+`.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Int, UInt64
from scipy import sparse

from transom.data.items import one_each
from transom.supervision import kernels
from transom.supervision.matrix import LabelMatrix

_SAMPLE = 50_000
_HASH_FACTOR = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Patterns:
    """The distinct rows of a label matrix: row `r` of the matrix is row `pattern_of[r]` of `matrix`.

    Real matrices have few: 65 to 700 of 1,700 to 13,000 rows, so what is worked out per pattern costs little and is
    exact. Where rows hardly repeat, every row is its own pattern.
    """

    matrix: LabelMatrix
    counts: Int[np.ndarray, " n_patterns"]
    pattern_of: Int[np.ndarray, " n_rows"]


def patterns(matrix: LabelMatrix) -> Patterns:
    """The distinct rows of a matrix, with the number of times that each occurs."""
    n_rows = len(matrix.votes)
    words = _as_words(matrix, slice(0, _SAMPLE))
    if n_rows > _SAMPLE and 2 * len(np.unique(_hashes(words))) > len(words):
        return Patterns(matrix, np.ones(n_rows, dtype=np.int64), np.arange(n_rows))
    words = _as_words(matrix, slice(None))
    first, pattern_of, counts = _unique_rows(words)
    return Patterns(rows_of(matrix, first), counts, pattern_of)


def rows_of(matrix: LabelMatrix, rows: np.ndarray) -> LabelMatrix:
    """Some rows of a matrix, by index or mask, each as an example of its own."""
    votes = matrix.votes[rows]
    n_options = None if matrix.n_options is None else matrix.n_options[rows]
    return replace(matrix, votes=votes, n_options=n_options, items=one_each(len(votes)))


def sample_of(matrix: LabelMatrix, n_rows: int) -> LabelMatrix:
    """The matrix, or that many of its rows, evenly spaced, where it has more."""
    if len(matrix.votes) <= n_rows:
        return matrix
    return rows_of(matrix, np.linspace(0, len(matrix.votes) - 1, n_rows).astype(np.int64))


def examples_of_rows(matrix: LabelMatrix) -> Int[np.ndarray, " n_rows"]:
    """The example that each row of a whole matrix belongs to."""
    if matrix.n_options is not None:
        return np.arange(len(matrix.votes))
    return np.repeat(matrix.items.examples(), len(matrix.votes) // max(matrix.items.n_items, 1))


def one_hot(matrix: LabelMatrix) -> sparse.csr_array:
    """Votes as a sparse 0/1 matrix (n_rows, n_sources * n_classes); column `source * n_classes + class`."""
    rows, sources = np.nonzero(matrix.votes >= 0)
    columns = sources * matrix.n_classes + matrix.votes[rows, sources].astype(np.int64)
    shape = (len(matrix.votes), len(matrix.sources) * matrix.n_classes)
    return sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)


@dataclass(frozen=True)
class VoteCounts:
    """In how many rows source i votes a and source j votes b: entry (i * n_classes + a, j * n_classes + b).

    The diagonal holds how often each source votes each class. Sums of counts are counts of the joined rows.
    """

    together: Int[np.ndarray, "n_votes n_votes"]
    n_rows: int
    n_classes: int

    @property
    def votes(self) -> Int[np.ndarray, "n_sources n_classes"]:
        """How often each source votes each class."""
        return np.diag(self.together).reshape(-1, self.n_classes)

    def __add__(self, other: "VoteCounts") -> "VoteCounts":
        return VoteCounts(self.together + other.together, self.n_rows + other.n_rows, self.n_classes)


def count_votes(matrix: LabelMatrix) -> VoteCounts:
    """Counts of every pair of votes in a label matrix."""
    if kernels.is_large(matrix):
        return VoteCounts(kernels.count_pairs(matrix), len(matrix.votes), matrix.n_classes)
    distinct = patterns(matrix)
    votes = one_hot(distinct.matrix)
    together = (votes.T @ sparse.diags_array(distinct.counts.astype(np.float64)) @ votes).toarray()
    return VoteCounts(np.rint(together).astype(np.int64), len(matrix.votes), matrix.n_classes)


def _as_words(matrix: LabelMatrix, rows: slice) -> UInt64[np.ndarray, "n_rows n_words"]:
    """The bytes of each row, votes and options, as 64-bit words."""
    votes = np.ascontiguousarray(matrix.votes[rows])
    n_bytes = votes.shape[1] * votes.itemsize
    words = np.zeros((len(votes), 2 + n_bytes // 8), dtype=np.uint64)
    words.view(np.uint8)[:, :n_bytes] = votes.view(np.uint8).reshape(len(votes), n_bytes)
    if matrix.n_options is not None:
        words[:, -1] = matrix.n_options[rows]
    return words


def _hashes(words: UInt64[np.ndarray, "n_rows n_words"]) -> UInt64[np.ndarray, " n_rows"]:
    hashes = np.zeros(len(words), dtype=np.uint64)
    for column in range(words.shape[1]):
        hashes = (hashes ^ words[:, column]) * _HASH_FACTOR
        hashes ^= hashes >> np.uint64(29)
    return hashes


def _unique_rows(words: UInt64[np.ndarray, "n_rows n_words"]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """First occurrence of each distinct row, the distinct row of each row, and counts."""
    _, first, inverse, counts = np.unique(_hashes(words), return_index=True, return_inverse=True, return_counts=True)
    if not np.array_equal(words[first][inverse], words):  # two rows share a hash: compare the rows themselves
        _, first, inverse, counts = np.unique(words, axis=0, return_index=True, return_inverse=True, return_counts=True)
    return first, inverse, counts
