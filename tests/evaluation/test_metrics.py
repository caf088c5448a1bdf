from dataclasses import dataclass
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score, roc_auc_score

from transom.data.items import Items, from_lengths, one_each
from transom.data.labels import Labels
from transom.data.predictions import Predictions
from transom.evaluation.intervals import wilson
from transom.evaluation.metric_names import metric_names
from transom.evaluation.metrics import Measure, metrics_for, rows_of
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans, Task

SPAM = Multiclass("label", ("HAM", "SPAM"))
NAMES = Spans("names", ("PER", "LOC"))


def measured(task: Task, gold: Labels, predictions: Predictions, keep: np.ndarray | None = None) -> dict[str, Measure]:
    keep = np.ones(len(gold.values), bool) if keep is None else keep
    return {measure.metric: measure for measure in metrics_for(task, gold, predictions, keep)}


def classes(gold: list[int], predicted: list[int], covered: list[bool] | None = None, k: int = 2) -> tuple:
    """Gold and certain predictions of a class task with one item an example."""
    items = one_each(len(gold))
    labels = np.array(predicted, dtype=np.int32)
    is_covered = None if covered is None else np.array(covered)
    return Labels(items, np.array(gold, dtype=np.int32)), Predictions(items, np.eye(k)[labels], labels, is_covered)


def tagged(lengths: list[int], gold: list[int], predicted: list[int]) -> tuple[Labels, Predictions]:
    items = from_lengths(np.array(lengths))
    return (
        Labels(items, np.array(gold, dtype=np.int32)),
        Predictions(items, np.zeros((len(gold), 5)), np.array(predicted, dtype=np.int32)),
    )


def test_a_class_task_has_these_metrics_in_this_order() -> None:
    assert tuple(measured(SPAM, *classes([0, 1, 1, 0], [0, 1, 0, 0]))) == metric_names(SPAM)
    assert list(metric_names(SPAM)) == [
        "accuracy",
        "accuracy_covered",
        "macro_f1",
        "f1:HAM",
        "f1:SPAM",
        "roc_auc",
        "coverage",
        "ece",
    ]


def test_accuracy_counts_every_item_and_has_wilsons_interval() -> None:
    accuracy = measured(SPAM, *classes([0, 1, 1, 0], [0, 1, 0, 0]))["accuracy"]
    expected = wilson(0.75, 4)
    assert accuracy == Measure("accuracy", expected.value, expected.low, expected.high, 4)


def test_items_without_a_vote_count_in_accuracy_and_not_in_accuracy_covered() -> None:
    found = measured(SPAM, *classes([0, 1, 1, 0], [0, 1, 0, 1], covered=[True, True, False, False]))
    assert (found["accuracy"].value, found["accuracy"].n) == (0.5, 4)
    assert (found["accuracy_covered"].value, found["accuracy_covered"].n) == (1.0, 2)
    assert (found["coverage"].value, found["coverage"].n) == (0.5, 4)


def test_a_stage_that_covers_nothing_has_no_covered_accuracy() -> None:
    found = measured(SPAM, *classes([0, 1], [0, 1], covered=[False, False]))
    assert found["coverage"].value == 0.0
    assert "accuracy_covered" not in found


def test_items_without_gold_are_not_measured() -> None:
    found = measured(SPAM, *classes([0, 1, -1, -1], [0, 1, 0, 1]))
    assert found["accuracy"].value == 1.0
    assert {measure.n for measure in found.values()} == {2}


def test_only_kept_rows_are_measured() -> None:
    gold, predictions = classes([0, 1, 1, 0], [0, 1, 0, 0])
    found = measured(SPAM, gold, predictions, np.array([True, True, False, False]))
    assert (found["accuracy"].value, found["accuracy"].n) == (1.0, 2)


def test_a_class_that_gold_never_has_has_no_f1_and_no_part_in_the_macro_average() -> None:
    task = Multiclass("label", ("a", "b", "c"))
    found = measured(task, *classes([0, 0, 1, 1], [0, 2, 1, 1], k=3))
    assert "f1:c" not in found
    assert found["macro_f1"].value == pytest.approx((found["f1:a"].value + found["f1:b"].value) / 2)


def test_gold_of_one_class_has_no_area_under_the_curve() -> None:
    assert "roc_auc" not in measured(SPAM, *classes([1, 1], [1, 0]))


def test_the_area_is_that_of_the_second_class() -> None:
    items = one_each(5)
    second = np.array([0.1, 0.9, 0.4, 0.6, 0.5])
    gold = np.array([0, 1, 1, 0, 0], dtype=np.int32)
    predictions = Predictions(items, np.stack([1 - second, second], axis=1), (second > 0.5).astype(np.int32))
    assert measured(SPAM, Labels(items, gold), predictions)["roc_auc"].value == pytest.approx(
        roc_auc_score(gold, second)
    )


