"""Every registered label model obeys the laws, on any votes."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings

from strategies import votes
from transom.registry import names, resolve
from transom.supervision.label_model import FittedLabelModel
from transom.supervision.label_models.majority import Majority
from transom.supervision.matrix import LabelMatrix
from transom.supervision.prior import uniform_prior
from transom.testing.label_models import LAWS, check_label_model, draw_votes, matrix_of

every_label_model = pytest.mark.parametrize("name", names("label_models"))


def fitted(name, matrix, prior=None):
    return resolve("label_models", name)().fit(matrix, uniform_prior(matrix.n_classes) if prior is None else prior)


@every_label_model
@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
@settings(max_examples=30, deadline=None)
@given(votes())
def test_a_law_holds_on_any_votes(name, law, drawn):
    matrix = matrix_of(*drawn)
    law(resolve("label_models", name)(), matrix, uniform_prior(matrix.n_classes))


@every_label_model
def test_the_suite_for_plugin_authors_passes(name):
    check_label_model(resolve("label_models", name)())


@dataclass(frozen=True)
class Careless:
    """Majority, but for one thing that it gets wrong."""

    mistake: Literal["prior", "silent"]
    fitted: FittedLabelModel | None = None

    def fit(self, matrix, prior):
        of_prior = uniform_prior(matrix.n_classes) if self.mistake == "prior" else prior
        return replace(self, fitted=Majority().fit(matrix, of_prior))

    def predict(self, matrix):
        return self.fitted.predict(matrix)

    @property
    def accuracies(self):
        known = self.fitted.accuracies
        return np.nan_to_num(known, nan=0.5) if self.mistake == "silent" else known


@pytest.mark.parametrize(
    ("mistake", "complaint"), [("prior", "does not get the prior"), ("silent", "never votes has an accuracy")]
)
def test_the_suite_finds_a_model_that_forgets_the_prior_or_rates_a_silent_source(mistake, complaint):
    with pytest.raises(AssertionError, match=complaint):
        check_label_model(Careless(mistake))


@every_label_model
def test_laws_hold_with_an_uneven_prior(name):
    matrix, _ = draw_votes(np.array([0.9, 0.8, 0.7]), n_classes=3, n_rows=100, coverage=0.5)
    for law in LAWS:
        law(resolve("label_models", name)(), matrix, np.array([0.7, 0.2, 0.1]))


@every_label_model
def test_better_sources_are_found_better(name):
    matrix, _ = draw_votes(np.array([0.6, 0.75, 0.9]), n_rows=20_000)
    assert (np.diff(fitted(name, matrix).accuracies) > 0).all()


@every_label_model
def test_zero_rows_are_fitted_and_predicted(name):
    matrix = matrix_of(np.zeros((0, 3), dtype=np.int8), 2)
    assert fitted(name, matrix).predict(matrix).shape == (0, 2)


@every_label_model
def test_perfectly_opposed_sources_leave_the_prior(name):
    votes = np.tile([[0, 1], [1, 0]], (500, 1)).astype(np.int8)
    assert np.allclose(fitted(name, matrix_of(votes, 2)).predict(matrix_of(votes, 2)), 0.5, atol=1e-6)


@pytest.mark.slow
@every_label_model
def test_a_thousand_sources_on_two_hundred_rows(name):
    matrix, truth = draw_votes(np.full(1000, 0.6), n_rows=200, coverage=0.1)
    predicted = fitted(name, matrix).predict(matrix)
    assert np.isfinite(predicted).all()
    # 100 votes a row, each right with 0.6: majority is right with about 0.98; 20 votes a source teach weights badly
    assert (predicted.argmax(axis=1) == truth).mean() > 0.85


@every_label_model
def test_two_hundred_classes(name):
    matrix, truth = draw_votes(np.full(6, 0.7), n_classes=200, n_rows=2000)
    assert (fitted(name, matrix).predict(matrix).argmax(axis=1) == truth).mean() > 0.95


@every_label_model
def test_many_rows_of_the_same_vote_do_not_overflow_small_integers(name):
    votes = np.ones((100_000, 3), dtype=np.int8)
    votes[:20_000] = 0
    predicted = fitted(name, matrix_of(votes, 2)).predict(matrix_of(votes, 2))
    assert (predicted.argmax(axis=1) == votes[:, 0]).all()


@every_label_model
def test_votes_of_one_class_only_are_believed(name):
    votes = np.ones((50, 3), dtype=np.int8)
    assert (fitted(name, matrix_of(votes, 2)).predict(matrix_of(votes, 2))[:, 1] > 0.5).all()


@every_label_model
def test_an_option_that_a_row_lacks_is_impossible(name):
    base = matrix_of(np.array([[0, 0, 1], [2, 2, -1], [-1, -1, -1]], dtype=np.int8), 4)
    matrix = LabelMatrix(base.votes, base.sources, 4, base.items, n_options=np.array([3, 4, 2]))
    predicted = fitted(name, matrix).predict(matrix)
    assert np.allclose(predicted.sum(axis=1), 1)
    assert predicted[0, 3] == 0
    assert (predicted[2, 2:] == 0).all()
    assert list(predicted[:2].argmax(axis=1)) == [0, 2]


@every_label_model
def test_one_source_alone_is_believed(name):
    votes = np.random.default_rng(0).integers(-1, 3, size=(200, 1)).astype(np.int8)
    predicted = fitted(name, matrix_of(votes, 3)).predict(matrix_of(votes, 3))
    is_vote = votes[:, 0] >= 0
    assert np.array_equal(predicted[is_vote].argmax(axis=1), votes[is_vote, 0])
    assert np.allclose(predicted[~is_vote], 1 / 3)


@every_label_model
def test_sources_that_never_vote_leave_the_prior(name):
    silent = matrix_of(np.full((50, 3), -1, dtype=np.int8), 2)
    model = fitted(name, silent, np.array([0.7, 0.3]))
    assert np.allclose(model.predict(silent), [0.7, 0.3])
    assert np.isnan(model.accuracies).all()


@pytest.mark.slow
@every_label_model
def test_ten_million_rows_of_the_same_vote_do_not_overflow(name):
    votes = np.ones((10_000_000, 3), dtype=np.int8)
    votes[::5] = 0
    model = fitted(name, matrix_of(votes, 2))
    assert ((model.accuracies > 0.5) & (model.accuracies <= 1)).all()
    assert (model.predict(matrix_of(votes[:10], 2)).argmax(axis=1) == votes[:10, 0]).all()


@dataclass(frozen=True)
class Short:
    """Majority, but for the last class of each row, which it leaves out."""

    fitted: FittedLabelModel | None = None

    def fit(self, matrix, prior):
        return replace(self, fitted=Majority().fit(matrix, prior))

    def predict(self, matrix):
        return self.fitted.predict(matrix)[:, :-1]

    @property
    def accuracies(self):
        return self.fitted.accuracies


def test_a_label_model_that_leaves_a_class_out_is_told_so():
    with pytest.raises(AssertionError) as raised:
        check_label_model(Short())
    assert str(raised.value).partition("\n")[0] == "there is not one probability a row and class"
