"""Linear models of probabilistic targets."""

from functools import partial

import numpy as np
import pytest
from scipy.sparse import csr_matrix, random_array
from sklearn.linear_model import LogisticRegression, PoissonRegressor, Ridge
from sklearn.naive_bayes import BernoulliNB

from transom.model.graph import Logarithms
from transom.model.losses import Spread
from transom.schema.tasks import Bitvector, Multiclass
from transom.training.linear import (
    FEWEST_STEPS,
    FURTHEST,
    SHARES,
    SMOOTHING,
    STRENGTH,
    fit_linear,
    fit_values,
    measured,
    naive_bayes,
)
from transom.training.links import link_for

RANDOM = np.random.default_rng(0)
FEATURES = csr_matrix(random_array((200, 30), density=0.3, rng=RANDOM))
SIGNAL = FEATURES @ RANDOM.normal(size=(30, 3)) * 3


def test_classes_are_learned_as_scikit_learn_learns_them():
    random = np.random.default_rng(1)
    labels = SIGNAL.argmax(axis=1)
    weights = random.uniform(0.1, 2.0, 200)
    found = fit_linear(Multiclass("t", tuple("abc")), FEATURES, np.eye(3)[labels], weights=weights)
    reference = LogisticRegression(C=STRENGTH, tol=1e-8, max_iter=5000).fit(FEATURES, labels, weights)
    assert found.scores(FEATURES).argmax(axis=1).tolist() == reference.predict(FEATURES).tolist()
    assert pytest.approx(reference.coef_, abs=0.05) == found.coefficients.T


def test_uncertain_targets_count_as_rows_repeated_with_every_label():
    shares = np.exp(SIGNAL[:, :2]) / np.exp(SIGNAL[:, :2]).sum(axis=1, keepdims=True)
    found = fit_linear(Multiclass("t", tuple("ab")), FEATURES, shares, weights=np.ones(200))
    rows, labels = np.repeat(np.arange(200), 2), np.tile([0, 1], 200)
    # two columns share what scikit-learn penalizes in one
    reference = LogisticRegression(C=2 * STRENGTH, tol=1e-8, max_iter=5000).fit(FEATURES[rows], labels, shares.ravel())
    margin = found.scores(FEATURES) @ [-1, 1]
    assert margin == pytest.approx(reference.decision_function(FEATURES), abs=0.1)


@pytest.mark.parametrize("task", [Multiclass("t", tuple("abc")), Bitvector("t", tuple("abc"))], ids=["classes", "bits"])
def test_where_coefficients_are_many_the_features_that_tell_most_have_all(task, monkeypatch):
    telling = np.arange(0, 30, 3)
    labels = np.eye(3)[(FEATURES.toarray()[:, telling] @ np.tile(5 * np.eye(3), (4, 1))[:10]).argmax(axis=1)]
    monkeypatch.setattr("transom.training.linear.MOST_COEFFICIENTS", 3 * 5)
    found = fit_linear(task, FEATURES, labels, weights=np.ones(200))
    kept = np.flatnonzero(found.coefficients.any(axis=1))
    assert len(kept) == 5
    assert set(kept) <= set(telling)
    alone = fit_linear(task, csr_matrix(FEATURES[:, kept]), labels, weights=np.ones(200))
    assert found.coefficients[kept] == pytest.approx(alone.coefficients)
    assert found.intercepts == pytest.approx(alone.intercepts)


def test_where_a_step_takes_long_few_are_taken(monkeypatch):
    labels = np.eye(3)[SIGNAL.argmax(axis=1)]
    fit = partial(fit_linear, Multiclass("t", tuple("abc")), FEATURES, labels, weights=np.ones(200))
    monkeypatch.setattr("transom.training.linear.MOST_PRODUCTS", 20.0 * FEATURES.nnz * 3)
    in_budget = fit().coefficients
    monkeypatch.setattr("transom.training.linear.MOST_PRODUCTS", 0)
    fewest = fit().coefficients
    monkeypatch.undo()
    monkeypatch.setattr("transom.training.linear.MOST_STEPS", 20)
    assert in_budget == pytest.approx(fit().coefficients)
    monkeypatch.setattr("transom.training.linear.MOST_STEPS", FEWEST_STEPS)
    assert fewest == pytest.approx(fit().coefficients)


