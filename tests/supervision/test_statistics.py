"""Patterns and counts are exact, and counts add up."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies import votes
from transom.data.items import from_lengths, one_each
from transom.data.labels import Labels
from transom.schema.tasks import Multiclass
from transom.supervision.matrix import LabelMatrix, label_matrix
from transom.supervision.neighbours import in_order
from transom.supervision.statistics import (
    count_votes,
    examples_of_rows,
    has_vote,
    one_hot,
    patterns,
    rows_of,
    sample_of,
    with_patterns,
)
from transom.testing.label_models import draw_votes, matrix_of


@pytest.mark.parametrize("n_options", [None, np.zeros(0, np.int64)], ids=["classes", "options"])
def test_no_rows_have_no_patterns(n_options):
    distinct = patterns(LabelMatrix(np.zeros((0, 2), np.int8), ("a", "b"), 3, one_each(0), n_options))
    assert (len(distinct.counts), len(distinct.pattern_of), len(distinct.matrix.votes)) == (0, 0, 0)


@settings(max_examples=50, deadline=None)
@given(votes())
def test_patterns_are_the_distinct_rows_with_their_counts(drawn):
    distinct = patterns(matrix_of(*drawn))
    expected, counts = np.unique(drawn[0], axis=0, return_counts=True)
    order = np.lexsort(distinct.matrix.votes.T[::-1])
    assert np.array_equal(distinct.matrix.votes[order], expected)
    assert np.array_equal(distinct.counts[order], counts)
    assert np.array_equal(distinct.matrix.votes[distinct.pattern_of], drawn[0])


@settings(max_examples=50, deadline=None)
@given(votes())
def test_patterns_are_sorted_so_that_the_order_of_rows_does_not_matter(drawn):
    votes, n_classes = drawn
    distinct, turned = (patterns(matrix_of(each, n_classes)) for each in (votes, votes[::-1]))
    assert np.array_equal(distinct.matrix.votes, turned.matrix.votes)
    assert np.array_equal(distinct.pattern_of, turned.pattern_of[::-1])


def test_rows_of_so_many_classes_that_their_numbers_must_be_sorted_are_told_apart():
    draw = np.random.default_rng(0)
    drawn = np.where(draw.random((4000, 30)) < 0.1, draw.integers(0, 2000, (4000, 30)), -1).astype(np.int16)
    drawn = np.vstack([drawn, drawn[:100]])
    distinct = patterns(matrix_of(drawn, 2000))
    assert np.array_equal(distinct.matrix.votes, np.unique(drawn, axis=0))
    assert np.array_equal(distinct.matrix.votes[distinct.pattern_of], drawn)


@settings(max_examples=50, deadline=None)
@given(votes(), st.integers(0, 1000))
def test_some_rows_of_a_matrix_with_patterns_have_the_patterns_of_these_rows(drawn, seed):
    matrix = with_patterns(matrix_of(*drawn))
    rows = np.flatnonzero(np.random.default_rng(seed).random(len(matrix.votes)) < 0.5)
    chosen = rows_of(matrix, rows)
    afresh = patterns(matrix_of(drawn[0][rows], drawn[1]))
    assert chosen.known is patterns(chosen)
    assert np.array_equal(chosen.known.matrix.votes, afresh.matrix.votes)
    assert np.array_equal(chosen.known.counts, afresh.counts)
    assert np.array_equal(chosen.known.pattern_of, afresh.pattern_of)


def test_patterns_are_not_taken_for_those_of_other_votes():
    matrix = with_patterns(matrix_of(np.array([[0], [1], [1]], dtype=np.int8), 2))
    other = replace(matrix, votes=np.array([[0], [0], [0]], dtype=np.int8))
    assert patterns(other).counts.tolist() == [3]
    assert patterns(rows_of(other, np.array([0, 1]))).counts.tolist() == [2]


@settings(max_examples=50, deadline=None)
@given(votes())
def test_whether_a_row_has_a_vote_does_not_depend_on_whether_patterns_are_known(drawn):
    matrix = matrix_of(*drawn)
    assert np.array_equal(has_vote(matrix), (drawn[0] >= 0).any(axis=1))
    assert np.array_equal(has_vote(with_patterns(matrix)), has_vote(matrix))


def test_rows_with_other_options_are_other_patterns():
    matrix = LabelMatrix(np.zeros((3, 1), dtype=np.int8), ("s",), 4, one_each(3), n_options=np.array([2, 4, 2]))
    distinct = patterns(matrix)
    assert sorted(zip(distinct.matrix.n_options.tolist(), distinct.counts.tolist(), strict=True)) == [(2, 2), (4, 1)]


def test_votes_in_wider_integers_have_the_same_patterns():
    narrow = np.array([[0, -1, 3], [2, 2, 2], [0, -1, 3]], dtype=np.int8)
    wide = patterns(matrix_of(narrow.astype(np.int32), 4))
    assert np.array_equal(wide.matrix.votes[wide.pattern_of], narrow)
    assert len(wide.counts) == 2


def test_rows_that_hardly_repeat_are_left_as_they_are():
    drawn = np.random.default_rng(0).integers(-1, 3, size=(60_000, 30)).astype(np.int8)
    distinct = patterns(matrix_of(drawn, 3))
    assert distinct.matrix.votes is drawn
    assert distinct.counts.sum() == 60_000
    assert with_patterns(distinct.matrix).known is None


def test_one_hot_has_a_column_for_each_vote_of_each_source():
    hot = one_hot(matrix_of(np.array([[1, -1], [0, 2]], dtype=np.int8), 3)).toarray()
    assert hot.astype(int).tolist() == [[0, 1, 0, 0, 0, 0], [1, 0, 0, 0, 0, 1]]


@settings(max_examples=50, deadline=None)
@given(votes())
def test_counts_are_those_of_a_loop_over_rows(drawn):
    votes, n_classes = drawn
    counts = count_votes(matrix_of(votes, n_classes))
    expected = np.zeros_like(counts.together)
    for row in votes:
        cast = [source * n_classes + vote for source, vote in enumerate(row) if vote >= 0]
        expected[np.ix_(cast, cast)] += 1
    assert np.array_equal(counts.together, expected)


def test_counts_of_sixteen_shards_add_up_to_the_counts_of_the_whole():
    drawn = np.random.default_rng(1).integers(-1, 4, size=(1000, 5)).astype(np.int8)
    first, *others = [count_votes(matrix_of(shard, 4)) for shard in np.array_split(drawn, 16)]
    total = sum(others, first)
    whole = count_votes(matrix_of(drawn, 4))
    assert np.array_equal(total.together, whole.together)
    assert total.n_rows == whole.n_rows == 1000


def test_ten_thousand_equal_votes_do_not_overflow_small_integers():
    counts = count_votes(matrix_of(np.ones((10_000, 2), dtype=np.int8), 2))
    assert counts.together[1, 3] == 10_000


def test_rows_chosen_are_examples_of_their_own():
    chosen = rows_of(matrix_of(np.array([[0], [1], [-1]], dtype=np.int8), 2), np.array([2, 0]))
    assert chosen.votes.tolist() == [[-1], [0]]
    assert chosen.items.n_examples == 2


@pytest.mark.parametrize(("n_rows", "expected"), [(3, [0, 0, 2]), (6, [0, 0, 0, 0, 2, 2])])
def test_rows_of_elements_and_of_their_bits_belong_to_their_example(n_rows, expected):
    matrix = LabelMatrix(np.zeros((n_rows, 1), dtype=np.int8), ("s",), 2, from_lengths(np.array([2, 0, 1])))
    assert examples_of_rows(matrix).tolist() == expected


def test_a_sample_is_evenly_spaced_and_a_small_matrix_is_its_own():
    matrix = matrix_of(np.arange(100, dtype=np.int8)[:, None], 100)
    assert sample_of(matrix, 100) is matrix
    assert sample_of(matrix, 4).votes[:, 0].tolist() == [0, 33, 66, 99]


def soft_matrix():
    """A sure vote, one of 0.7 and 0.3, and an abstention, of a source whose other votes are hard."""
    items = one_each(3)
    soft = Labels(items, np.array([1, 0, -1]), np.array([[0, 1.0], [0.7, 0.3], [np.nan, np.nan]]))
    hard = Labels(items, np.array([0, 1, 1]))
    return label_matrix(Multiclass("intent", ("a", "b")), [soft, hard], sources=("s", "h"), items=items)


def test_a_soft_vote_is_spread_over_its_classes():
    hot = one_hot(soft_matrix()).toarray()
    assert np.allclose(hot, [[0, 1, 1, 0], [0.7, 0.3, 0, 1], [0, 0, 0, 1]])
    assert soft_matrix().votes.tolist() == [[1, 0], [0, 1], [-1, 1]]


def test_counts_of_soft_votes_are_products_of_their_parts():
    counts = count_votes(soft_matrix())
    assert np.allclose(counts.votes, [[0.7, 1.3], [1, 2]])
    assert np.allclose(counts.together[:2, 2:], [[0, 0.7], [1, 0.3]])
    assert counts.together[0, 1] == 0


def test_soft_votes_stay_with_their_rows():
    chosen = rows_of(soft_matrix(), np.array([1, 0]))
    assert np.allclose(one_hot(chosen).toarray()[0], [0.7, 0.3, 0, 1])
    assert patterns(soft_matrix()).counts.tolist() == [1, 1, 1]
    ordered, _ = in_order(soft_matrix(), np.array([2.0, 1.0, 0.0]))
    assert np.allclose(one_hot(ordered).toarray()[1], [0.7, 0.3, 0, 1])


@pytest.mark.parametrize("coverage", [0.05, 0.9])
def test_pairs_of_votes_are_counted_exactly_whether_many_are_cast_or_few(coverage):
    drawn, _ = draw_votes(np.full(12, 0.6), n_classes=3, n_rows=9000, coverage=coverage)
    cast = (drawn.votes[:, :, None] == np.arange(3)).reshape(len(drawn.votes), -1).astype(np.int64)
    assert np.array_equal(count_votes(drawn).together, cast.T @ cast)


def test_rows_that_ask_about_different_bits_are_different_patterns():
    matrix = replace(matrix_of(np.zeros((6, 2), dtype=np.int8), 2), bits=np.tile([0, 1, 2], 2))
    found = patterns(matrix)
    assert found.counts.tolist() == [2, 2, 2]
    assert found.matrix.bits[found.pattern_of].tolist() == matrix.bits.tolist()


def test_a_sample_has_its_share_of_every_bit():
    """Every tenth row would be of two bits of ten."""
    matrix = replace(matrix_of(np.zeros((1000, 2), dtype=np.int8), 2), bits=np.tile(np.arange(10), 100))
    assert np.bincount(sample_of(matrix, 200).bits, minlength=10).tolist() == [20] * 10
