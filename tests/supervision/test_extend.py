"""Votes reach near examples: what must hold of any extension, and what it gains where near examples are alike."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import strategies
from transom.data.items import one_each
from transom.data.labels import Labels
from transom.data.ties import example_keys
from transom.errors import UsageError
from transom.schema.payloads import Sequence, Singleton
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans
from transom.supervision.combine import combine
from transom.supervision.evidence import Evidence
from transom.supervision.extend import extend
from transom.supervision.extension import is_extendable
from transom.supervision.label_models.em import Em
from transom.supervision.label_models.majority import Majority
from transom.supervision.label_models.triplets import Triplets

CLASSES = Multiclass("intent", ("a", "b", "c", "d"))


def evidence(votes, *, gold=None, dev=(), task=CLASSES, test=()):
    """A row of votes an example; all but dev and test are train."""
    votes = np.asarray(votes)
    n = len(votes)
    items = one_each(n)
    gold = np.full(votes.shape[:1] + votes.shape[2:], -1) if gold is None else np.asarray(gold)
    is_dev, is_test = np.isin(np.arange(n), dev), np.isin(np.arange(n), test)
    return Evidence(
        task,
        items,
        example_keys([f"id{i}" for i in range(n)], seed=0),
        tuple(f"s{j}" for j in range(votes.shape[1])),
        tuple(Labels(items, votes[:, j].astype(np.int32)) for j in range(votes.shape[1])),
        Labels(items, gold.astype(np.int32)),
        ~is_dev & ~is_test,
        is_dev,
    )


def clusters(n=600, n_dev=150, n_test=150, n_clusters=40, coverage=0.3, seed=0):
    """Examples in clusters of one class each; three sources that are often silent, and right four times in five."""
    random = np.random.default_rng(seed)
    cluster = random.integers(0, n_clusters, n)
    truth = random.integers(0, 2, n_clusters)[cluster]
    vectors = random.standard_normal((n_clusters, 16))[cluster] + 0.1 * random.standard_normal((n, 16))
    right = random.random((n, 3)) < 0.8
    votes = np.where(random.random((n, 3)) < coverage, np.where(right, truth[:, None], 1 - truth[:, None]), -1)
    task = Multiclass("spam", ("no", "yes"))
    known = evidence(votes, gold=truth, dev=np.arange(n_dev), test=np.arange(n_dev, n_dev + n_test), task=task)
    return known, vectors, truth


def values(found):
    return np.stack([labels.values for labels in found.evidence.extended], axis=1)


@given(strategies.votes(), st.integers(0, 1000))
@settings(max_examples=50)
def test_whatever_the_votes_they_stay_and_others_are_added(drawn, seed):
    votes, _ = drawn
    vectors = np.random.default_rng(seed).integers(-1, 2, (len(votes), 2)).astype(float)
    known = evidence(votes, test=np.arange(len(votes) // 3))
    found = extend(known, vectors, threshold=0.5)
    extended = values(found)
    assert np.array_equal(extended[votes >= 0], votes[votes >= 0])
    assert found.row.n_added == (extended >= 0).sum() - (votes >= 0).sum() >= 0
    assert found.row.coverage_after >= found.row.coverage_before


@given(strategies.votes(), st.permutations(range(12)))
@settings(max_examples=30)
def test_the_order_of_examples_does_not_matter(drawn, permutation):
    votes, _ = drawn
    order = np.array([place for place in permutation if place < len(votes)], dtype=int)
    vectors = np.random.default_rng(0).standard_normal((len(votes), 3))
    known = evidence(votes)
    shuffled = replace(evidence(votes[order]), keys=known.keys[order])
    found, again = extend(known, vectors, threshold=0.1), extend(shuffled, vectors[order], threshold=0.1)
    assert np.array_equal(values(found)[order], values(again))


@given(strategies.votes(), st.sampled_from([1.0, 1.5]))
@settings(max_examples=20)
def test_a_threshold_of_1_or_above_changes_nothing(drawn, threshold):
    votes, _ = drawn
    found = extend(evidence(votes), np.ones((len(votes), 2)), threshold=threshold)
    assert np.array_equal(values(found), votes)
    assert (found.row.n_added, found.row.threshold_alone, found.row.threshold_beside) == (0, None, None)


def test_a_duplicate_of_an_example_gets_its_vote():
    vectors = np.array([[1.0, 2.0], [1.0, 2.0], [-2.0, 1.0]])
    assert values(extend(evidence([[2], [-1], [-1]]), vectors, threshold=0.9)).tolist() == [[2], [2], [-1]]


def test_votes_come_from_train_alone():
    vectors = np.ones((3, 2))
    assert values(extend(evidence([[2], [-1], [-1]], test=[0]), vectors, threshold=0.5)).tolist() == [[2], [-1], [-1]]
    assert values(extend(evidence([[2], [-1], [-1]], test=[1]), vectors, threshold=0.5)).tolist() == [[2], [2], [2]]


def test_zero_vectors_neither_give_nor_get_votes():
    vectors = np.array([[0.0, 0.0], [0.0, 0.0], [1.0, 0.0]])
    assert values(extend(evidence([[1], [-1], [-1]]), vectors, threshold=-1.0)).tolist() == [[1], [-1], [-1]]


@pytest.mark.parametrize(
    "votes", [np.zeros((0, 2), int), np.full((4, 2), -1), np.array([[1]]), np.zeros((3, 0), int)], ids=str
)
def test_nothing_to_extend_is_no_error(votes):
    found = extend(evidence(votes), np.ones((len(votes), 2)), threshold=0.5)
    assert [each.values.tolist() for each in found.evidence.extended] == votes.T.tolist()
    assert found.row.n_added == 0


def test_bits_are_extended_one_by_one():
    task = Bitvector("topics", ("sport", "politics"))
    known = evidence(np.array([[[1, -1]], [[-1, 0]], [[-1, -1]]]), task=task)
    found = extend(known, np.ones((3, 2)), threshold=0.5)
    # of the other examples' bits half are a vote, which is enough where there is none and where there are some
    assert found.evidence.extended[0].values.tolist() == [[1, 0], [1, 0], [1, 0]]
    assert (found.row.coverage_before, found.row.coverage_after) == (1 / 3, 1)


def test_probabilities_stay_and_added_votes_are_certain():
    known = evidence([[0], [-1], [-1]])
    sure = np.array([[0.7, 0.1, 0.1, 0.1], [0.5, 0.5, 0.0, 0.0], [np.nan] * 4])
    known = replace(known, votes=(replace(known.votes[0], probabilities=sure),))
    (labels,) = extend(known, np.ones((3, 2)), threshold=0.5).evidence.extended
    assert labels.values.tolist() == [0, -1, 0]
    assert labels.probabilities.tolist() == [*sure[:2].tolist(), [1, 0, 0, 0]]


@pytest.mark.parametrize("model", [None, Em(), Majority(), Triplets()], ids=str)
def test_where_near_examples_are_alike_labels_get_better(model):
    known, vectors, truth = clusters()
    found = extend(known, vectors, model=model)
    test = ~known.train & ~known.dev
    before, after = (combine(each, model or Em()).label_model.labels[test] for each in (known, found.evidence))
    # of the third of rows without votes half are guessed right before, and four fifths after
    assert (after == truth[test]).mean() > (before == truth[test]).mean() + 0.08
    assert found.row.dev_after > found.row.dev_before + 0.08
    assert found.row.coverage_after > 0.95


@pytest.mark.parametrize("seed", range(3))
def test_the_gain_on_dev_is_that_of_the_label_model_that_labels(seed):
    known, vectors, truth = clusters(seed=seed)
    found = extend(known, vectors, model=Em())
    scores = combine(found.evidence, Em()).label_model.probabilities[known.dev]
    hits = (scores.argmax(axis=1) == truth[known.dev])[scores.max(axis=1) > 0.5 + 1e-9].sum()
    ties = 0.5 * (scores.max(axis=1) <= 0.5 + 1e-9).sum()
    assert found.row.dev_after == pytest.approx((hits + ties) / known.dev.sum())


def test_where_neighbours_say_nothing_votes_stay():
    known, vectors, _ = clusters()
    found = extend(known, np.random.default_rng(1).standard_normal(vectors.shape), model=Majority())
    assert found.row.dev_after - found.row.dev_before < 0.06  # the best of a dozen thresholds on 150 rows of chance
    assert found.row.threshold_beside is None


def test_dev_whitens_what_a_few_directions_hide():
    known, vectors, _ = clusters()
    hidden = np.column_stack([vectors, 30 + 10 * np.random.default_rng(0).standard_normal(len(vectors))])
    assert extend(known, hidden).row.is_whitened
    assert extend(known, hidden).row.dev_after > extend(known, hidden, threshold=0.99).row.coverage_before


def test_the_label_model_learns_from_added_votes_only_where_dev_likes_that_better():
    known, vectors, _ = clusters()
    found = extend(known, vectors, model=Em())
    cast, fitted_again = (
        (combine(replace(found.evidence, learns_from_extended=each), Em()).label_model.labels == known.gold.values)
        for each in (False, True)
    )
    assert found.row.is_fitted_again == found.evidence.learns_from_extended
    assert found.row.is_fitted_again == (fitted_again[known.dev].sum() > cast[known.dev].sum())


def test_with_a_threshold_of_ones_own_the_label_model_learns_from_the_votes_that_were_cast():
    known, vectors, _ = clusters()
    found = extend(known, vectors, threshold=0.5)
    before, after = combine(known, Em()), combine(found.evidence, Em())
    assert np.array_equal(before.accuracies, after.accuracies)
    assert np.array_equal(before.majority.probabilities, after.majority.probabilities)
    assert after.label_model.covered.mean() > before.label_model.covered.mean()


def test_gold_of_test_has_no_say():
    known, vectors, truth = clusters()
    test = ~known.train & ~known.dev
    changed = replace(known, gold=Labels(known.items, np.where(test, 1 - truth, truth).astype(np.int32)))
    assert extend(known, vectors).row == extend(changed, vectors).row


def test_too_little_gold_on_dev_is_refused_with_the_reason():
    known, vectors, _ = clusters(n_dev=29)
    with pytest.raises(UsageError) as refused:
        extend(known, vectors)
    assert str(refused.value) == (
        "T110 extend: threshold 'auto' is chosen on dev gold, and 29 dev examples have gold of task 'spam'; it takes "
        "30. Give a threshold, such as 0.8, or more gold on dev."
    )


@pytest.mark.parametrize(
    ("task", "payload", "is_one"),
    [
        (Multiclass("t", ("a",)), None, True),
        (Multiclass("t", ("a",), "query"), Singleton("query", "text"), True),
        (Bitvector("t", ("a",), "query"), Singleton("query", "text"), True),
        (Multiclass("t", ("a",), "tokens"), Sequence("tokens", "token"), False),
        (Spans("t", ("a",), "tokens"), Sequence("tokens", "token"), False),
        (Select("t"), None, False),
        (Regression("t"), None, False),
    ],
    ids=str,
)
def test_tasks_with_a_class_or_bits_of_whole_examples_are_extendable(task, payload, is_one):
    assert is_extendable(task, payload) is is_one
