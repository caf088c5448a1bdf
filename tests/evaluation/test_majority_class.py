from typing import get_args

import numpy as np
import pytest

from transom.data.items import from_lengths, one_each
from transom.data.targets import Targets
from transom.evaluation.majority_class import majority_class
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans, Task

EVERY = np.ones(3, bool)


def test_every_item_gets_the_class_with_the_most_target_mass_in_train() -> None:
    targets = Targets(one_each(3), np.array([[0.9, 0.1], [0.45, 0.55], [0.45, 0.55]]), np.ones(3))
    found = majority_class(Multiclass("t", ("a", "b")), targets, EVERY)
    assert found.labels.tolist() == [0, 0, 0]
    assert found.probabilities[0] == pytest.approx([0.6, 0.4])
    assert (
        majority_class(Multiclass("t", ("a", "b")), targets, np.array([False, True, True])).labels.tolist() == [1] * 3
    )


def test_items_without_a_weight_do_not_count() -> None:
    targets = Targets(one_each(3), np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), np.array([0.0, 0.0, 1.0]))
    assert majority_class(Multiclass("t", ("a", "b")), targets, EVERY).labels.tolist() == [1, 1, 1]


def test_without_any_weight_all_items_count_alike() -> None:
    targets = Targets(one_each(3), np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]), np.zeros(3))
    assert majority_class(Multiclass("t", ("a", "b")), targets, EVERY).labels.tolist() == [1, 1, 1]


def test_each_bit_has_its_own_majority() -> None:
    targets = Targets(one_each(3), np.array([[1.0, 0.0], [0.8, 0.0], [0.0, 1.0]]), np.ones(3))
    assert majority_class(Bitvector("t", ("a", "b")), targets, EVERY).labels.tolist() == [[1, 0]] * 3


def test_spans_are_judged_by_tag() -> None:
    items = from_lengths(np.array([2, 1, 1]))
    targets = Targets(items, np.eye(3)[[0, 1, 0, 0]], np.ones(4))
    assert majority_class(Spans("t", ("a",)), targets, EVERY).labels.tolist() == [0, 0, 0, 0]


def test_where_no_sequence_has_an_element_nothing_is_predicted() -> None:
    targets = Targets(from_lengths(np.zeros(3, int)), np.zeros((0, 2)), np.zeros(0))
    found = majority_class(Multiclass("t", ("a", "b")), targets, EVERY)
    assert (found.labels.shape, found.probabilities.shape) == ((0,), (0, 2))


def test_a_number_is_the_weighted_mean() -> None:
    targets = Targets(one_each(3), np.array([1.0, 2.0, 9.0]), np.array([1.0, 3.0, 0.0]))
    assert majority_class(Regression("t"), targets, EVERY).labels.tolist() == [1.75] * 3


def test_members_are_judged_by_their_place() -> None:
    items = from_lengths(np.array([2, 2, 1]))
    targets = Targets(items, np.array([0.0, 1.0, 0.1, 0.9, 1.0]), np.ones(3))
    found = majority_class(Select("t"), targets, EVERY)
    assert found.labels.tolist() == [1, 1, 0]
    assert found.probabilities == pytest.approx([1.1 / 3, 1.9 / 3, 1.1 / 3, 1.9 / 3, 1.0])


def test_none_of_them_wins_where_it_is_most_frequent_and_where_a_set_is_empty() -> None:
    items = from_lengths(np.array([1, 1, 0]))
    mostly_none = Targets(items, np.array([0.1, 0.2]), np.ones(3))
    assert majority_class(Select("t"), mostly_none, np.array([True, True, False])).labels.tolist() == [1, 1, 0]
    mostly_first = Targets(items, np.array([0.9, 0.9]), np.array([1.0, 1.0, 0.0]))
    assert majority_class(Select("t"), mostly_first, EVERY).labels.tolist() == [0, 0, 0]


def test_every_type_of_task_has_a_majority_class() -> None:
    assert set(majority_class.registry) - {object} == set(get_args(Task))
