import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from task_evidence import evidence_of
from transom.data.items import from_lengths
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select
from transom.supervision.conflicts import conflicts, correlations

TASK = Multiclass("intent", ("height", "age", "spouse"))


def ids(n_examples):
    return pl.Series([f"q{row}" for row in range(n_examples)])


def test_a_conflict_says_how_often_on_what_and_who_is_right():
    given = evidence_of(
        TASK,
        {"a": [0, 0, 0, 1, 0, 0, 0], "b": [1, 1, 2, 1, 1, 1, -1]},
        gold=[-1, -1, -1, -1, 0, 2, 0],
        splits="ttttddd",
    )
    (found,) = conflicts(given, ids(7))
    assert (found.source, found.other, found.n, found.share) == ("a", "b", 3, 0.75)
    assert found.votes == ("height", "age")
    assert (found.right, found.other_right, found.n_gold) == (0.5, 0.0, 2)
    assert found.ids == ("q0", "q1", "q2")


def test_without_dev_gold_train_tells_who_is_right_and_without_any_nobody_knows():
    votes = {"a": [0, 0], "b": [1, 1]}
    (judged,) = conflicts(evidence_of(TASK, votes, gold=[1, -1], splits="tt"), ids(2))
    assert (judged.right, judged.other_right, judged.n_gold) == (0.0, 1.0, 1)
    (unjudged,) = conflicts(evidence_of(TASK, votes, gold=[-1, -1], splits="tt"), ids(2))
    assert (unjudged.right, unjudged.other_right, unjudged.n_gold) == (None, None, 0)


def test_the_pairs_that_disagree_most_come_first():
    votes = {"a": [0, 0, 0], "b": [0, 1, 0], "c": [1, 1, 1]}
    given = evidence_of(TASK, votes, gold=[-1] * 3, splits="ttt")
    assert [(found.source, found.other, found.n) for found in conflicts(given, ids(3))] == [
        ("a", "c", 3), ("b", "c", 2), ("a", "b", 1)
    ]  # fmt: skip
    assert len(conflicts(given, ids(3), most=1)) == 1


def test_a_conflict_about_a_bit_names_its_class():
    task = Bitvector("topics", ("sport", "politics"))
    given = evidence_of(task, {"a": [[0, 1]], "b": [[0, 0]]}, gold=[[-1, -1]], splits="t")
    (found,) = conflicts(given, ids(1))
    assert (found.votes, found.n, found.ids) == (("politics", "not politics"), 1, ("q0",))


def test_members_of_sets_have_no_names():
    task = Select("who", "entities")
    items = from_lengths(np.array([2, 2]))
    given = evidence_of(task, {"a": [0, 1], "b": [1, 1]}, gold=[-1, -1], splits="tt", items=items)
    (found,) = conflicts(given, ids(2))
    assert (found.votes, found.ids) == (None, ("q0",))


def test_numbers_do_not_conflict_but_correlate():
    votes = {"a": [1.0, 2.0, 3.0, np.nan], "b": [2.0, 4.0, 6.0, 1.0], "c": [5.0, 5.0, np.nan, 5.0]}
    given = evidence_of(Regression("score"), votes, gold=[np.nan] * 4, splits="tttt")
    assert conflicts(given, ids(4)) == ()
    found = {(each.source, each.other): each for each in correlations(given)}
    assert found["a", "b"].correlation == pytest.approx(1.0)
    assert (found["a", "b"].n, found["a", "b"].agreement, found["a", "b"].kappa) == (3, None, None)
    assert found["a", "c"].correlation is None


def test_kappa_is_agreement_beyond_chance():
    votes = {"a": [0] * 20 + [0] * 5 + [1] * 10 + [1] * 15, "b": [0] * 20 + [1] * 5 + [0] * 10 + [1] * 15}
    (found,) = correlations(evidence_of(TASK, votes, gold=[-1] * 50, splits="t" * 50))
    assert (found.n, found.agreement) == (50, 0.7)
    assert found.kappa == pytest.approx(0.4)  # the table of Cohen's example: (0.7 - 0.5) / (1 - 0.5)
    assert found.correlation is None  # both always vote


def test_sources_that_vote_in_the_same_places_correlate_though_each_votes_one_class():
    votes = {"a": [0, 0, -1, -1], "b": [1, 1, -1, -1], "c": [0, -1, 0, -1]}
    found = {(each.source, each.other): each for each in correlations(evidence_of(TASK, votes, [-1] * 4, "tttt"))}
    assert found["a", "b"].correlation == pytest.approx(1.0)
    assert found["a", "c"].correlation == pytest.approx(0.0)
    assert (found["a", "b"].agreement, found["a", "b"].kappa) == (0.0, 0.0)
    assert (found["a", "c"].agreement, found["a", "c"].kappa) == (1.0, None)


def test_the_pairs_that_go_together_most_come_first():
    votes = {"a": [0, 0, -1, -1], "b": [0, -1, 0, -1], "c": [0, 0, -1, -1]}
    given = evidence_of(TASK, votes, [-1] * 4, "tttt")
    assert [(each.source, each.other) for each in correlations(given, most=1)] == [("a", "c")]


def test_without_sources_there_is_nothing_to_compare():
    given = evidence_of(TASK, {}, gold=[0], splits="t")
    assert (conflicts(given, ids(1)), correlations(given)) == ((), ())


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 999), st.integers(1, 15))
def test_conflicts_are_those_of_counting_row_by_row(seed, n_examples):
    rng = np.random.default_rng(seed)
    votes = rng.integers(-1, 3, (n_examples, 3))
    given = evidence_of(TASK, dict(zip("abc", votes.T, strict=True)), [-1] * n_examples, "t" * n_examples)
    found = {(each.source, each.other): each.n for each in conflicts(given, ids(n_examples))}
    counted = {
        ("abc"[i], "abc"[j]): sum(row[i] >= 0 and row[j] >= 0 and row[i] != row[j] for row in votes)
        for i in range(3)
        for j in range(i + 1, 3)
    }
    assert found == {pair: n for pair, n in counted.items() if n}
