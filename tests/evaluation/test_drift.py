import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, fisher_exact

from transom.data.column_statistics import categories_of, numbers_of
from transom.evaluation.drift import N_CELLS, category_cells, number_cells, p_none, p_same, stability_index

COUNTS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=2, max_size=6)


def cells(*counts):
    return np.array(counts, dtype=float)


def numbers(values):
    return numbers_of(pl.Series(np.asarray(values, dtype=float)))


@settings(max_examples=40)
@given(COUNTS)
def test_the_index_is_zero_for_equal_shares_and_else_positive_whichever_side_is_first(counts):
    before, today = np.array(counts, dtype=float).T
    assert stability_index(before, before) == 0
    assert stability_index(before, today) >= 0
    assert stability_index(before, today) == pytest.approx(stability_index(today, before))


@settings(max_examples=40)
@given(COUNTS, st.randoms())
def test_the_order_of_cells_does_not_matter(counts, draw):
    mixed = list(counts)
    draw.shuffle(mixed)
    one, other = (np.array(each, dtype=float).T for each in (counts, mixed))
    assert p_same(*one) == pytest.approx(p_same(*other))
    assert 0 <= p_same(*one) <= 1


@settings(max_examples=40)
@given(*[st.integers(0, 40)] * 4)
def test_two_cells_have_fishers_exact_test(a, b, c, d):
    expected = fisher_exact([[a, b], [c, d]]).pvalue if a + b and c + d else 1.0
    assert p_same(cells(a, b), cells(c, d)) == pytest.approx(expected)


def test_many_full_cells_have_the_chi_square_test():
    before, today = cells(30, 50, 20), cells(60, 70, 90)
    expected = chi2_contingency([before, today], correction=False).pvalue
    assert p_same(before, today) == pytest.approx(expected)


def test_rare_cells_are_merged_until_enough_is_to_be_expected():
    before, today = cells(100, 100, 3, 2, 1), cells(100, 100, 1, 1, 4)
    expected = chi2_contingency([[100, 100, 6], [100, 100, 6]], correction=False).pvalue
    assert p_same(before, today) == pytest.approx(expected)
    assert p_same(cells(1, 1, 1), cells(2, 0, 1)) == 1.0


def test_nothing_can_be_said_of_an_empty_side():
    assert p_same(cells(0, 0), cells(5, 5)) == 1.0
    assert p_none(0, 0, 3) == 1.0


def test_what_many_had_can_hardly_be_gone_by_chance():
    assert p_none(100, 100, 1) == 0.5
    assert p_none(100, 100, 20) < 1e-6


def test_numbers_stand_in_the_tenths_of_both_sides():
    before, today = number_cells(numbers(range(1000)), numbers(range(1000, 2000)))
    assert before == pytest.approx([200] * 5 + [0] * 5, abs=12)
    assert today == pytest.approx([0] * 5 + [200] * 5, abs=12)
    most, few = number_cells(numbers(range(100_000)), numbers(range(50_000, 50_100)))
    assert most == pytest.approx([10_000] * 10, rel=0.05)
    assert few.tolist() == pytest.approx([0] * 5 + [100] + [0] * 4, abs=2)


def test_a_value_that_is_most_of_a_column_has_a_cell_of_its_own():
    zeros = numbers([0.0] * 700 + list(range(1, 301)))
    before, today = number_cells(zeros, numbers([-1.0] * 500 + [0.0] * 500))
    assert before[:4] == pytest.approx([0, 0, 0, 700], abs=10)
    assert today[:4] == pytest.approx([0, 500, 0, 500], abs=11)  # a percentile is 10 rows


def test_a_constant_that_moves_is_seen_and_one_that_stays_is_not():
    before, today = number_cells(numbers([3.0] * 50), numbers([2.0] * 50))
    assert p_same(before, today) < 1e-9
    assert p_same(*number_cells(numbers([3.0] * 50), numbers([3.0] * 70))) == 1


@settings(max_examples=40)
@given(st.data())
def test_every_value_is_in_some_cell(data):
    values = st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=30)
    before, today = (numbers(data.draw(values)) for _ in range(2))
    for side, counts in zip((before, today), number_cells(before, today), strict=True):
        assert counts.sum() == pytest.approx(side.n)
        assert (counts > -1e-9).all()


def test_the_least_number_there_is_has_a_cell_too():
    least = np.finfo(float).min
    before, today = number_cells(numbers([0.0]), numbers([least]))
    assert (before.sum(), today.sum()) == (1, 1)
    assert (today > before).argmax() < (before > today).argmax()


def test_the_commonest_values_of_both_sides_have_cells_and_the_rest_shares_one():
    before = categories_of(pl.Series(["a"] * 5 + [f"x{number}" for number in range(200)]))
    today = categories_of(pl.Series(["b"] * 9))
    names, old, new = category_cells(before, today)
    assert names[:2] == ["b", "a"]
    assert len(names) == N_CELLS
    assert (old.sum(), new.sum(), old[-1]) == (205, 9, 102)
