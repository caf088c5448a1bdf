"""Numbers as bags."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from transom.data.features.numbers import (
    FIRST_BIN,
    FURTHEST,
    MISSING,
    RARE,
    VALUE,
    NumberReading,
    encode_numbers,
    fit_numbers,
)

numbers = st.lists(
    st.one_of(st.none(), st.floats(-1e9, 1e9), st.floats(allow_nan=False, allow_infinity=False)),
    min_size=1,
    max_size=20,
)


def row(bags, place=0):
    one = bags.take(np.array([place]))
    return dict(zip(one.ids.tolist(), one.weights.tolist(), strict=True))


@example([1.7e308, -1.7e308])
@example([*[0.0] * 8, 1.7e308])
@example([5e-324, -1.7e308, 1.0])
@given(numbers)
def test_weights_are_shares_of_bins_beside_a_bounded_value(values):
    spec = fit_numbers(NumberReading(8), values)
    bags = encode_numbers(spec, values)
    shares = bags.weights[bags.ids >= FIRST_BIN]
    assert ((shares >= 0) & (shares <= 1)).all()
    assert (np.abs(bags.weights) <= FURTHEST).all()
    assert (bags.ids < spec.n_features).all()


@example(values=[0.0, 1.1125369292536007e-308], one=0.0, other=1.0)
@given(
    values=st.lists(st.floats(-100, 100), min_size=2, max_size=20), one=st.floats(-200, 200), other=st.floats(-200, 200)
)
def test_a_larger_number_fills_no_fewer_bins(values, one, other):
    spec = fit_numbers(NumberReading(8), values)
    low, high = encode_numbers(spec, [min(one, other)]), encode_numbers(spec, [max(one, other)])
    filled = [bags.weights[bags.ids >= FIRST_BIN].sum() for bags in (low, high)]
    assert filled[0] <= filled[1] + 1e-5


some_often = st.builds(
    lambda values, times: [float(value) for value in values for _ in range(times.get(value, 1))],
    st.lists(st.integers(-30, 30), min_size=1, max_size=60),
    st.dictionaries(st.integers(-30, 30), st.integers(2, 90), max_size=4),
)


@given(some_often, st.integers(1, 12))
def test_bins_reach_from_the_least_to_the_largest_number_and_are_at_most_thrice_as_many_as_asked_for(values, bins):
    edges = fit_numbers(NumberReading(bins), values).edges
    assert (edges[0], edges[-1]) == (min(values), max(values))
    assert (np.diff(edges) > 0).all()
    assert len(edges) - 1 <= 3 * bins


@given(some_often, st.integers(1, 12))
def test_a_value_that_would_fill_two_bins_stands_between_the_values_next_to_it(values, bins):
    edges = fit_numbers(NumberReading(bins), values).edges
    different = sorted(set(values))
    for place, value in enumerate(different):
        if values.count(value) > max(2 * len(values) / bins, RARE):
            assert set(different[max(place - 1, 0) : place + 2]) <= set(edges)


def test_what_is_not_frequent_is_cut_into_equal_shares():
    spec = fit_numbers(NumberReading(5), [0.0] * 900 + [float(value) for value in range(1, 102)])
    assert spec.edges.tolist() == [0.0, 1.0, 26.0, 51.0, 76.0, 101.0]


def test_a_value_that_is_frequent_among_the_rest_alone_is_set_apart_too():
    spec = fit_numbers(NumberReading(5), [0.0] * 900 + [50.0] * 150 + [float(value) for value in range(1, 102)])
    assert {0.0, 1.0, 49.0, 50.0, 51.0} <= set(spec.edges.tolist())


def test_bins_below_a_number_are_full_and_its_own_is_partly():
    spec = fit_numbers(NumberReading(4), [0.0, 1.0, 2.0, 3.0, 4.0])
    assert row(encode_numbers(spec, [2.5])) == pytest.approx(
        {VALUE: 0.5 / (2 / 1.349), FIRST_BIN: 1.0, FIRST_BIN + 1: 1.0, FIRST_BIN + 2: 0.5}
    )


def test_what_lies_beyond_the_last_bin_is_still_told_apart():
    spec = fit_numbers(NumberReading(4), [0.0, 1.0, 2.0, 3.0, 4.0])
    bags = encode_numbers(spec, [5.0, 6.0])
    assert row(bags, 0)[VALUE] < row(bags, 1)[VALUE]


def test_a_missing_number_is_the_median_and_flagged():
    spec = fit_numbers(NumberReading(2), [1.0, 2.0, 3.0])
    bags = encode_numbers(spec, [None, 2.0, float("nan")])
    assert row(bags, 0) == row(bags, 1) | {MISSING: 1.0} == row(bags, 2)


def test_a_number_that_never_differs_has_no_bins():
    spec = fit_numbers(NumberReading(8), [7.0, 7.0, None])
    assert spec.n_features == FIRST_BIN
    assert row(encode_numbers(spec, [7.0])) == {}


def test_nothing_is_learned_from_missing_numbers():
    spec = fit_numbers(NumberReading(8), [None, None])
    assert (spec.median, spec.scale, spec.n_features) == (0.0, 1.0, FIRST_BIN)


def test_a_mostly_constant_number_is_scaled_by_its_standard_deviation():
    values = [0.0] * 9 + [10.0]
    assert fit_numbers(NumberReading(8), values).scale == pytest.approx(np.std(values))
