"""What a student learns from its teacher."""

import numpy as np
import pytest

from transom.data.items import from_lengths, one_each
from transom.data.predictions import Predictions
from transom.data.targets import Targets
from transom.schema.tasks import Multiclass, Regression, Select
from transom.training.distilling import distilled

TASK = Multiclass("t", ("a", "b"))
TEACHER = Predictions(one_each(3), np.array([[0.8, 0.2], [0.6, 0.4], [0.5, 0.5]]), np.zeros(3, np.int32))
GOLD = Targets(one_each(3), np.array([[0.0, 1.0], [np.nan, np.nan], [1.0, 0.0]]), np.array([1.0, 0.0, 0.5]))


def test_what_has_a_label_is_learned_from_both_and_the_rest_from_the_teacher():
    found = distilled(TASK, GOLD, TEACHER, weak=False)
    assert found.probabilities == pytest.approx(np.array([[0.4, 0.6], [0.6, 0.4], [0.625, 0.375]]))
    assert found.weights.tolist() == [1.0, 1.0, 1.0]


def test_weak_labels_count_for_nothing_beside_the_teacher():
    found = distilled(TASK, GOLD, TEACHER, weak=True)
    assert found.probabilities == pytest.approx(TEACHER.probabilities)


def test_what_the_teacher_does_not_see_is_not_learned_from():
    unseen = Predictions(TEACHER.items, TEACHER.probabilities, TEACHER.labels, np.array([True, False, True]))
    assert distilled(TASK, GOLD, unseen, weak=True).weights.tolist() == [1.0, 0.0, 1.0]


@pytest.mark.parametrize("weak", [True, False])
def test_a_number_that_the_teacher_does_not_see_is_its_own_target(weak):
    targets = Targets(one_each(3), np.array([4.0, 5.0, 6.0]), np.ones(3))
    teacher = Predictions(one_each(3), np.array([8.0, 0.0, 8.0]), np.zeros(3), np.array([True, False, True]))
    found = distilled(Regression("t"), targets, teacher, weak=weak).probabilities
    assert found.tolist() == ([8.0, 5.0, 8.0] if weak else [6.0, 5.0, 7.0])


def test_what_has_a_label_is_learned_where_the_teacher_sees_nothing():
    blind = Predictions(TEACHER.items, TEACHER.probabilities, TEACHER.labels, np.zeros(3, bool))
    assert distilled(TASK, GOLD, blind, weak=False).weights.tolist() == [1.0, 0.0, 0.5]


def test_members_are_learned_from_with_the_weight_of_their_example():
    items = from_lengths(np.array([2, 1]))
    teacher = Predictions(items, np.array([0.5, 0.3, 0.9]), np.zeros(2, np.int32))
    own = Targets(items, np.array([1.0, 0.0, 0.0]), np.array([1.0, 0.0]))
    found = distilled(Select("s"), own, teacher, weak=False)
    assert found.probabilities == pytest.approx(np.array([0.75, 0.15, 0.9]))
    assert found.weights.tolist() == [1.0, 1.0]


def test_numbers_are_learned_from_half_way_between():
    teacher = Predictions(one_each(1), np.array([4.0]), np.array([4.0]))
    own = Targets(one_each(1), np.array([2.0]), np.ones(1))
    assert distilled(Regression("r"), own, teacher, weak=False).probabilities.tolist() == [3.0]