def test_tokens_of_a_sentence_widen_the_interval_of_accuracy() -> None:
    rng = np.random.default_rng(0)
    gold, predictions = classes([1] * 200, np.repeat(rng.integers(0, 2, 20), 10).tolist())
    sentences = from_lengths(np.full(20, 10))
    apart = measured(SPAM, gold, predictions)["accuracy"]
    together = measured(
        SPAM, Labels(sentences, gold.values), Predictions(sentences, *list(vars(predictions).values())[1:])
    )
    assert together["accuracy"].value == apart.value
    assert together["accuracy"].high - together["accuracy"].low > 2.5 * (apart.high - apart.low)


def test_bits_are_pooled_for_micro_and_averaged_for_macro_f1() -> None:
    items = one_each(3)
    gold = np.array([[1, 0, 0], [1, 1, 0], [0, 0, 0]], dtype=np.int8)
    predicted = np.array([[1, 0, 1], [0, 1, 0], [0, 0, 0]], dtype=np.int8)
    task = Bitvector("topics", ("a", "b", "c"))
    found = measured(task, Labels(items, gold), Predictions(items, predicted.astype(float), predicted))
    assert tuple(found) == metric_names(task)
    assert found["micro_f1"].value == pytest.approx(2 / 3)
    assert found["macro_f1"].value == pytest.approx((2 / 3 + 1) / 2)
    assert found["macro_f1"].n == 3


def test_a_bit_without_gold_is_not_measured() -> None:
    items = one_each(2)
    gold = np.array([[1, -1], [-1, -1]], dtype=np.int8)
    predicted = np.array([[1, 1], [1, 1]], dtype=np.int8)
    found = measured(Bitvector("t", ("a", "b")), Labels(items, gold), Predictions(items, predicted * 1.0, predicted))
    assert (found["micro_f1"].value, found["micro_f1"].n) == (1.0, 1)


def test_an_entity_counts_where_span_and_class_are_exact() -> None:
    gold = [1, 2, 0, 3, 0, 1, 0]  # PER at 0-2, LOC at 3-4; PER at 5-6 in the second sentence
    predicted = [1, 2, 0, 1, 0, 1, 2]  # right; wrong class; wrong end
    found = measured(NAMES, *tagged([5, 2], gold, predicted))
    assert tuple(found) == metric_names(NAMES)
    assert [found[metric].value for metric in ("entity_precision", "entity_recall", "entity_f1")] == pytest.approx(
        [1 / 3, 1 / 3, 1 / 3]
    )
    assert found["entity_f1"].n == 7


def test_sentences_without_gold_are_not_searched_for_entities() -> None:
    found = measured(NAMES, *tagged([2, 2], [1, 0, -1, -1], [1, 0, 1, 3]))
    assert (found["entity_precision"].value, found["entity_f1"].n) == (1.0, 2)


def test_tokens_between_the_spans_of_a_gold_sentence_are_outside() -> None:
    found = measured(NAMES, *tagged([3], [1, -1, -1], [1, 0, 3]))
    assert (found["entity_precision"].value, found["entity_recall"].value) == (0.5, 1.0)


def test_gold_beyond_what_the_model_sees_is_missed() -> None:
    found = measured(NAMES, *tagged([4], [1, 0, 0, 3], [1, 0, 0, 0]))
    assert (found["entity_precision"].value, found["entity_recall"].value) == (1.0, 0.5)


def test_a_slice_without_entities_has_no_recall() -> None:
    assert list(measured(NAMES, *tagged([2], [0, 0], [0, 0]))) == []
    assert list(measured(NAMES, *tagged([2], [0, 0], [1, 0]))) == ["entity_f1", "entity_precision"]


def test_the_right_member_counts_and_none_of_them_is_an_answer() -> None:
    members = from_lengths(np.array([3, 2, 0, 4]))
    gold = Labels(members, np.array([1, 2, 0, -1], dtype=np.int32))  # the second and third: none of them
    predictions = Predictions(members, np.zeros(9), np.array([1, 0, 0, 3], dtype=np.int32))
    accuracy = measured(Select("arg"), gold, predictions)["accuracy"]
    assert (accuracy.value, accuracy.n) == (pytest.approx(2 / 3), 3)


def test_errors_of_numbers_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    gold, predicted = rng.normal(size=(2, 60))
    found = measured(Regression("score"), Labels(one_each(60), gold), Predictions(one_each(60), predicted, predicted))
    assert tuple(found) == metric_names(Regression("score"))
    assert found["mae"].value == pytest.approx(mean_absolute_error(gold, predicted))
    assert found["rmse"].value == pytest.approx(np.sqrt(mean_squared_error(gold, predicted)))
    assert found["r2"].value == pytest.approx(r2_score(gold, predicted))
    assert all(measure.low < measure.value < measure.high for measure in found.values())


