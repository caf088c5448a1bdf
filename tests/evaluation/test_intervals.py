import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transom.evaluation.intervals import (
    MAX_GROUPS,
    Estimate,
    bootstrap,
    difference,
    effective,
    mean_of,
    ratio,
    sum_by_example,
    wilson,
)

ONES = np.ones(200, dtype=np.int64)


def mean(totals: np.ndarray) -> np.ndarray:
    return np.asarray(totals[..., 0] / totals[..., 1])


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [  # Newcombe (1998), Stat. Med. 17(8), table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_wilson_interval_is_that_of_newcombes_table(hits: int, n: int, low: float, high: float) -> None:
    interval = wilson(hits / n, n)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-5)


@given(hits=st.integers(0, 50), misses=st.integers(0, 50))
def test_a_wilson_interval_holds_its_share_and_has_a_width(hits: int, misses: int) -> None:
    n = max(1, hits + misses)
    interval = wilson(hits / n, n)
    assert 0 <= interval.low <= interval.value <= interval.high <= 1
    assert interval.low < interval.high


@given(st.integers(1, 100), st.integers(1, 20))
def test_more_trials_with_the_same_share_narrow_the_interval(n: int, factor: int) -> None:
    few, many = wilson(0.7, n), wilson(0.7, n * factor)
    assert many.high - many.low <= few.high - few.low


def test_one_trial_an_example_gives_the_plain_wilson_interval() -> None:
    hits = np.array([1, 1, 1, 0])
    assert ratio(hits, np.ones(4, int), np.ones(4, int)) == wilson(0.75, 4)
    assert ratio(np.array([1, 0]), np.array([1, 1]), np.array([3, 1])) == wilson(0.75, 4)


def test_copies_of_a_trial_within_an_example_add_no_certainty() -> None:
    hits = np.array([1, 1, 0, 1, 0, 1])
    ten_times = ratio(10 * hits, np.full(6, 10), np.ones(6, int))
    once = ratio(hits, np.ones(6, int), np.ones(6, int))
    assert ten_times == pytest.approx(once) or vars(ten_times) == pytest.approx(vars(once))


def test_examples_that_are_all_right_count_as_examples_and_not_as_trials() -> None:
    perfect = ratio(np.full(5, 20), np.full(5, 20), np.ones(5, int))
    assert perfect == wilson(1.0, 5)


def test_a_ratio_without_trials_is_not_defined() -> None:
    assert ratio(np.zeros(3, int), np.zeros(3, int), np.ones(3, int)) is None


def test_the_effective_number_of_trials_has_bounds() -> None:
    assert effective(0.5, 0.025, most=100, otherwise=3) == pytest.approx(10)
    assert effective(0.5, 0.00001, most=100, otherwise=3) == 100
    assert effective(1.0, 0.0, most=100, otherwise=3) == 3


@pytest.mark.parametrize(("correlation", "half"), [(0.0, 0.1 / np.sqrt(2)), (1.0, 0.1), (-1.0, 0.0)])
def test_a_mean_is_as_certain_as_its_parts_are_independent(correlation: float, half: float) -> None:
    part = Estimate(0.5, 0.4, 0.6)
    covariance = 0.0025 * np.array([[1, correlation], [correlation, 1]])
    both = mean_of([part, part], covariance)
    assert (both.value, both.low, both.high) == pytest.approx((0.5, 0.5 - half, 0.5 + half))


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=5))
def test_a_mean_of_parts_holds_its_value_and_stays_in_bounds(limits: list[tuple[float, float, float]]) -> None:
    parts = [Estimate(value, low, high) for low, value, high in map(sorted, limits)]
    combined = mean_of(parts, np.eye(len(parts)))
    assert 0 <= combined.low <= combined.value <= combined.high <= 1


def test_the_difference_of_shares_is_that_of_newcombes_table() -> None:
    # Newcombe (1998), Stat. Med. 17(8), 873-890, table II, method 10: 56/70 - 48/80
    ours, theirs = wilson(56 / 70, 70), wilson(48 / 80, 80)
    change = difference(ours, theirs)
    assert (change.value, change.low, change.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


@given(st.integers(0, 30), st.integers(0, 30))
def test_a_difference_turned_round_has_its_limits_turned_round(ours: int, theirs: int) -> None:
    there, back = (difference(wilson(a / 30, 30), wilson(b / 30, 30)) for a, b in ((ours, theirs), (theirs, ours)))
    assert (there.value, there.low, there.high) == pytest.approx((-back.value, -back.high, -back.low))
    assert -1 <= there.low <= there.value <= there.high <= 1


def test_a_bootstrap_of_a_mean_is_as_wide_as_theory_says() -> None:
    values = np.random.default_rng(3).normal(size=400)
    interval = bootstrap(np.stack([values, np.ones(400)], axis=1), mean)
    theory = 2 * 1.96 * values.std() / np.sqrt(400)
    # 200 groups give the variance within 5 % (one sigma) and 1,000 draws its quantiles within 3 %: 20 % is 3 sigma.
    assert interval.high - interval.low == pytest.approx(theory, rel=0.2)
    assert interval.value == pytest.approx(values.mean())


def test_bootstrap_intervals_hold_the_truth_in_most_samples() -> None:
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(300):
        sums = np.stack([rng.exponential(size=50), np.ones(50)], axis=1)
        interval = bootstrap(sums, mean)
        held += interval.low <= 1.0 <= interval.high
    # Percentile intervals of 50 skewed values cover about 93 %; the binomial sd of 300 trials is 1.5 %.
    assert 0.88 <= held / 300 <= 0.98


@given(st.permutations(range(12)))
def test_the_order_of_examples_does_not_matter_to_a_bootstrap(order: list[int]) -> None:
    sums = np.stack([np.arange(12.0) ** 2, np.ones(12)], axis=1)
    assert vars(bootstrap(sums[order], mean)) == pytest.approx(vars(bootstrap(sums, mean)))


def test_the_order_does_not_matter_where_examples_are_merged_either() -> None:
    rng = np.random.default_rng(1)
    sums = np.stack([rng.normal(size=3 * MAX_GROUPS + 7), np.ones(3 * MAX_GROUPS + 7)], axis=1)
    assert vars(bootstrap(sums[::-1], mean)) == pytest.approx(vars(bootstrap(sums, mean)))


def test_the_same_seed_gives_the_same_interval() -> None:
    sums = np.stack([np.arange(30.0), np.ones(30)], axis=1)
    assert bootstrap(sums, mean, seed=4) == bootstrap(sums, mean, seed=4)
    assert bootstrap(sums, mean, seed=4) != bootstrap(sums, mean, seed=5)


def test_items_are_summed_by_example_and_empty_examples_have_no_row() -> None:
    values = np.array([[1, 10], [2, 20], [3, 30], [4, 40]])
    assert sum_by_example(values, np.array([0, 0, 2, 5])).tolist() == [[3, 30], [3, 30], [4, 40]]
    assert sum_by_example(values[:0], np.zeros(0, int)).shape == (0, 2)
