"""Which rows of a label matrix stand next to each other, and how votes on neighbours go together."""

from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float, Int

from transom.data.items import from_lengths
from transom.supervision.kernels import LARGE
from transom.supervision.matrix import LabelMatrix, rows_of_examples
from transom.supervision.statistics import VoteCounts, count_votes, one_hot, rows_of


def of_examples(matrix: LabelMatrix, examples: Bool[np.ndarray, " n_examples"]) -> LabelMatrix:
    """The rows of the chosen examples; those of one example stay neighbours."""
    rows = rows_of(matrix, np.flatnonzero(rows_of_examples(matrix, examples)))
    return replace(rows, items=matrix.items.keep(examples))


def in_order(
    matrix: LabelMatrix, order: Float[np.ndarray, " n_examples"] | None
) -> tuple[LabelMatrix, Int[np.ndarray, " n_rows"]]:
    """Examples of one item each as the items of one long example, and the row that each of its rows was.

    An example without an order (NaN) stays by itself. Without `order`, the matrix as it is: the items of an example
    are in a row already. Bits of ordered examples are weighed alike: it is their neighbours that inform them.
    """
    if order is None or matrix.n_options is not None or (matrix.items.lengths != 1).any():
        return matrix, np.arange(len(matrix.votes))
    examples = np.argsort(order, kind="stable")
    n_ordered = int(np.isfinite(order).sum())
    rows = (examples[:, None] * matrix.rows_per_item + np.arange(matrix.rows_per_item)).reshape(-1)
    lengths = np.ones(len(order) - n_ordered + 1, dtype=np.int64)
    lengths[0] = n_ordered
    soft = None if matrix.soft is None else matrix.soft[rows]
    ordered = replace(matrix, votes=matrix.votes[rows], bits=None, items=from_lengths(lengths), soft=soft, known=None)
    return ordered, rows


def next_rows(matrix: LabelMatrix) -> Int[np.ndarray, " n_rows"]:
    """The row of the same question about the next item of the example; -1 for the last item."""
    items, rows_per_item = matrix.items, matrix.rows_per_item
    rows = np.arange(len(matrix.votes)).reshape(-1, max(rows_per_item, 1)) + rows_per_item
    rows[items.offsets[1:][items.lengths > 0] - 1] = -1
    return np.asarray(rows.reshape(-1))


def count_neighbours(matrix: LabelMatrix) -> tuple[VoteCounts, Float[np.ndarray, "n_votes n_votes"]]:
    """Counts of pairs of votes on rows that have a next one, and of one vote on such a row with another on the next.

    Of a large matrix, as many of the first rows are counted as make it small.
    """
    following = next_rows(matrix)
    rows = np.flatnonzero(following >= 0)[: LARGE // max(len(matrix.sources), 1)]
    here, there = rows_of(matrix, rows), rows_of(matrix, following[rows])
    lagged = (one_hot(here).T @ one_hot(there)).toarray()
    return count_votes(here), (lagged + lagged.T) / 2
