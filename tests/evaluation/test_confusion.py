from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix

from transom.data.items import from_lengths, one_each
from transom.data.labels import Labels
from transom.data.predictions import Predictions
from transom.evaluation.confusion import Wrong, wrong_items
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans, Task


def wrong(task: Task, items, gold: np.ndarray, labels: np.ndarray, probabilities: np.ndarray) -> Wrong:
    keep = np.ones(len(gold), bool)
    return wrong_items(task, Labels(items, gold), Predictions(items, probabilities, labels), keep)


@given(st.lists(st.tuples(st.integers(-1, 2), st.integers(0, 2)), min_size=1, max_size=20))
def test_the_confusion_of_classes_is_that_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    gold, labels = np.array(pairs, dtype=np.int32).T
    found = wrong(Multiclass("t", ("a", "b", "c")), one_each(len(pairs)), gold, labels, np.eye(3)[labels])
    has_gold = gold >= 0
    assert found.n == has_gold.sum()
    assert len(found.starts) == np.count_nonzero(has_gold & (gold != labels))
    if has_gold.any():
        expected = confusion_matrix(gold[has_gold], labels[has_gold], labels=[0, 1, 2])
        assert np.array_equal(found.confusion.counts, expected)


def test_the_confidence_is_that_of_the_wrong_class() -> None:
    probabilities = np.array([[0.9, 0.1], [0.4, 0.6]])
    found = wrong(Multiclass("t", ("a", "b")), one_each(2), np.array([1, 1]), np.array([0, 1]), probabilities)
    assert (found.starts.tolist(), found.confidence.tolist()) == ([0], [0.9])


def test_only_kept_rows_can_be_wrong() -> None:
    gold, labels = Labels(one_each(2), np.array([0, 0])), np.array([1, 1])
    found = wrong_items(
        Multiclass("t", ("a", "b")), gold, Predictions(one_each(2), np.eye(2)[labels], labels), np.array([False, True])
    )
    assert (found.n, found.starts.tolist()) == (1, [1])


def test_bits_are_found_missed_or_invented() -> None:
    gold = np.array([[1, 0], [1, 1], [-1, 0]], np.int8)
    labels = np.array([[1, 1], [0, 1], [1, 0]], np.int8)
    probabilities = np.array([[0.9, 0.7], [0.2, 0.9], [0.9, 0.1]])
    found = wrong(Bitvector("t", ("a", "b")), one_each(3), gold, labels, probabilities)
    assert found.confusion.counts.tolist() == [[1, 1, 0], [1, 0, 1]]
    assert (found.n, found.starts.tolist()) == (3, [0, 1])
    assert found.confidence == pytest.approx([0.7, 0.8])


def test_spans_are_confused_with_other_classes_and_with_nothing() -> None:
    gold = np.array([1, 2, 0, 3, 0, 1])  # PER 0-2, LOC 3-4, PER 5-6
    labels = np.array([1, 2, 0, 1, 3, 0])  # PER 0-2, PER 3-4, LOC 4-5
    probabilities = np.full((6, 5), 0.1)
    probabilities[np.arange(6), labels] = [0.9, 0.9, 0.9, 0.8, 0.7, 0.6]
    found = wrong(Spans("t", ("PER", "LOC")), from_lengths(np.array([4, 2])), gold, labels, probabilities)
    assert found.confusion.gold == ("PER", "LOC", "nothing")
    assert found.confusion.counts.tolist() == [[1, 0, 1], [1, 0, 0], [0, 1, 0]]
    assert list(zip(found.starts.tolist(), found.ends.tolist(), strict=True)) == [(3, 4), (4, 5), (5, 6)]
    assert found.confidence.tolist() == [0.8, 0.7, 0.6]
    assert found.n == 4


def test_members_are_confused_with_others_and_with_none_of_them() -> None:
    items = from_lengths(np.array([2, 2, 1, 0]))
    gold, labels = np.array([0, 1, 1, 0]), np.array([0, 0, 0, 0])
    found = wrong(Select("t"), items, gold, labels, np.array([0.9, 0.1, 0.6, 0.4, 0.7]))
    assert found.confusion.counts.tolist() == [[1, 1, 0], [0, 1, 1]]
    assert (found.n, found.starts.tolist()) == (4, [1, 2])
    assert found.confidence == pytest.approx([0.6, 0.7])


def test_a_wrong_none_of_them_is_as_sure_as_the_members_leave_it() -> None:
    items = from_lengths(np.array([2]))
    found = wrong(Select("t"), items, np.array([0]), np.array([2]), np.array([0.1, 0.2]))
    assert found.confidence == pytest.approx([0.7])


def test_numbers_are_wrong_by_the_size_of_their_error() -> None:
    gold, labels = np.array([1.0, np.nan, 3.0]), np.array([1.5, 2.0, 3.0])
    found = wrong(Regression("t"), one_each(3), gold, labels, labels)
    assert (found.n, found.starts.tolist(), found.confidence.tolist()) == (2, [0], [0.5])


def test_every_type_of_task_can_be_wrong() -> None:
    assert set(wrong_items.registry) - {object} == set(get_args(Task))
