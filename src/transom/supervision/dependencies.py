"""Which sources copy each other, learned from their votes alone."""

from dataclasses import replace

import numpy as np
from jaxtyping import Float, Int

from transom.supervision.copies import Copies, copies_among
from transom.supervision.copying import find_copies
from transom.supervision.matrix import LabelMatrix
from transom.supervision.prior import uniform_prior
from transom.supervision.statistics import MOST_VOTES, VoteCounts, count_votes
from transom.supervision.vote_covariance import vote_covariance

_SURELY_THE_SAME = 50  # votes, all in common: sources that are merely good would have differed by then
_MOST_WORK = 2e9  # products of loadings in one step of the fit: seconds


def with_copies(matrix: LabelMatrix, prior: Float[np.ndarray, " n_classes"] | None = None) -> LabelMatrix:
    """The matrix with what its votes tell of sources that copy each other, for label models to discount."""
    return replace(matrix, copies=learn_copies(matrix, prior))


def learn_copies(matrix: LabelMatrix, prior: Float[np.ndarray, " n_classes"] | None = None) -> Copies | None:
    """Which sources copy each other; None if there is no source, or more than `MOST_VOTES` kinds of vote.

    See `find_copies` for how. A source that votes exactly as another, wherever either votes, is a copy in any case. The
    class prior, uniform if not given, matters where sources vote one class each. Of a select task, whose options differ
    from row to row, and of more kinds of vote than can be compared in seconds, only exact copies are found; of soft
    votes the most probable classes are compared.

    >>> from transom.testing.label_models import draw_votes, matrix_of
    >>> good, _ = draw_votes(np.array([0.9, 0.8, 0.7, 0.6]), n_rows=1000)
    >>> with_a_copy = matrix_of(good.votes[:, [0, 1, 2, 3, 3]], 2)
    >>> learn_copies(with_a_copy).edges
    ((3, 4),)
    """
    if not 0 < len(matrix.sources) * matrix.n_classes <= MOST_VOTES:
        return None
    counts = count_votes(replace(matrix, soft=None))
    return copies_in(counts, prior, has_fixed_classes=matrix.n_options is None)


def copies_in(
    counts: VoteCounts, prior: Float[np.ndarray, " n_classes"] | None = None, *, has_fixed_classes: bool = True
) -> Copies:
    """As `learn_copies`, from counts alone, which may be sums over shards, batches or windows."""
    first = _first_of_the_same(counts)
    different = np.flatnonzero(first == np.arange(len(first)))
    given = uniform_prior(counts.n_classes) if prior is None else prior
    edges, correlations = _among(_of_sources(counts, different), given, has_fixed_classes)
    place = np.searchsorted(different, first)
    is_edge = np.eye(len(different), dtype=bool)
    for edge in edges:
        is_edge[edge] = is_edge[edge[::-1]] = True
    pairs = np.argwhere(np.triu(is_edge[np.ix_(place, place)], 1)).tolist()
    return copies_among(
        tuple((one, other) for one, other in pairs), correlations[np.ix_(place, place)], _rows_of_both(counts)
    )


def _among(
    counts: VoteCounts, prior: Float[np.ndarray, " n_classes"], has_fixed_classes: bool
) -> tuple[tuple[tuple[int, int], ...], Float[np.ndarray, "n n"]]:
    """Edges and correlations of sources of which no two are the same.

    There are none where copying looks like being right, nor where looking for it would take long.
    """
    n_sources, rank = len(counts.votes), counts.n_classes - 1
    covariance = vote_covariance(counts)
    n_columns = len(covariance.source)
    n_pairs = np.count_nonzero(covariance.source[:, None] != covariance.source) / 2
    n_free = n_columns * rank - rank * (rank - 1) / 2  # numbers to fit to the pairs
    is_too_long = n_columns**2 * rank**2 > _MOST_WORK
    if is_too_long or not has_fixed_classes or not 0 < rank < n_columns or n_pairs <= n_free:
        return (), np.eye(n_sources)
    return find_copies(covariance, prior)


def _first_of_the_same(counts: VoteCounts) -> Int[np.ndarray, " n_sources"]:
    """The first source that votes exactly as each source, itself where there is none."""
    n_sources = len(counts.votes)
    together = counts.together.reshape(n_sources, counts.n_classes, n_sources, counts.n_classes)
    same = np.einsum("icjc->ij", together)
    n_votes = np.diag(same)
    is_same = (same == n_votes) & (same == n_votes[:, None]) & (n_votes >= _SURELY_THE_SAME)
    np.fill_diagonal(is_same, True)
    return np.asarray(is_same.argmax(axis=1))


def _of_sources(counts: VoteCounts, sources: Int[np.ndarray, " n"]) -> VoteCounts:
    votes = (sources[:, None] * counts.n_classes + np.arange(counts.n_classes)).reshape(-1)
    return replace(counts, together=counts.together[np.ix_(votes, votes)])


def _rows_of_both(counts: VoteCounts) -> Float[np.ndarray, "n_sources n_sources"]:
    """On how many rows both sources of a pair vote."""
    n_sources = len(counts.votes)
    together = counts.together.reshape(n_sources, counts.n_classes, n_sources, counts.n_classes)
    return np.asarray(together.sum(axis=(1, 3)), dtype=np.float64)