@pytest.mark.parametrize("outputs_at_once", [1, 2])
def test_which_features_tell_most_does_not_depend_on_how_many_classes_are_looked_at_at_once(
    outputs_at_once, monkeypatch
):
    labels = np.eye(3)[SIGNAL.argmax(axis=1)]
    monkeypatch.setattr("transom.training.linear.MOST_COEFFICIENTS", 3 * 8)
    together = fit_linear(Multiclass("t", tuple("abc")), FEATURES, labels, weights=np.ones(200))
    monkeypatch.setattr("transom.training.linear.OUTPUTS_AT_ONCE", outputs_at_once)
    in_parts = fit_linear(Multiclass("t", tuple("abc")), FEATURES, labels, weights=np.ones(200))
    assert in_parts.coefficients == pytest.approx(together.coefficients)


def test_bits_are_learned_one_by_one():
    bits = (SIGNAL > 0).astype(np.float64)
    found = fit_linear(Bitvector("t", tuple("abc")), FEATURES, bits, weights=np.ones(200)).scores(FEATURES)
    for bit in range(3):
        reference = LogisticRegression(C=STRENGTH, tol=1e-8, max_iter=5000).fit(FEATURES, bits[:, bit])
        assert found[:, bit] == pytest.approx(reference.decision_function(FEATURES), abs=0.2)


@pytest.mark.parametrize("task", [Multiclass("t", tuple("ab")), Bitvector("t", tuple("ab"))], ids=["classes", "bits"])
def test_classes_that_are_mostly_noise_are_penalized_more(task):
    labels = np.eye(2)[np.random.default_rng(1).integers(2, size=200)]
    loud, quiet = (fit_linear(task, FEATURES, labels, weights=np.ones(200), shares=each) for each in ((1.0,), SHARES))
    assert np.abs(quiet.coefficients).mean() < np.abs(loud.coefficients).mean() / 2


def test_classes_without_noise_are_penalized_no_more():
    task, labels = Multiclass("t", tuple("abc")), np.eye(3)[SIGNAL.argmax(axis=1)]
    found, plain = (fit_linear(task, FEATURES, labels, weights=np.ones(200), shares=each) for each in (SHARES, (1.0,)))
    assert found.coefficients == pytest.approx(plain.coefficients)


def ridge(values, strength=STRENGTH):
    unit = values.std()
    return Ridge(alpha=1 / strength).fit(FEATURES.toarray(), values / unit).predict(FEATURES.toarray()) * unit


def test_numbers_without_noise_are_learned_by_ridge_regression():
    found = fit_values(FEATURES, SIGNAL[:, :1], weights=np.ones(200)).scores(FEATURES)
    assert found[:, 0] == pytest.approx(ridge(SIGNAL[:, 0]), abs=0.1)


def test_numbers_that_are_mostly_noise_are_penalized_more():
    random = np.random.default_rng(1)
    noisy = SIGNAL[:, :1] + random.normal(size=(200, 1)) * 5 * SIGNAL[:, :1].std()
    found = fit_values(FEATURES, noisy, weights=np.ones(200)).scores(FEATURES)[:, 0]
    assert ((found - SIGNAL[:, 0]) ** 2).mean() < 0.5 * ((ridge(noisy[:, 0]) - SIGNAL[:, 0]) ** 2).mean()


@pytest.mark.parametrize("unit", [1e-3, 1e6])
def test_numbers_are_learned_alike_in_any_unit(unit):
    random = np.random.default_rng(1)
    noisy = SIGNAL[:, :1] + random.normal(size=(200, 1)) * SIGNAL[:, :1].std()
    found, scaled = (
        fit_values(FEATURES, values, weights=np.ones(200)).scores(FEATURES) for values in (noisy, unit * (noisy + 7))
    )
    assert scaled / unit - 7 == pytest.approx(found, abs=1e-2)


