"""Patterns and counts are exact, and counts add up."""

import numpy as np
import pytest
from hypothesis import given, settings

from strategies import votes
from transom.data.items import from_lengths, one_each
from transom.supervision import statistics
from transom.supervision.matrix import LabelMatrix
from transom.supervision.statistics import count_votes, examples_of_rows, one_hot, patterns, rows_of, sample_of
from transom.testing.label_models import matrix_of


@settings(max_examples=50, deadline=None)
@given(votes())
def test_patterns_are_the_distinct_rows_with_their_counts(drawn):
    distinct = patterns(matrix_of(*drawn))
    expected, counts = np.unique(drawn[0], axis=0, return_counts=True)
    order = np.lexsort(distinct.matrix.votes.T[::-1])
    assert np.array_equal(distinct.matrix.votes[order], expected)
    assert np.array_equal(distinct.counts[order], counts)
    assert np.array_equal(distinct.matrix.votes[distinct.pattern_of], drawn[0])


def test_rows_that_share_a_hash_stay_apart(monkeypatch):
    monkeypatch.setattr(statistics, "_hashes", lambda words: np.zeros(len(words), dtype=np.uint64))
    distinct = patterns(matrix_of(np.array([[0, 1], [1, 0], [0, 1]], dtype=np.int8), 2))
    assert sorted(distinct.counts.tolist()) == [1, 2]


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