def test_numbers_that_are_not_answered_are_left_out() -> None:
    gold, said = np.array([1.0, 2.0, 4.0]), np.array([1.5, np.nan, 4.5])
    found = measured(
        Regression("score"), Labels(one_each(3), gold), Predictions(one_each(3), np.nan_to_num(said), said)
    )
    assert (found["mae"].value, found["mae"].n) == (0.5, 2)


def test_numbers_that_are_all_equal_have_no_r2() -> None:
    gold = Labels(one_each(3), np.array([2.0, 2.0, np.nan]))
    found = measured(Regression("score"), gold, Predictions(one_each(3), np.zeros(3), np.array([1.0, 3.0, 9.0])))
    assert list(found) == ["mae", "rmse"]
    assert (found["mae"].value, found["mae"].n) == (1.0, 2)


def test_numbers_whose_squares_are_all_0_have_no_r2() -> None:
    gold = Labels(one_each(2), np.array([1e-300, 3e-300]))
    found = measured(Regression("score"), gold, Predictions(one_each(2), np.zeros(2), np.zeros(2)))
    assert list(found) == ["mae", "rmse"]


@pytest.mark.parametrize(
    ("task", "values", "labels"),
    [
        (SPAM, np.full(2, -1, np.int32), np.zeros(2, np.int32)),
        (Bitvector("t", ("a", "b")), np.full((2, 2), -1, np.int8), np.zeros((2, 2), np.int8)),
        (NAMES, np.full(2, -1, np.int32), np.ones(2, np.int32)),
        (Select("arg"), np.full(2, -1, np.int32), np.zeros(2, np.int32)),
        (Regression("score"), np.full(2, np.nan), np.zeros(2)),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, np.ndarray) else "",
)
def test_without_gold_nothing_is_measured(task: Task, values: np.ndarray, labels: np.ndarray) -> None:
    predictions = Predictions(one_each(2), np.zeros((2, 2)), labels)
    assert metrics_for(task, Labels(one_each(2), values), predictions, np.ones(2, bool)) == []


def test_rows_of_a_select_task_are_its_examples_and_of_others_their_items() -> None:
    items = from_lengths(np.array([3, 2]))
    assert rows_of(Select("arg"), items, np.array([False, True])).tolist() == [False, True]
    assert rows_of(NAMES, items, np.array([False, True])).tolist() == [False, False, False, True, True]


def test_every_type_of_task_is_measured() -> None:
    registered = set(metrics_for.registry) - {object}
    assert registered == set(get_args(Task))


@dataclass(frozen=True)
class Sample:
    """Items of a class task with three classes, in examples of any length."""

    items: Items
    gold: np.ndarray
    probabilities: np.ndarray

    def measured(self) -> dict[str, Measure]:
        labels = self.probabilities.argmax(axis=1).astype(np.int32)
        predictions = Predictions(self.items, self.probabilities, labels)
        return measured(Multiclass("t", ("a", "b", "c")), Labels(self.items, self.gold), predictions)


@st.composite
def samples(draw: st.DrawFn) -> Sample:
    lengths = draw(st.lists(st.integers(0, 4), min_size=1, max_size=12))
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    n = sum(lengths)
    return Sample(
        from_lengths(np.array(lengths)), rng.integers(-1, 3, n).astype(np.int32), rng.dirichlet(np.ones(3), n)
    )


@given(samples())
@settings(max_examples=50)
def test_every_share_and_its_interval_lie_between_0_and_1(sample: Sample) -> None:
    for measure in sample.measured().values():
        low, high = (0, 1) if measure.low is None else (measure.low, measure.high)
        assert 0 <= low <= measure.value <= high <= 1 + 1e-9
        assert 0 < measure.n <= np.count_nonzero(sample.gold >= 0)


@given(samples(), st.permutations([0, 1, 2]))
@settings(max_examples=50)
def test_renaming_the_classes_changes_no_average(sample: Sample, order: list[int]) -> None:
    renamed = np.append(np.argsort(order), -1)[sample.gold].astype(np.int32)
    before, after = sample.measured(), Sample(sample.items, renamed, sample.probabilities[:, order]).measured()
    for metric in {"accuracy", "macro_f1", "roc_auc", "ece"} & set(before):
        assert after[metric].value == pytest.approx(before[metric].value)
        assert after[metric].low == pytest.approx(before[metric].low)


def test_one_example_and_examples_that_are_all_alike_tell_no_interval_of_a_bootstrap():
    for n in (1, 40):
        gold = Labels(one_each(n), np.arange(n, dtype=float))
        predicted = Predictions(gold.items, gold.values + 0.5, gold.values + 0.5)
        found = {each.metric: each for each in metrics_for(Regression("score"), gold, predicted, np.ones(n, bool))}
        assert found["mae"] == Measure("mae", 0.5, None, None, n)
        assert found["rmse"] == Measure("rmse", 0.5, None, None, n)
