"""Scores of sets beside what gold chose."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transom.data.decisions import Scored, decide
from transom.data.items import from_lengths
from transom.data.labels import NO_LABEL, Labels
from transom.model.elements import HIDDEN
from transom.schema.tasks import Select
from transom.training.calibration import calibration_for
from transom.training.member_scores import member_scores


def scored(examples, lengths, seed=0):
    """Scores of a batch as a head gives them: none, the members, then what is hidden."""
    scores = np.random.default_rng(seed).normal(size=(len(examples), 1 + max(lengths))).astype(np.float32)
    scores[:, 1:][np.arange(max(lengths)) >= np.array(lengths)[:, None]] = HIDDEN
    return Scored(np.array(examples), scores, np.array(lengths))


def test_batches_of_other_lengths_become_one_table():
    first, second = scored([2, 0], [1, 2]), scored([1], [4])
    found = member_scores([first, second], Labels(from_lengths(np.array([2, 4, 1])), np.array([1, 4, -1])))
    assert found.scores.shape == (3, 5)
    assert (found.scores[:2, 3:] == HIDDEN).all()
    assert found.chosen.tolist() == [NO_LABEL, 2, 0]


def test_a_member_beyond_those_seen_is_no_label_and_none_stays_none():
    batch = scored([0, 1, 2], [2, 2, 2])
    found = member_scores([batch], Labels(from_lengths(np.array([5, 5, 5])), np.array([1, 3, 5])))
    assert found.chosen.tolist() == [2, NO_LABEL, 0]


def test_none_is_all_that_an_empty_set_has():
    found = member_scores([scored([0, 1], [0, 3])], Labels(from_lengths(np.array([0, 3])), np.array([0, -1])))
    assert found.chosen.tolist() == [0, NO_LABEL]
    assert (found.scores[0, 1:] == HIDDEN).all()


def test_sets_that_are_all_empty_leave_calibration_as_it_is():
    found = member_scores([scored([0, 1], [0, 0])], Labels(from_lengths(np.array([0, 0])), np.array([0, 0])))
    calibration = calibration_for(Select("t"), found.scores, found.chosen, is_weak=True)
    assert (calibration.scale, calibration.shift) == (pytest.approx([1.0]), pytest.approx([0.0]))


@given(st.lists(st.integers(0, 5), min_size=1, max_size=6), st.integers(0, 1000))
def test_what_is_decided_stands_in_the_column_that_is_chosen(lengths, seed):
    batch = scored(range(len(lengths)), lengths, seed)
    decided = decide(Select("t"), batch.scores, batch.lengths)
    found = member_scores([batch], Labels(from_lengths(np.array(lengths)), decided.labels))
    assert found.scores[np.arange(len(lengths)), found.chosen] == pytest.approx(batch.scores.max(axis=1))
