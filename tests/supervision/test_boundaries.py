"""A run of one class is split where sources that found both parts do so."""

import numpy as np

from transom.data.items import from_lengths
from transom.data.labels import Labels
from transom.data.predictions import Predictions
from transom.supervision.boundaries import split_runs
from transom.supervision.decisions import begin_or_inside


def split(votes, *, lengths=(3,), types=(1, 1, 1)):
    items = from_lengths(np.array(lengths))
    tags = begin_or_inside(items, np.eye(3)[list(types)], decided=np.array(types))
    predictions = Predictions(items, tags, tags.argmax(axis=1).astype(np.int32))
    return split_runs(predictions, [Labels(items, np.array(vote, dtype=np.int32)) for vote in votes])


def test_a_run_is_split_where_most_sources_that_found_both_parts_begin_anew():
    found = split([[1, 2, 1], [1, 2, 1], [1, 2, 2]])
    assert found.labels.tolist() == [1, 2, 1]
    assert np.allclose(found.probabilities[2], [0, 2 / 3, 1 / 3, 0, 0])


def test_a_source_that_missed_the_first_part_does_not_split():
    assert split([[1, 2, 2], [-1, -1, 1], [-1, 1, 2]]).labels.tolist() == [1, 2, 2]


def test_a_source_that_finds_something_else_before_does_not_split():
    assert split([[3, 4, 1], [1, 2, 2]]).labels.tolist() == [1, 2, 2]


def test_an_even_vote_leaves_one_span():
    assert split([[1, 2, 1], [1, 2, 2]]).labels.tolist() == [1, 2, 2]


def test_examples_are_bounds_of_their_own():
    assert split([[1, 2, 1]], lengths=(2, 1)).labels.tolist() == [1, 2, 1]


def test_probabilities_still_sum_to_one():
    assert np.allclose(split([[1, 1, 1]]).probabilities.sum(axis=1), 1)


def test_spans_of_another_class_are_left_alone():
    assert split([[1, 1, 1]], types=(2, 2, 2)).labels.tolist() == [3, 4, 4]
