"""Expectation maximisation finds how good sources are, and where votes cannot tell, keeps to what is believed."""

import numpy as np
import pytest

from transom.errors import LabelModelError
from transom.supervision.exchangeable import FittedExchangeable
from transom.supervision.label_models.em import Em
from transom.supervision.prior import uniform_prior
from transom.testing.label_models import draw_votes, matrix_of


def accuracy(model, matrix, truth, prior=None):
    prior = uniform_prior(matrix.n_classes) if prior is None else prior
    return (model.fit(matrix, prior).predict(matrix).argmax(axis=1) == truth).mean()


def one_sided_votes(prior, recalls, false_alarms, n_rows=20_000):
    """Binary rules, half of them for each class: the share of their class, and of the other, on which they fire."""
    random = np.random.default_rng(0)
    truth = (random.random(n_rows) < prior).astype(np.int64)
    classes = np.arange(len(recalls)) % 2
    fires = random.random((n_rows, len(recalls))) < np.where(truth[:, None] == classes, recalls, false_alarms)
    return matrix_of(np.where(fires, classes, -1).astype(np.int8), 2), truth


@pytest.mark.parametrize("n_classes", [2, 4])
def test_known_accuracies_are_recovered(n_classes):
    known = np.array([0.9, 0.8, 0.7, 0.6, 0.55])
    matrix, _ = draw_votes(known, n_classes=n_classes, n_rows=20_000, coverage=0.7)
    # the standard error of a share of 14,000 votes is 0.004; four of them
    assert np.allclose(Em().fit(matrix, uniform_prior(n_classes)).accuracies, known, atol=0.02)


def test_of_hundreds_of_classes_a_source_has_one_accuracy_and_classes_their_prior():
    known = np.array([0.9, 0.8, 0.7, 0.6, 0.55])
    matrix, truth = draw_votes(known, n_classes=300, n_rows=20_000, coverage=0.7)
    prior = np.full(300, 0.5 / 299)
    prior[7] = 0.5
    fitted = Em().fit(matrix, uniform_prior(300))
    assert isinstance(fitted, FittedExchangeable)
    assert np.allclose(fitted.accuracies, known, atol=0.02)
    # none of the five votes on 0.002 of rows; where those that do are all wrong nothing can be right
    assert (fitted.predict(matrix).argmax(axis=1) == truth).mean() > 0.9
    silent = matrix_of(np.full((1, 5), -1, dtype=np.int8), 300)
    assert np.allclose(Em().fit(matrix, prior).predict(silent)[0], prior)


def test_coin_flips_and_adversaries_are_recovered():
    known = np.array([0.9, 0.8, 0.7, 0.5, 0.5, 0.3])
    matrix, truth = draw_votes(known, n_rows=20_000)
    assert np.allclose(Em().fit(matrix, uniform_prior(2)).accuracies, known, atol=0.02)
    # knowing the true accuracies, naive Bayes is right on 0.926; majority on 0.73
    assert accuracy(Em(), matrix, truth) > 0.92


def test_one_sided_rules_with_an_uneven_prior_do_not_collapse_onto_one_class():
    matrix, truth = one_sided_votes(0.3, recalls=np.full(6, 0.3), false_alarms=np.full(6, 0.05))
    posterior = Em().fit(matrix, np.array([0.7, 0.3])).predict(matrix)
    assert 0.2 < posterior[:, 1].mean() < 0.4
    # always saying the common class is right on 0.7, naive Bayes that knows every rate on 0.85
    assert accuracy(Em(), matrix, truth, np.array([0.7, 0.3])) > 0.84


def test_a_one_sided_rule_that_fires_everywhere_is_distrusted():
    matrix, _ = one_sided_votes(0.5, recalls=np.array([0.3] * 7 + [0.9]), false_alarms=np.array([0.03] * 7 + [0.8]))
    accuracies = Em().fit(matrix, uniform_prior(2)).accuracies
    assert accuracies[7] < accuracies[:7].min() - 0.1


def test_a_belief_counts_where_votes_cannot_tell():
    matrix = matrix_of(np.array([[0, 1]] * 10, dtype=np.int8), 2)
    model = Em(beliefs={"s1": 0.95})
    assert model.fit(matrix, uniform_prior(2)).predict(matrix)[0, 1] > 0.6


def test_a_row_without_votes_does_not_change_what_is_learned():
    matrix, _ = draw_votes(np.array([0.9, 0.7, 0.6]), n_rows=500)
    silent = np.full((500, 3), -1, dtype=matrix.votes.dtype)
    more = matrix_of(np.vstack([matrix.votes, silent]), 2)
    one, other = Em().fit(matrix, uniform_prior(2)), Em().fit(more, uniform_prior(2))
    assert np.allclose(one.weights, other.weights)


def test_settings_that_name_no_source_are_refused():
    with pytest.raises(LabelModelError) as raised:
        Em(beliefs={"expert": 0.9}).fit(matrix_of(np.array([[0]], dtype=np.int8), 2), uniform_prior(2))
    assert str(raised.value) == "T102 beliefs: 'expert' is no source of this task."


@pytest.mark.parametrize("belief", [0.0, 1.0, np.nan])
def test_a_belief_that_is_no_probability_is_refused(belief):
    with pytest.raises(LabelModelError) as raised:
        Em(beliefs={"s0": belief}).fit(matrix_of(np.array([[0]], dtype=np.int8), 2), uniform_prior(2))
    assert str(raised.value) == f"T102 beliefs: s0: {belief!r} is not between 0 and 1."
