"""Loadings become rates of votes in each class."""

import numpy as np

from transom.supervision.class_rates import accuracies, aligned, believed_loadings, rates_by_class
from transom.supervision.statistics import count_votes
from transom.supervision.vote_covariance import explain, leading, vote_covariance
from transom.testing.label_models import draw_votes


def covariance_of(values, n_classes):
    return vote_covariance(count_votes(draw_votes(np.array(values), n_classes=n_classes, n_rows=100_000)[0]))


def test_beliefs_are_rates_of_sources_that_are_right_four_times_out_of_five():
    found, prior = covariance_of([0.6, 0.6, 0.6], 3), np.full(3, 1 / 3)
    rates = rates_by_class(found, believed_loadings(found, prior), prior)
    assert np.allclose(np.einsum("jcc->jc", rates), 0.8, atol=0.02)
    assert np.allclose(accuracies(rates, found, prior), 0.8, atol=0.01)


def test_rates_of_a_class_are_shares():
    found, prior = covariance_of([0.9, 0.5, 0.7], 3), np.full(3, 1 / 3)
    rates = rates_by_class(found, 3 * believed_loadings(found, prior), prior)
    assert (rates >= 0).all()
    assert (rates.sum(axis=1) <= 1 + 1e-12).all()


def test_a_rotation_of_the_loadings_changes_nothing():
    found, prior = covariance_of([0.9, 0.8, 0.7, 0.6], 3), np.full(3, 1 / 3)
    belief = believed_loadings(found, prior)
    strangers = ~np.eye(4, dtype=bool)
    loadings = explain(found, strangers, start=aligned(found, leading(found, 2), prior), belief=belief)
    rotation, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(2, 2)))
    one, other = (rates_by_class(found, each, prior) for each in (loadings, loadings @ rotation))
    assert np.allclose(one, other)
    # a standard error of an accuracy is about 0.005
    assert np.allclose(accuracies(one, found, prior), [0.9, 0.8, 0.7, 0.6], atol=0.03)