PRODUCTS = np.exp((SIGNAL[:, :1] - SIGNAL[:, 0].mean()) / SIGNAL[:, 0].std())


def test_logarithms_are_learned_by_poisson_regression():
    found = fit_values(FEATURES, PRODUCTS, weights=np.ones(200), link=link_for(PRODUCTS)).scores(FEATURES)
    values = PRODUCTS[:, 0] / PRODUCTS.mean()
    reference = PoissonRegressor(alpha=1 / STRENGTH / 200, tol=1e-8, max_iter=5000).fit(FEATURES.toarray(), values)
    assert np.exp(found[:, 0]) / PRODUCTS.mean() == pytest.approx(reference.predict(FEATURES.toarray()), rel=0.05)


@pytest.mark.parametrize("unit", [1e-3, 1e6])
def test_logarithms_are_learned_alike_in_any_unit(unit):
    found, scaled = (
        fit_values(FEATURES, values, weights=np.ones(200), link=link_for(values)).scores(FEATURES)
        for values in (PRODUCTS, unit * PRODUCTS)
    )
    assert scaled - np.log(unit) == pytest.approx(found, abs=1e-2)


def test_the_mean_of_noisy_products_is_learned_not_that_of_their_logarithms():
    random = np.random.default_rng(0)
    noisy = np.repeat(PRODUCTS, 20, axis=0) * np.exp(random.normal(size=(4000, 1)) - 0.5)  # of mean 1
    features = csr_matrix(np.repeat(FEATURES.toarray(), 20, axis=0))
    found = np.exp(fit_values(features, noisy, weights=np.ones(4000), link=link_for(noisy)).scores(FEATURES))
    assert found.mean() == pytest.approx(PRODUCTS.mean(), rel=0.05)
    assert np.corrcoef(np.log(found[:, 0]), np.log(PRODUCTS[:, 0]))[0, 1] > 0.95


def test_values_of_many_orders_of_magnitude_overflow_nothing():
    wild = np.exp(20 * (SIGNAL[:, :1] - SIGNAL[:, 0].mean()) / SIGNAL[:, 0].std())
    found = np.exp(fit_values(FEATURES, wild, weights=np.ones(200), link=link_for(wild)).scores(FEATURES))
    assert np.isfinite(found).all()
    assert found.sum() == pytest.approx(wild.sum(), rel=0.05)


@pytest.mark.parametrize("score", [-3.0, 0.0, 2.0, FURTHEST / 2 + 1, 10 * FURTHEST])
def test_the_slope_of_the_loss_is_what_is_expected_less_what_is_given_however_far(score):
    loss, targets = measured(np.array([[0.5]]), Spread(2.0, 2.0, Logarithms(2.0, -9.0, 9.0)))
    expected, _ = loss(np.array([[score]]), targets, np.ones((1, 1)))
    around = [loss(np.array([[score + step]]), targets, np.ones((1, 1)))[1] for step in (1e-5, -1e-5)]
    assert (around[0] - around[1]) / 2e-5 == pytest.approx(float(expected[0, 0] - targets[0, 0]), rel=1e-4)


def test_fewer_than_five_numbers_are_learned_too():
    found = fit_values(FEATURES[:3], SIGNAL[:3, :1], weights=np.ones(3)).scores(FEATURES)
    assert np.isfinite(found).all()


def test_a_row_without_weight_changes_nothing():
    targets, weights = np.eye(3)[SIGNAL.argmax(axis=1)], np.ones(200)
    weights[:50] = 0
    whole = fit_linear(Multiclass("t", tuple("abc")), FEATURES, targets, weights=weights)
    part = fit_linear(Multiclass("t", tuple("abc")), FEATURES[50:], targets[50:], weights=weights[50:])
    assert whole.coefficients == pytest.approx(part.coefficients, abs=1e-6)


