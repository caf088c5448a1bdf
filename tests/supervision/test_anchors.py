"""Rows of known class count as evidence for sources, beside those whose class is guessed."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from planted_votes import members_of
from transom.supervision.anchors import WORTH, AnchoredRows, Anchors
from transom.supervision.inference import rows_for_passes
from transom.supervision.label_models.em import Em
from transom.supervision.prior import uniform_prior
from transom.supervision.statistics import rows_of
from transom.testing.label_models import draw_votes, matrix_of


def test_votes_are_counted_by_the_class_that_is_known():
    known = Anchors(matrix_of(np.array([[0, -1], [1, 1], [1, 0]], dtype=np.int8), 2), np.array([0, 0, 1]))
    assert (known.votes / WORTH).tolist() == [[[1, 0], [1, 1]], [[0, 1], [1, 0]]]
    assert (known.rows / WORTH).tolist() == [2, 1]
    assert (known.n_cast / WORTH).tolist() == [[3, 2], [2, 0]]


def test_soft_votes_are_cast_and_right_as_far_as_they_are_sure():
    soft = sparse.csr_array([[0.7, 0.3], [0.4, 0.6]])
    votes = replace(matrix_of(np.array([[0], [1]], dtype=np.int8), 2), soft=soft)
    known = Anchors(votes, np.array([0, 0]))
    assert np.allclose(known.n_cast, WORTH * np.array([[2.0], [1.1]]))
    assert np.allclose(known.n_cast, [known.votes.sum(axis=(1, 2)), np.einsum("jvv->j", known.votes)])


def test_known_rows_do_not_move_however_probable_another_class_is():
    matrix = matrix_of(np.zeros((4, 1), dtype=np.int8), 2)
    known = Anchors(matrix, np.ones(4, dtype=np.int64))
    rows = AnchoredRows(rows_for_passes(matrix, np.log(uniform_prior(2))), known.votes, known.rows)
    votes, of_class = rows.expectation(np.log(np.array([[[0.9, 0.1], [0.1, 0.9]]])))
    # of four guessed rows nine tenths are of class 0, of the four known ones none
    assert np.allclose(votes[0, 0], [4 * 0.9, 4 * 0.1 + 4 * WORTH])
    assert np.allclose(of_class, votes[0, 0])
    assert rows.n_votes.tolist() == [[4 + 4 * WORTH, 0]]


@pytest.mark.parametrize("is_select", [False, True])
def test_known_rows_tell_which_of_two_sources_is_better_where_votes_cannot(is_select):
    drawn, truth = draw_votes(np.array([0.9, 0.6]), n_classes=4, n_rows=2000)
    matrix = members_of(drawn.votes, 4) if is_select else drawn
    prior = uniform_prior(matrix.n_classes)
    gold = Anchors(rows_of(matrix, np.arange(200)), truth[:200])
    alone, anchored_ = (Em().fit(matrix, prior, anchors=given) for given in (None, gold))
    assert abs(np.diff(alone.accuracies)[0]) < 0.02
    assert anchored_.accuracies[0] > anchored_.accuracies[1] + 0.05
    right = [(model.predict(matrix).argmax(axis=1) == truth)[200:].mean() for model in (alone, anchored_)]
    # without gold, one of two that disagree is followed by chance: (0.9 + 0.6) / 2
    assert right[0] < 0.8
    assert right[1] > 0.87


def test_known_rows_do_not_hurt_where_votes_suffice():
    gains = []
    for seed in range(8):
        accuracies = np.random.default_rng(seed).uniform(0.5, 0.9, 20)
        matrix, truth = draw_votes(accuracies, n_rows=800, coverage=0.2, seed=seed)
        train, rest = rows_of(matrix, np.arange(100, 800)), truth[100:]
        gold = Anchors(rows_of(matrix, np.arange(100)), truth[:100])
        fits = (Em().fit(train, uniform_prior(2), anchors=given) for given in (None, gold))
        right = [(model.predict(train).argmax(axis=1) == rest).mean() for model in fits]
        gains.append(right[1] - right[0])
    assert np.mean(gains) > 0
