"""Votes beside gold: better than chance, or against it."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from transom.supervision import chance
from transom.supervision.chance import contradictions
from transom.testing.label_models import draw_votes, matrix_of


def drawn(accuracies, *, n_classes=2, n_rows=100):
    return draw_votes(np.array(accuracies), n_rows=n_rows, n_classes=n_classes)


def beyond_chance(matrix, truth):
    return np.stack(list(chance.beyond_chance(matrix, truth)), axis=1)


def test_a_source_that_guesses_is_no_better_than_chance():
    matrix, truth = drawn([0.5, 0.9], n_rows=10_000)
    shares = beyond_chance(matrix, truth).mean(axis=0)
    assert np.allclose(shares, [0.0, 0.4], atol=0.02)  # four standard errors of .005


def test_a_source_that_always_names_the_common_class_is_no_better_than_chance():
    votes = np.zeros((10, 1), dtype=np.int8)
    assert abs(beyond_chance(matrix_of(votes, 2), np.array([0] * 9 + [1])).sum()) < 1e-9


def test_chance_is_that_of_the_bit():
    """Both bits as they are most often: right on nine tenths of the rows, and no better than chance."""
    votes, truth = np.tile([0, 1], 50)[:, None].astype(np.int8), np.tile([0, 1], 50)
    truth[:10] = 1 - truth[:10]
    matrix = replace(matrix_of(votes, 2), bits=np.tile([0, 1], 50))
    assert abs(beyond_chance(matrix, truth).sum()) < 1e-9


def test_chance_is_one_of_the_options_of_the_row():
    matrix = replace(matrix_of(np.array([[0], [1], [-1]]), 4), n_options=np.array([2, 4, 4]))
    assert beyond_chance(matrix, np.array([0, 0, 0])).ravel().tolist() == [0.5, -0.25, 0.0]


@pytest.mark.parametrize("n_classes", [2, 3, 5])
def test_gold_that_calls_each_class_by_the_name_of_the_next_contradicts(n_classes):
    matrix, truth = drawn([0.85, 0.8, 0.75], n_classes=n_classes)
    assert contradictions(matrix, truth, np.arange(100)) == ()
    (warning,) = contradictions(matrix, (truth + 1) % n_classes, np.arange(100))
    assert (warning.code, warning.severity) == ("T244", "warning")


def test_the_warning_says_how_often_votes_are_right():
    votes = np.array([[0, 0], [1, -1]] * 10, dtype=np.int8)
    (warning,) = contradictions(matrix_of(votes, 2), np.array([1, 0] * 10), np.arange(20))
    assert warning.message == (
        "gold contradicts the sources: of their 30 votes beside it 0.0% are right, by chance it would be 50.0%. "
        "Look whether classes mean the same in both."
    )


def test_one_good_source_among_bad_ones_is_no_contradiction():
    matrix, truth = drawn([0.9, 0.1, 0.1, 0.1])
    assert contradictions(matrix, truth, np.arange(100)) == ()


def test_rows_of_two_examples_contradict_nothing():
    matrix, truth = drawn([0.1, 0.1, 0.1])
    assert contradictions(matrix, truth, np.arange(100) % 2) == ()


def test_no_gold_contradicts_nothing():
    nothing = np.zeros(0, dtype=np.int64)
    assert contradictions(matrix_of(np.zeros((0, 3), dtype=np.int8), 2), nothing, nothing) == ()


def test_there_is_never_a_number_for_every_vote():
    matrix, truth = drawn(np.linspace(0.2, 0.3, 40), n_rows=20_000)
    tracemalloc.start()
    try:
        (warning,) = contradictions(matrix, truth, np.arange(20_000))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert warning.code == "T244"
    assert most < 8 * matrix.votes.size / 2  # bytes; they were more than three times as many