def test_one_class_alone_is_always_predicted():
    targets = np.tile([0.0, 1.0], (200, 1))
    found = fit_linear(Multiclass("t", tuple("ab")), FEATURES, targets, weights=np.ones(200))
    assert set(found.scores(FEATURES).argmax(axis=1)) == {1}


def test_no_features_leave_the_share_of_each_class():
    targets = np.eye(2)[[0, 0, 0, 1]]
    found = fit_linear(Multiclass("t", tuple("ab")), csr_matrix((4, 0)), targets, weights=np.ones(4))
    scores = found.scores(csr_matrix((1, 0)))[0]
    assert np.exp(scores) / np.exp(scores).sum() == pytest.approx([0.75, 0.25], abs=0.01)


def test_naive_bayes_weighs_the_likelihood_with_a_class_against_that_without():
    random = np.random.default_rng(1)
    labels = SIGNAL.argmax(axis=1)
    weights = random.uniform(0.1, 2.0, 200)
    found = naive_bayes(FEATURES, np.eye(3)[labels], weights=weights)
    for label in range(3):
        of_class = labels == label
        # a row more of this class and of the others has all features
        share = weights[of_class].sum() / weights.sum()
        rows, added = np.vstack([FEATURES.toarray(), np.ones((2, 30))]), SMOOTHING * np.array([share, 1 - share])
        reference = BernoulliNB(alpha=1e-12).fit(rows, [*of_class, True, False], [*weights, *added])
        without, having = reference.feature_log_prob_
        assert found.coefficients[:, label] == pytest.approx(having - without)


def test_what_a_class_of_few_rows_lacks_does_not_speak_for_it():
    labels = np.array([1, 1, *np.zeros(198, int)])
    found = naive_bayes(FEATURES, np.eye(2)[labels], weights=np.ones(200)).coefficients
    has = np.asarray((FEATURES[:2] > 0).sum(axis=0)).ravel() > 0
    assert (found[has, 1] > 0).all()
    assert (found[~has, 1] < 0).all()


def test_of_a_class_without_rows_naive_bayes_says_that_it_is_unlikely():
    found = naive_bayes(FEATURES, np.eye(3)[(SIGNAL[:, 0] > 0).astype(int)], weights=np.ones(200))
    assert np.isfinite(found.coefficients).all()
    assert (found.scores(FEATURES).argmin(axis=1) == 2).all()


def test_targets_that_are_wrong_at_random_mislead_naive_bayes_less_than_a_fit():
    random = np.random.default_rng(0)
    truth = random.integers(2, size=3000)
    likely = np.where(np.arange(100) % 2 == truth[:, None], 0.1, 0.05)
    features = csr_matrix((random.uniform(size=(3000, 100)) < likely).astype(np.float64))
    told = np.eye(2)[np.where(random.uniform(size=3000) < 0.3, 1 - truth, truth)]
    known, weights = slice(300), np.ones(300)
    fitted = fit_linear(Multiclass("t", tuple("ab")), features[known], told[known], weights=weights)
    counted = naive_bayes(features[known], told[known], weights=weights)
    right = [(model.scores(features[300:]).argmax(axis=1) == truth[300:]).mean() for model in (fitted, counted)]
    assert right[1] > right[0] + 0.04


def test_naive_bayes_of_features_that_say_nothing_is_silent():
    targets = np.eye(2)[[0, 0, 1, 1]]
    assert not naive_bayes(csr_matrix(np.ones((4, 3))), targets, weights=np.ones(4)).coefficients.any()
    assert not naive_bayes(csr_matrix((4, 3)), targets, weights=np.ones(4)).coefficients.any()


def test_naive_bayes_of_no_rows_is_silent():
    assert not naive_bayes(csr_matrix((0, 3)), np.zeros((0, 2)), weights=np.zeros(0)).coefficients.any()
