"""What near rows say where a source abstains: enough of them must be near, and agree."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import strategies
from transom.supervision.near_votes import NEVER, shared, with_near_votes
from transom.supervision.nearest import Neighbours


def neighbours(rows, similarities):
    return Neighbours(np.array(rows), np.array(similarities, dtype=np.float32))


def extended(votes, near, *, alone=0.0, beside=0.0):
    """The last row's votes, its neighbours being the others."""
    votes = np.array(votes, dtype=np.int8)
    limits = shared(alone, beside, votes.shape[1])
    return with_near_votes(votes, np.array([len(votes) - 1]), near, limits)[0].tolist()


def test_a_row_without_votes_takes_over_what_near_rows_say():
    assert extended([[1], [0], [1], [-1]], neighbours([[0, 1, 2]], [[0.9, 0.8, 0.7]])) == [1]


def test_the_nearer_a_row_the_more_it_says():
    assert extended([[1], [0], [0], [-1]], neighbours([[0, 1, 2]], [[0.9, 0.3, 0.3]])) == [1]


def test_only_rows_nearer_than_the_threshold_count():
    votes, near = [[1], [0], [0], [-1]], neighbours([[0, 1, 2]], [[0.875, 0.75, 0.75]])
    assert extended(votes, near, alone=0.5) == [0]
    assert extended(votes, near, alone=0.75) == [1]
    assert extended(votes, near, alone=0.875) == [-1]


def test_near_rows_on_which_the_source_abstains_count_against_it():
    silent = [[-1]] * 4
    near = neighbours([[0, 1, 2, 3, 4]], [[0.9] * 5])
    assert extended([[1], *silent, [-1]], near) == [-1]
    assert extended([[1], *silent[1:], [-1]], neighbours([[0, 1, 2, 3]], [[0.9] * 4])) == [1]


def test_beside_other_votes_half_of_the_near_weight_must_agree():
    votes = [[1, -1], [-1, -1], [-1, -1], [-1, 0]]
    near = neighbours([[0, 1, 2]], [[0.9, 0.8, 0.8]])
    assert extended(votes, near) == [-1, 0]
    assert extended([[1, -1], [1, -1], [-1, -1], [-1, 0]], near) == [1, 0]


def test_of_equal_votes_that_of_the_nearest_counts():
    assert extended([[2], [1], [-1]], neighbours([[0, 1]], [[0.5, 0.5]])) == [2]


def test_missing_neighbours_and_opposite_ones_say_nothing():
    assert extended([[1], [1], [-1]], neighbours([[0, -1]], [[-0.5, -1.0]]), alone=-1.0) == [-1]


@given(strategies.votes(max_rows=8), st.integers(0, 10_000))
@settings(max_examples=50)
def test_votes_stay_and_added_ones_are_what_some_near_row_says(drawn, seed):
    votes, _ = drawn
    random = np.random.default_rng(seed)
    rows = np.arange(len(votes))
    near_rows = random.integers(-1, max(len(votes), 1), (len(votes), 3)) if len(votes) else np.zeros((0, 3), int)
    similarities = np.where(near_rows >= 0, -np.sort(-random.random(near_rows.shape), axis=1), -1)
    near = neighbours(near_rows, similarities)
    found = with_near_votes(votes, rows, near, shared(0.2, 0.4, votes.shape[1]))
    assert np.array_equal(found[votes >= 0], votes[votes >= 0])
    for row, source in zip(*np.nonzero((found >= 0) & (votes < 0)), strict=True):
        said = [other for other in near.rows[row] if other >= 0]
        assert found[row, source] in votes[said, source]


@pytest.mark.parametrize("limit", [NEVER, 1.5])
def test_a_threshold_of_1_or_above_adds_nothing(limit):
    assert extended([[1], [1], [-1]], neighbours([[0, 1]], [[1.0, 1.0]]), alone=limit, beside=limit) == [-1]


def test_blocks_of_rows_do_not_differ_from_single_ones():
    votes = np.array([[1], [0], *[[-1]] * 40_000], dtype=np.int8)
    rows = np.arange(2, len(votes))
    near = neighbours(np.column_stack([rows % 2, 1 - rows % 2]), np.tile([[0.9, 0.4]], (len(rows), 1)))
    assert np.array_equal(with_near_votes(votes, rows, near, shared(0.1, 0.1, 1))[:, 0], 1 - rows % 2)
