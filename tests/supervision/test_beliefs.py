"""Beliefs about sources are probabilities that hold together."""

import numpy as np

from transom.supervision.beliefs import believed_accuracies, believed_precision


def test_a_source_without_a_belief_of_its_own_gets_the_usual_one():
    assert believed_accuracies(("a", "b"), 0.8, {"b": 0.95}).tolist() == [0.8, 0.95]


def test_a_source_is_right_as_often_as_believed_where_classes_are_equally_common():
    precision = believed_precision(np.array([0.8]), np.array([0.25] * 4))
    assert np.allclose(np.diag(precision[0]), 0.8)
    assert np.allclose(precision.sum(axis=2), 1)


def test_a_vote_for_a_rare_class_is_less_surely_right_but_never_speaks_against_it():
    prior = np.array([0.95, 0.05])
    right = np.diag(believed_precision(np.array([0.7]), prior)[0])
    assert right[1] < 0.7 < right[0]
    assert (right > prior).all()


def test_one_class_is_certain():
    assert believed_precision(np.array([0.8]), np.array([1.0])).tolist() == [[[1.0]]]
