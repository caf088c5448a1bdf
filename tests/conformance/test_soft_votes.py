"""Every registered label model takes a soft vote for what it is: votes of its weights."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from transom.data.items import one_each
from transom.data.labels import Labels
from transom.registry import names, resolve
from transom.schema.tasks import Multiclass, Select
from transom.supervision.matrix import label_matrix
from transom.supervision.prior import uniform_prior
from transom.supervision.statistics import one_hot
from transom.testing.label_models import draw_votes, matrix_of

every_label_model = pytest.mark.parametrize("name", names("label_models"))
TASK = Multiclass("intent", ("a", "b"))


def predict(name, matrix):
    return resolve("label_models", name)().fit(matrix, uniform_prior(matrix.n_classes)).predict(matrix)


def with_first_soft(sureness, n_rows=600):
    """Votes of known truth, those of the first source given as a probability that varies from row to row."""
    drawn, truth = draw_votes(np.array([0.8, 0.75, 0.7, 0.7]), n_rows=n_rows, seed=5)
    shares = np.where(np.eye(2)[drawn.votes[:, 0]] == 1, sureness[:, None], 1 - sureness[:, None])
    labels = [Labels(one_each(n_rows), column.astype(np.int32)) for column in drawn.votes.T]
    labels[0] = replace(labels[0], probabilities=shares)
    return label_matrix(TASK, labels, sources=drawn.sources, items=one_each(n_rows)), drawn, truth


@every_label_model
def test_sure_soft_votes_are_hard_votes(name):
    soft, hard, _ = with_first_soft(np.ones(600))
    assert np.allclose(predict(name, soft), predict(name, matrix_of(hard.votes, 2)), atol=1e-5)


@every_label_model
def test_a_surer_vote_tells_more(name):
    sureness = np.random.default_rng(0).choice([0.6, 0.9], size=600)
    soft, hard, _ = with_first_soft(sureness)
    probabilities = predict(name, soft)
    for row in np.unique(hard.votes, axis=0):
        alike = (hard.votes == row).all(axis=1)
        if len(set(sureness[alike])) == 2:
            for_its_class = probabilities[alike, row[0]]
            assert for_its_class[sureness[alike] == 0.9].min() > for_its_class[sureness[alike] == 0.6].max()


@every_label_model
def test_votes_that_know_how_sure_they_are_are_worth_more_than_hardened_ones(name):
    random = np.random.default_rng(1)
    truth = random.integers(2, size=2000)
    items, names_of_sources = one_each(2000), ("a", "b", "c", "d", "e")
    hard, soft = [], []
    for _ in names_of_sources:
        sureness = random.choice([0.52, 0.95], size=2000)
        says = np.where(random.random(2000) < sureness, truth, 1 - truth).astype(np.int32)
        hard.append(Labels(items, says))
        soft.append(Labels(items, says, np.where(np.eye(2)[says] == 1, sureness[:, None], 1 - sureness[:, None])))
    by_hard, by_soft = (
        (predict(name, label_matrix(TASK, votes, sources=names_of_sources, items=items)).argmax(axis=1) == truth).mean()
        for votes in (hard, soft)
    )
    assert by_soft > by_hard + 0.03


@every_label_model
def test_a_soft_choice_among_members_keeps_to_the_members(name):
    items = one_each(40)
    items = replace(items, offsets=np.arange(41) * 2)
    values = np.tile([0, 1], 20).astype(np.int32)
    soft = Labels(items, values, np.tile([[0.6, 0.3, 0.1], [0.1, 0.8, 0.1]], (20, 1)))
    hard = Labels(items, values)
    matrix = label_matrix(Select("arg", "entities"), [soft, hard, hard], sources=("a", "b", "c"), items=items)
    probabilities = predict(name, matrix)
    assert np.allclose(probabilities.sum(axis=1), 1)
    assert (probabilities.argmax(axis=1) == values).all()


def test_a_matrix_that_is_soft_has_its_votes_in_parts():
    soft, hard, _ = with_first_soft(np.full(600, 0.75))
    assert isinstance(soft.soft, sparse.csr_array)
    assert np.allclose(one_hot(soft).toarray()[:, :2].max(axis=1), 0.75)
    assert np.array_equal(soft.votes, hard.votes)
