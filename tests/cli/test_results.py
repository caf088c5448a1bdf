import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transom.cli.results import best_stage, gain, results_of, subsets_of
from transom.evaluation.report import Row


def row(stage: str, value: float, tag: str = "*", metric: str = "accuracy", n: int = 99, margin: float = 0.05) -> Row:
    return Row(stage, "label", "test", tag, metric, value, value - margin, value + margin, n)


def of(*rows: Row):
    return results_of(rows, "label", "test")


def test_stages_come_before_baselines_and_the_best_baseline_comes_first() -> None:
    results = of(
        row("baseline:best_source", 0.6), row("majority", 0.7), row("baseline:linear", 0.8), row("model", 0.75)
    )
    assert results.stages == ("model", "majority", "baseline:linear", "baseline:best_source")
    assert results.baselines == ("baseline:linear", "baseline:best_source")
    assert best_stage(results) == "baseline:linear"


def test_of_errors_the_smallest_is_best() -> None:
    results = of(row("model", 2.0, metric="mae"), row("majority", 1.0, metric="mae"))
    assert best_stage(results) == "majority"


def test_only_rows_of_the_task_and_split_count() -> None:
    other = Row("model", "topics", "test", "*", "micro_f1", 0.5, 0.4, 0.6, 9)
    dev = Row("model", "label", "dev", "*", "accuracy", 0.1, 0.0, 0.2, 9)
    assert of(other, row("model", 0.9), dev).row("model") == row("model", 0.9)


def test_the_first_metric_stands_for_the_task() -> None:
    results = of(row("model", 0.1, metric="ece"), row("model", 0.9), row("model", 0.8, metric="f1:SPAM"))
    assert results.metrics == ("accuracy", "ece")
    assert results.row("model", metric="f1:SPAM") == row("model", 0.8, metric="f1:SPAM")
    assert results.row("majority") is None


def test_the_worst_subset_comes_first_and_small_ones_last() -> None:
    results = of(
        row("model", 0.9, n=100),
        row("model", 0.95, "good"),
        row("model", 0.1, "few", n=29),
        row("model", 0.7, "slice:bad"),
    )
    found = subsets_of(results)
    assert [subset.row.tag for subset in found] == ["slice:bad", "good", "few"]
    assert [subset.drop for subset in found] == pytest.approx([0.2, -0.05, 0.8])
    assert [subset.is_surely_worse for subset in found] == [True, False, True]
    assert [subset.is_small for subset in found] == [False, False, True]


def test_a_larger_error_is_a_drop() -> None:
    (subset,) = subsets_of(of(row("model", 1.0, metric="mae", n=100), row("model", 1.5, "bad", metric="mae")))
    assert (subset.delta, subset.drop, subset.is_surely_worse) == (0.5, 0.5, True)


def test_without_a_whole_there_is_nothing_to_compare_with() -> None:
    assert subsets_of(of(row("model", 0.5, "x"))) == []


@pytest.mark.parametrize(
    ("metric", "ours", "theirs", "is_better"),
    [
        ("accuracy", 0.9, 0.7, True),
        ("accuracy", 0.7, 0.9, False),
        ("accuracy", 0.9, 0.88, None),
        ("mae", 0.7, 0.9, True),
        ("mae", 0.9, 0.7, False),
    ],
)
def test_a_gain_is_sure_where_its_interval_leaves_zero_out(metric, ours, theirs, is_better) -> None:
    change, verdict = gain(row("model", ours, metric=metric), row("majority", theirs, metric=metric))
    assert change.value == pytest.approx(ours - theirs)
    assert change.high - change.low == pytest.approx(2 * 0.05 * 2**0.5)
    assert verdict is is_better


def test_many_tokens_of_few_texts_are_too_little_to_judge_by() -> None:
    whole = row("model", 0.9, metric="entity_f1", n=3822)
    of_one_span = Row("model", "label", "test", "customer:66", "entity_f1", 0.0, 0.0, 0.88, 47)
    of_many = Row("model", "label", "test", "vip", "entity_f1", 0.2, 0.1, 0.45, 858)
    found = subsets_of(of(whole, of_one_span, of_many))
    assert [(each.row.tag, each.is_small) for each in found] == [("vip", False), ("customer:66", True)]


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 60)), max_size=6))
def test_every_subset_is_kept(measured: list[tuple[float, int]]) -> None:
    rows = [row("model", value, f"tag{i}", n=n) for i, (value, n) in enumerate(measured)]
    assert {subset.row for subset in subsets_of(of(row("model", 0.5, n=100), *rows))} == set(rows)


def test_a_tag_that_every_example_has_is_no_part() -> None:
    assert subsets_of(of(row("model", 0.5), row("model", 0.5, "everyone"))) == []


def test_without_an_interval_nothing_is_sure():
    whole, other = row("model", 0.9), row("majority", 0.1)
    assert gain(whole, other)[1] is True
    for unknown in (replace(whole, low=None, high=None), other):
        change, is_better = gain(unknown, replace(other, low=None, high=None))
        assert (change.low, change.high, is_better) == (-math.inf, math.inf, None)
    part = replace(row("model", 0.1, tag="rare", n=50), low=None, high=None)
    (subset,) = subsets_of(of(whole, part))
    assert (subset.is_surely_worse, subset.is_small) == (False, True)
