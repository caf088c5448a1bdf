"""The laws that every label model obeys: a conformance suite for those who write one.

A law takes the settings of a label model, a label matrix and a class prior, and fails with an `AssertionError`.

>>> from transom.supervision.label_models.majority import Majority
>>> check_label_model(Majority())
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from jaxtyping import Float, Int

from transom.data.items import one_each
from transom.supervision.label_model import LabelModel
from transom.supervision.matrix import ABSTAINED, LabelMatrix

TOLERANCE = 1e-5
"""Iterations end when they move by less than this, and may end one step apart when sums are taken in another order."""

Prior = Float[np.ndarray, " n_classes"]
Law = Callable[[LabelModel, LabelMatrix, Prior], None]


def check_label_model(model: LabelModel, *, seed: int = 0, n_draws: int = 5) -> None:
    """Tries every law on label matrices drawn at random.

    Raises:
        AssertionError: a law is broken; the message says which.
    """
    random = np.random.default_rng(seed)
    for _ in range(n_draws):
        n_classes = int(random.integers(2, 5))
        accuracies = random.uniform(0.6, 0.95, size=int(random.integers(1, 8)))
        matrix, _truth = draw_votes(
            accuracies, n_classes=n_classes, n_rows=60, coverage=0.6, seed=int(random.integers(99))
        )
        prior = random.dirichlet(np.full(n_classes, 5.0))
        for law in LAWS:
            law(model, matrix, prior)


def draw_votes(
    accuracies: Float[np.ndarray, " n_sources"],
    *,
    n_classes: int = 2,
    n_rows: int,
    coverage: float = 1.0,
    seed: int = 0,
) -> tuple[LabelMatrix, Int[np.ndarray, " n_rows"]]:
    """Votes of sources that are right so often, independently of each other, and the true class of each row.

    Classes are equally common, errors fall evenly on the other classes, and a source votes on a share of the rows.
    """
    random = np.random.default_rng(seed)
    truth = random.integers(n_classes, size=n_rows)
    shape = (n_rows, len(accuracies))
    wrong = (truth[:, None] + random.integers(1, max(n_classes, 2), size=shape)) % n_classes
    votes = np.where(random.random(shape) < accuracies, truth[:, None], wrong)
    votes = np.where(random.random(shape) < coverage, votes, ABSTAINED).astype(np.int16)
    return matrix_of(votes, n_classes), truth


def matrix_of(votes: Int[np.ndarray, "n_rows n_sources"], n_classes: int) -> LabelMatrix:
    """A label matrix of rows that are examples, whose sources are called s0, s1 and so on."""
    sources = tuple(f"s{source}" for source in range(votes.shape[1]))
    return LabelMatrix(votes, sources, n_classes, one_each(len(votes)))


def rows_sum_to_one(model: LabelModel, matrix: LabelMatrix, prior: Prior) -> None:
    """Probabilities are finite, not negative, and those of a row sum to 1."""
    probabilities = model.fit(matrix, prior).predict(matrix)
    assert probabilities.shape == (len(matrix.votes), matrix.n_classes), "there is not one probability a row and class"
    assert np.isfinite(probabilities).all(), "a probability is not finite"
    assert (probabilities >= 0).all(), "a probability is negative"
    assert np.allclose(probabilities.sum(axis=1), 1.0, atol=1e-9), "the probabilities of a row do not sum to 1"


def accuracies_are_shares(model: LabelModel, matrix: LabelMatrix, prior: Prior) -> None:
    """Accuracies lie in [0, 1]; one of a source that never votes is NaN."""
    more = _with_silent_source(matrix)
    accuracies = model.fit(more, prior).accuracies
    votes = (more.votes >= 0).any(axis=0)
    assert accuracies.shape == (len(more.sources),), "there is not one accuracy a source"
    known = accuracies[votes]
    assert (np.isnan(known) | ((known >= -TOLERANCE) & (known <= 1 + TOLERANCE))).all(), "an accuracy is no share"
    assert np.isnan(accuracies[~votes]).all(), "a source that never votes has an accuracy"


def a_row_without_votes_gets_the_prior(model: LabelModel, matrix: LabelMatrix, prior: Prior) -> None:
    """Where nothing votes, nothing is known but the prior."""
    silent = replace(matrix, votes=np.full_like(matrix.votes, ABSTAINED))
    predicted = model.fit(matrix, prior).predict(silent)
    assert np.allclose(predicted, prior, atol=1e-9), "a row without a vote does not get the prior"


def order_of_rows_is_irrelevant(model: LabelModel, matrix: LabelMatrix, prior: Prior) -> None:
    """Rows shuffled give the same probabilities, shuffled."""
    order = np.random.default_rng(0).permutation(len(matrix.votes))
    shuffled = replace(matrix, votes=matrix.votes[order])
    _same(_predict(model, matrix, prior)[order], _predict(model, shuffled, prior), "the order of rows matters")


def order_of_sources_is_irrelevant(model: LabelModel, matrix: LabelMatrix, prior: Prior) -> None:
    """Columns shuffled give the same probabilities."""
    order = np.random.default_rng(0).permutation(len(matrix.sources))
    shuffled = replace(matrix, votes=matrix.votes[:, order], sources=tuple(matrix.sources[j] for j in order))
    _same(_predict(model, matrix, prior), _predict(model, shuffled, prior), "the order of sources matters")


def a_source_that_always_abstains_changes_nothing(model: LabelModel, matrix: LabelMatrix, prior: Prior) -> None:
    """One more source without any vote gives the same probabilities."""
    more = _with_silent_source(matrix)
    _same(_predict(model, matrix, prior), _predict(model, more, prior), "a source without votes matters")


def renaming_classes_permutes_columns(model: LabelModel, matrix: LabelMatrix, prior: Prior) -> None:
    """Classes in another order give the same probabilities, in that order."""
    order = np.random.default_rng(0).permutation(matrix.n_classes)
    position = np.append(np.argsort(order), ABSTAINED).astype(matrix.votes.dtype)
    renamed = replace(matrix, votes=position[matrix.votes])
    _same(_predict(model, matrix, prior)[:, order], _predict(model, renamed, prior[order]), "names of classes matter")


def nothing_given_is_changed(model: LabelModel, matrix: LabelMatrix, prior: Prior) -> None:
    """Fitting and predicting leave the votes and the prior as they are, and can be done again."""
    votes, before = matrix.votes.copy(), prior.copy()
    first = _predict(model, matrix, prior)
    assert np.array_equal(votes, matrix.votes), "votes are changed"
    assert np.array_equal(before, prior), "the prior is changed"
    assert np.array_equal(first, _predict(model, matrix, prior)), "the same votes give other probabilities"


def agreeing_sources_raise_confidence(model: LabelModel, _matrix: LabelMatrix, _prior: Prior) -> None:
    """The more sources better than chance agree on a class, the more probable it is."""
    learned, _truth = draw_votes(np.full(5, 0.8), n_rows=2000, seed=3)
    rows = np.where(np.tril(np.ones((4, 4))) > 0, 0, ABSTAINED)  # the first, the first two, … vote class 0
    rival = np.ones((4, 1))  # one source votes class 1 throughout, so that majority too is not sure from the start
    asked = matrix_of(np.hstack([rows, rival]).astype(np.int16), 2)
    confidence = model.fit(learned, np.full(2, 0.5)).predict(asked)[:, 0]
    assert (np.diff(confidence) > 0).all(), "one more source that agrees does not raise the probability"


LAWS: tuple[Law, ...] = (
    rows_sum_to_one,
    accuracies_are_shares,
    a_row_without_votes_gets_the_prior,
    order_of_rows_is_irrelevant,
    order_of_sources_is_irrelevant,
    a_source_that_always_abstains_changes_nothing,
    renaming_classes_permutes_columns,
    nothing_given_is_changed,
    agreeing_sources_raise_confidence,
)


def _with_silent_source(matrix: LabelMatrix) -> LabelMatrix:
    silent = np.full((len(matrix.votes), 1), ABSTAINED, dtype=matrix.votes.dtype)
    return replace(matrix, votes=np.hstack([matrix.votes, silent]), sources=(*matrix.sources, "silent"))


def _predict(model: LabelModel, matrix: LabelMatrix, prior: Prior) -> Float[np.ndarray, "n_rows n_classes"]:
    return model.fit(matrix, prior).predict(matrix)


def _same(one: np.ndarray, other: np.ndarray, complaint: str) -> None:
    assert np.allclose(one, other, atol=TOLERANCE), f"{complaint}: by up to {np.abs(one - other).max():.2g}"
