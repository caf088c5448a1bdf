"""Neighbours are the items of an example, or examples in their order."""

from dataclasses import replace

import numpy as np

from transom.data.items import from_lengths, one_each
from transom.supervision.matrix import LabelMatrix
from transom.supervision.neighbours import count_neighbours, in_order, next_rows, of_examples
from transom.testing.label_models import matrix_of


def tokens(votes, lengths):
    return replace(matrix_of(np.array(votes, dtype=np.int8), 2), items=from_lengths(np.array(lengths)))


def test_the_next_row_is_the_next_item_of_the_example():
    assert next_rows(tokens([[0]] * 5, [2, 0, 3])).tolist() == [1, -1, 3, 4, -1]


def test_bits_have_the_same_bit_of_the_next_item_next():
    matrix = LabelMatrix(np.zeros((6, 1), dtype=np.int8), ("s",), 2, from_lengths(np.array([2, 1])))
    assert next_rows(matrix).tolist() == [2, 3, -1, -1, -1, -1]


def test_no_rows_have_no_neighbours():
    assert next_rows(tokens(np.zeros((0, 1)), [0])).tolist() == []


def test_rows_of_chosen_examples_stay_together():
    kept = of_examples(tokens([[0], [1], [0], [1]], [1, 2, 1]), np.array([True, False, True]))
    assert kept.votes.tolist() == [[0], [1]]
    assert kept.items.lengths.tolist() == [1, 1]


def test_examples_are_put_in_order_and_those_without_stay_by_themselves():
    matrix = matrix_of(np.array([[0], [1], [2], [3]], dtype=np.int8), 4)
    ordered, rows = in_order(matrix, np.array([5.0, np.nan, 1.0, 3.0]))
    assert ordered.votes[:, 0].tolist() == [2, 3, 0, 1]
    assert rows.tolist() == [2, 3, 0, 1]
    assert next_rows(ordered).tolist() == [1, 2, -1, -1]


def test_bits_of_examples_are_put_in_order_together():
    matrix = LabelMatrix(np.arange(4, dtype=np.int8)[:, None] % 2, ("s",), 2, one_each(2))
    _, rows = in_order(matrix, np.array([2.0, 1.0]))
    assert rows.tolist() == [2, 3, 0, 1]


def test_tokens_are_in_order_already():
    matrix = tokens([[0], [1], [0]], [2, 1])
    ordered, rows = in_order(matrix, np.array([2.0, 1.0]))
    assert ordered is matrix
    assert rows.tolist() == [0, 1, 2]


def test_votes_on_neighbours_are_counted():
    here, lagged = count_neighbours(tokens([[0], [0], [1], [1]], [3, 1]))
    assert here.n_rows == 2
    assert lagged.tolist() == [[1, 0.5], [0.5, 0]]
