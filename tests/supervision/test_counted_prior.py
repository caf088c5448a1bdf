"""Without gold the class prior is counted on votes, as far as these can tell how common classes are."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies import votes
from transom.data.items import from_lengths, one_each
from transom.data.labels import Labels
from transom.data.ties import example_keys
from transom.schema.tasks import Multiclass, Spans, Task
from transom.supervision.choice import Auto
from transom.supervision.combine import combine
from transom.supervision.counted_prior import prior_of_votes
from transom.supervision.evidence import Evidence
from transom.supervision.label_models.em import Em
from transom.supervision.prior import uniform_prior
from transom.supervision.statistics import one_hot
from transom.testing.label_models import matrix_of


def crowd(shares, accuracies, *, n_rows=1500, coverage=0.6, seed=0):
    """Votes of sources that know every class, errors spread evenly, and the true class of each row."""
    random, n_classes = np.random.default_rng(seed), len(shares)
    truth = random.choice(n_classes, p=shares, size=n_rows)
    shape = (n_rows, len(accuracies))
    wrong = (truth[:, None] + random.integers(1, n_classes, size=shape)) % n_classes
    cast = np.where(random.random(shape) < accuracies, truth[:, None], wrong)
    return matrix_of(np.where(random.random(shape) < coverage, cast, -1).astype(np.int8), n_classes), truth


@given(votes())
def test_it_gives_each_class_a_positive_share(given_votes):
    prior = prior_of_votes(matrix_of(*given_votes))
    assert (prior > 0).all()
    assert prior.sum() == pytest.approx(1)


@given(votes(), st.randoms())
def test_the_order_of_rows_and_sources_is_irrelevant(given_votes, random):
    cast, n_classes = given_votes
    rows, sources = list(range(len(cast))), list(range(cast.shape[1]))
    random.shuffle(rows)
    random.shuffle(sources)
    shuffled = prior_of_votes(matrix_of(cast[rows][:, sources], n_classes))
    assert np.allclose(shuffled, prior_of_votes(matrix_of(cast, n_classes)))


@given(votes(), st.randoms())
def test_renaming_classes_renames_their_shares(given_votes, random):
    cast, n_classes = given_votes
    names = list(range(n_classes))
    random.shuffle(names)
    renamed = np.append(names, -1)[cast].astype(np.int8)
    assert np.allclose(prior_of_votes(matrix_of(renamed, n_classes))[names], prior_of_votes(matrix_of(cast, n_classes)))


@given(votes())
def test_rows_and_sources_without_votes_change_nothing(given_votes):
    cast, n_classes = given_votes
    wider = np.pad(cast, ((0, 2), (0, 1)), constant_values=-1)
    assert np.allclose(prior_of_votes(matrix_of(wider, n_classes)), prior_of_votes(matrix_of(cast, n_classes)))


@given(votes())
def test_of_sources_that_vote_one_class_each_it_is_uniform(given_votes):
    cast, n_classes = given_votes
    one_class = np.where(cast < 0, -1, cast.max(axis=0, initial=-1)).astype(np.int8)
    assert prior_of_votes(matrix_of(one_class, n_classes)).tolist() == uniform_prior(n_classes).tolist()


def test_a_rule_that_seldom_votes_another_class_hardly_counts():
    cast = np.full((400, 3), -1, dtype=np.int8)
    cast[:, 0], cast[:8, 0] = 0, 1  # 2 % for another class
    assert prior_of_votes(matrix_of(cast, 2))[0] == pytest.approx(0.5, abs=0.05)


def test_ties_are_shared_out():
    both = np.array([[0, 1], [1, 0]], dtype=np.int8)
    assert prior_of_votes(matrix_of(both, 2)).tolist() == [0.5, 0.5]


def test_what_sources_of_several_classes_vote_is_how_common_classes_are():
    """Majorities of five votes err towards the rare class: of 80 % they say three quarters."""
    matrix, _ = crowd([0.8, 0.2], [0.9, 0.8, 0.8, 0.85, 0.75])
    assert 0.7 < prior_of_votes(matrix)[0] < 0.8


def combined(task: Task, items, columns, model):
    n = items.n_examples
    gold = Labels(items, np.full(items.n_items, -1, dtype=np.int32))
    keys = example_keys([f"e{i}" for i in range(n)], seed=0)
    sources = tuple(f"s{source}" for source in range(len(columns)))
    cast = tuple(Labels(items, column.astype(np.int32)) for column in columns)
    return combine(Evidence(task, items, keys, sources, cast, gold, np.ones(n, bool), np.zeros(n, bool)), model)


@pytest.mark.parametrize(
    ("shares", "accuracies", "gain"),
    [
        ([0.95, 0.05], [0.9, 0.75, 0.7, 0.85, 0.65], 0.03),
        ([0.8, 0.2], [0.9, 0.75, 0.7, 0.85, 0.65], 0.02),
        ([0.9, 0.1], [0.9, 0.8, 0.7], 0.02),
        ([0.7, 0.2, 0.1], [0.9, 0.75, 0.7, 0.85], 0.02),
    ],
)
@pytest.mark.parametrize("seed", range(2))
def test_weighing_is_right_more_often_than_counting_where_classes_are_unequal(shares, accuracies, gain, seed):
    """With a uniform prior weighing loses 1 to 17 points to counting here; standard errors of a share are .01."""
    matrix, truth = crowd(shares, accuracies, seed=seed)
    task = Multiclass("t", tuple("abc"[: len(shares)]))
    both = combined(task, one_each(len(truth)), matrix.votes.T, Auto())
    has_vote = (matrix.votes >= 0).any(axis=1)
    weighed, counted = ((each.labels == truth)[has_vote].mean() for each in (both.label_model, both.majority))
    assert weighed > counted + gain


@pytest.mark.parametrize("prior", ["uniform", (0.5, 0.5)])
def test_a_prior_that_is_given_is_not_counted(prior):
    matrix, _ = crowd([0.9, 0.1], [0.9, 0.8, 0.7])
    task, items = Multiclass("t", ("a", "b")), one_each(1500)
    given_prior = combined(task, items, matrix.votes.T, Em(prior=prior)).label_model.probabilities
    silent = ~(matrix.votes >= 0).any(axis=1)
    assert (given_prior[silent] == 0.5).all()
    counted = combined(task, items, matrix.votes.T, Em()).label_model.probabilities
    assert (counted[silent][:, 0] > 0.7).all()


def test_of_spans_it_stays_uniform_as_votes_hardly_say_outside():
    columns = [np.array([1, 0, 1, 0] * 50), np.array([1, 0, 0, 1] * 50), np.array([0, 1, 0, 0] * 50)]
    items, task = from_lengths(np.full(50, 4)), Spans("t", ("x",))
    counted, uniform = (combined(task, items, columns, model).label_model for model in (Em(), Em(prior="uniform")))
    assert np.array_equal(counted.probabilities, uniform.probabilities)


def test_it_is_counted_on_soft_votes_as_on_hard_ones():
    matrix, _ = crowd([0.9, 0.1], [0.9, 0.8, 0.7], n_rows=200)
    assert np.allclose(prior_of_votes(replace(matrix, soft=one_hot(matrix))), prior_of_votes(matrix))
