"""Rows of weighted features."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from transom.data.features.bags import Bags, bags_of, side_by_side, spread, stacked


def bags(*rows):
    """Bags from one dict {id: weight} a row."""
    return Bags(
        np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64),
        np.array([i for row in rows for i in row], np.int32),
        np.array([w for row in rows for w in row.values()], np.float32),
    )


def as_rows(found):
    bounds = zip(found.offsets[:-1], found.offsets[1:], strict=True)
    return [dict(zip(found.ids[a:b].tolist(), found.weights[a:b].tolist(), strict=True)) for a, b in bounds]


def test_rows_are_taken_in_the_order_asked_for():
    found = bags({1: 1.0}, {}, {2: 0.5, 3: 2.0}).take(np.array([2, 0, 1, 2]))
    assert as_rows(found) == [{2: 0.5, 3: 2.0}, {1: 1.0}, {}, {2: 0.5, 3: 2.0}]


def test_taking_no_row_gives_no_row():
    assert bags({1: 1.0}).take(np.zeros(0, np.int64)).n_rows == 0


def test_entries_are_sorted_by_row_and_keep_their_order_within_one():
    found = bags_of(np.array([1, 0, 1]), np.array([5, 6, 4]), np.array([1.0, 2.0, 3.0]), 3)
    assert as_rows(found) == [{6: 2.0}, {5: 1.0, 4: 3.0}, {}]
    assert found.ids.tolist() == [6, 5, 4]


def test_parts_side_by_side_have_ids_of_their_own():
    found = side_by_side([bags({0: 1.0}, {}), bags({0: 2.0}, {1: 3.0})], [4, 2])
    assert as_rows(found) == [{0: 1.0, 4: 2.0}, {5: 3.0}]


@given(
    st.integers(1, 4).flatmap(
        lambda n_rows: st.lists(
            st.lists(
                st.dictionaries(st.integers(0, 4), st.sampled_from([0.5, 1.0]), max_size=3),
                min_size=n_rows,
                max_size=n_rows,
            ),
            min_size=1,
            max_size=3,
        )
    )
)
def test_rows_side_by_side_have_the_entries_of_each_part_in_turn(parts):
    found = side_by_side([bags(*part) for part in parts], [5] * len(parts))
    expected = [
        [(5 * number + i, weight) for number, row in enumerate(rows) for i, weight in row.items()]
        for rows in zip(*parts, strict=True)
    ]
    assert [list(row.items()) for row in as_rows(found)] == expected
    assert (found.ids.dtype, found.weights.dtype) == (np.int32, np.float32)


def test_stacked_bags_follow_each_other():
    assert as_rows(stacked([bags({1: 1.0}, {}), bags({2: 0.5, 0: 2.0})])) == [{1: 1.0}, {}, {2: 0.5, 0: 2.0}]


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 5)), max_size=10))
def test_spread_counts_on_from_every_start(rows):
    starts, lengths = (np.array(column, np.int64) for column in (zip(*rows, strict=True) if rows else ([], [])))
    assert spread(starts, lengths).tolist() == [start + i for start, length in rows for i in range(length)]
