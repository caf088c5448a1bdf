import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score, precision_score, recall_score

from transom.evaluation.scores import (
    counts_of_bits,
    counts_of_classes,
    f1,
    in_gold,
    macro_f1,
    pooled,
    precision,
    recall,
)


@st.composite
def labelled_items(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gold and predicted classes out of 4, and the examples that the items belong to (sorted)."""
    n = draw(st.integers(1, 40))
    column = st.lists(st.integers(0, 3), min_size=n, max_size=n)
    examples = draw(st.one_of(st.just(list(range(n))), st.lists(st.integers(0, 9), min_size=n, max_size=n).map(sorted)))
    return np.array(draw(column)), np.array(draw(column)), np.array(examples)


@pytest.mark.slow
@given(labelled_items())
@settings(max_examples=60)
def test_class_scores_are_those_of_scikit_learn(items: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    gold, predicted, examples = items
    counts = counts_of_classes(gold, predicted, examples, 4)
    for c in in_gold(counts).tolist():
        assert f1(counts, c).value == pytest.approx(f1_score(gold == c, predicted == c, zero_division=0))
        assert recall(counts, c).value == pytest.approx(recall_score(gold == c, predicted == c, zero_division=0))
        if np.any(predicted == c):
            assert precision(counts, c).value == pytest.approx(precision_score(gold == c, predicted == c))


@given(labelled_items())
@settings(max_examples=60)
def test_macro_f1_leaves_out_classes_that_gold_never_has(items: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    gold, predicted, examples = items
    expected = f1_score(gold, predicted, labels=np.unique(gold), average="macro", zero_division=0)
    assert macro_f1(counts_of_classes(gold, predicted, examples, 4)).value == pytest.approx(expected)


@given(labelled_items())
@settings(max_examples=60)
def test_intervals_hold_their_value_within_the_bounds(items: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    counts = counts_of_classes(*items, 4)
    for estimate in (macro_f1(counts), f1(pooled(counts)), *(f1(counts, int(c)) for c in in_gold(counts))):
        assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
        assert estimate.low < estimate.high


@given(labelled_items(), st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_the_order_of_examples_does_not_matter(items: tuple[np.ndarray, np.ndarray, np.ndarray], random) -> None:
    gold, predicted, _ = items
    order = list(range(len(gold)))
    random.shuffle(order)
    examples = np.arange(len(gold))
    before = macro_f1(counts_of_classes(gold, predicted, examples, 4))
    after = macro_f1(counts_of_classes(gold[order], predicted[order], examples, 4))
    assert vars(after) == pytest.approx(vars(before))


def test_one_item_an_example_needs_no_more_rows_than_the_confusion_matrix_has_cells() -> None:
    rng = np.random.default_rng(0)
    gold, predicted = rng.integers(0, 3, (2, 1000))
    counts = counts_of_classes(gold, predicted, np.arange(1000), 3)
    assert len(counts.weights) == 9
    assert counts.weights.sum() == 1000
    one_hot = counts_of_bits(np.eye(3, dtype=int)[gold], np.eye(3, dtype=int)[predicted], np.arange(1000))
    assert vars(macro_f1(one_hot)) == pytest.approx(vars(macro_f1(counts)))


def test_scores_without_anything_to_score_are_not_defined() -> None:
    nothing = counts_of_bits(np.zeros((3, 2), int), np.zeros((3, 2), int), np.arange(3))
    assert macro_f1(nothing) is None
    assert f1(pooled(nothing)) is None
    assert precision(nothing) is None
    assert recall(nothing) is None


def test_micro_f1_pools_the_classes() -> None:
    rng = np.random.default_rng(0)
    gold, predicted = rng.integers(0, 2, (2, 50, 3))
    expected = f1_score(gold, predicted, average="micro")
    assert f1(pooled(counts_of_bits(gold, predicted, np.arange(50)))).value == pytest.approx(expected)


def test_a_perfect_slice_of_five_is_not_certain() -> None:
    gold = np.array([0, 1, 0, 1, 1])
    perfect = macro_f1(counts_of_classes(gold, gold, np.arange(5), 2))
    assert perfect.value == perfect.high == 1.0
    assert perfect.low == pytest.approx(0.65, abs=0.05)


@pytest.mark.parametrize(("n", "accuracy"), [(30, 0.97), (30, 0.9), (200, 0.8)])
def test_macro_f1_intervals_hold_the_truth_in_most_samples(n: int, accuracy: float) -> None:
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(400):
        gold = rng.integers(0, 2, n)
        predicted = np.where(rng.random(n) < accuracy, gold, 1 - gold)
        interval = macro_f1(counts_of_classes(gold, predicted, np.arange(n), 2))
        held += interval.low <= accuracy <= interval.high  # with even classes and errors, macro F1 is the accuracy
    # 95 % is meant; on 30 items the discreteness costs up to 4 points; the binomial sd of 400 trials is 1.1 points.
    assert 0.88 <= held / 400 <= 0.99


def test_entities_of_one_sentence_are_not_counted_as_independent() -> None:
    rng = np.random.default_rng(2)
    sentence_is_right = np.repeat(rng.random(40) < 0.7, 10)
    gold = np.ones(400, dtype=int)
    predicted = np.where(sentence_is_right, 1, 0)
    together = f1(counts_of_classes(gold, predicted, np.repeat(np.arange(40), 10), 2), 1)
    apart = f1(counts_of_classes(gold, predicted, np.arange(400), 2), 1)
    assert together.value == apart.value
    # Ten copies of each verdict are worth one: the interval is sqrt(10) times as wide.
    assert (together.high - together.low) / (apart.high - apart.low) == pytest.approx(np.sqrt(10), rel=0.1)
