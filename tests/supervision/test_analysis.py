import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from task_evidence import evidence_of
from transom.data.items import from_lengths
from transom.data.labels import begin_tag, inside_tag
from transom.evaluation.intervals import wilson
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans
from transom.supervision.analysis import source_table
from transom.supervision.copies import copies_among
from transom.supervision.source_row import SourceRow

TASK = Multiclass("intent", ("height", "age", "spouse"))


def table(*args, accuracies=None, **kwargs):
    given = evidence_of(*args, **kwargs)
    estimated = np.full(len(given.sources), np.nan) if accuracies is None else np.array(accuracies)
    return {row.source: row for row in source_table(given, estimated)}


def test_coverage_overlap_and_conflict_are_shares_of_train():
    rows = table(
        TASK,
        {"a": [0, 0, 1, -1, 2], "b": [0, 1, -1, -1, 2], "c": [-1, 1, -1, -1, 2]},
        gold=[-1] * 5,
        splits="ttttx",
    )
    assert [(row.coverage, row.overlap, row.conflict) for row in rows.values()] == [
        (0.75, 0.5, 0.25),
        (0.5, 0.5, 0.25),
        (0.25, 0.25, 0.25),
    ]


def test_polarity_names_the_classes_that_a_source_votes_for():
    rows = table(TASK, {"a": [0, 2, 0], "b": [-1, -1, -1]}, gold=[-1] * 3, splits="ttt")
    assert rows["a"].polarity == ("height", "spouse")
    assert rows["b"].polarity == ()


def test_accuracy_is_measured_on_dev_with_wilsons_interval():
    rows = table(TASK, {"a": [0, 0, 1, 1, 2, 2]}, gold=[1, 0, 1, 0, 2, 1], splits="tdddxx")
    expected = wilson(2 / 3, 3)
    row = rows["a"]
    assert (row.accuracy_gold, row.n_gold) == (pytest.approx(2 / 3), 3)
    assert (row.low, row.high) == (pytest.approx(expected.low), pytest.approx(expected.high))


def test_a_source_without_votes_on_dev_is_measured_on_the_withheld_gold_of_train():
    rows = table(TASK, {"a": [0, 0, -1, 2], "b": [0, 1, 0, 2]}, gold=[0, 1, 1, 2], splits="ttdx")
    assert (rows["a"].accuracy_gold, rows["a"].n_gold) == (0.5, 2)
    assert (rows["b"].accuracy_gold, rows["b"].n_gold) == (0.0, 1)


def test_accuracy_is_never_measured_on_test():
    row = table(TASK, {"a": [0, 0]}, gold=[-1, 0], splits="tx")["a"]
    assert (row.accuracy_gold, row.low, row.high, row.n_gold) == (None, None, None, 0)


def test_the_opinion_of_the_label_model_stands_beside():
    rows = table(TASK, {"a": [0], "b": [0]}, gold=[-1], splits="t", accuracies=[0.75, np.nan])
    assert (rows["a"].accuracy_estimated, rows["b"].accuracy_estimated) == (0.75, None)


def test_a_bit_is_judged_by_itself():
    task = Bitvector("topics", ("sport", "politics"))
    votes = {"a": [[1, 0], [0, 0], [-1, -1]], "b": [[1, 1], [-1, -1], [-1, -1]]}
    rows = table(task, votes, gold=[[1, 0], [1, 0], [-1, -1]], splits="ttt")
    assert (rows["a"].coverage, rows["a"].overlap, rows["a"].conflict) == (4 / 6, 2 / 6, 1 / 6)
    assert (rows["a"].polarity, rows["b"].polarity) == (("sport",), ("sport", "politics"))
    assert (rows["a"].accuracy_gold, rows["a"].n_gold) == (0.75, 4)


def test_a_token_is_judged_by_itself_and_tokens_of_an_example_count_as_dependent():
    task = Spans("names", ("PER", "LOC"), "tokens")
    items = from_lengths(np.array([4, 2, 2]))
    votes = {"a": [begin_tag(0), inside_tag(0), 0, -1, begin_tag(1), -1, begin_tag(0), inside_tag(0)]}
    gold = [begin_tag(0), begin_tag(0), 0, 0, begin_tag(0), 0, begin_tag(0), inside_tag(0)]
    row = table(task, votes, gold, splits="ttt", items=items)["a"]
    assert (row.coverage, row.polarity) == (6 / 8, ("O", "PER", "LOC"))
    assert (row.accuracy_gold, row.n_gold) == (pytest.approx(5 / 6), 6)
    assert row.low < wilson(5 / 6, 6).low


def test_members_have_no_polarity_and_each_example_is_one_vote():
    task = Select("entity", "entities")
    items = from_lengths(np.array([3, 2]))
    row = table(task, {"a": [1, 2]}, gold=[1, 0], splits="tt", items=items)["a"]
    assert (row.coverage, row.polarity, row.accuracy_gold, row.n_gold) == (1.0, (), 0.5, 2)


def test_numbers_have_coverage_and_overlap_and_nothing_else():
    votes = {"a": [0.5, np.nan, 1.0], "b": [0.7, 1.0, np.nan]}
    rows = table(Regression("score"), votes, gold=[1.0, 1.0, 1.0], splits="ttt")
    assert rows["a"] == SourceRow("score", "a", coverage=2 / 3, overlap=1 / 3, conflict=None)


def test_a_task_without_sources_has_no_rows():
    assert source_table(evidence_of(TASK, {}, [0], "t"), np.zeros(0)) == ()
    assert source_table(evidence_of(Regression("score"), {}, [0.0], "t"), np.zeros(0)) == ()


def test_no_row_of_train_is_no_coverage():
    row = table(TASK, {"a": [0]}, gold=[0], splits="d")["a"]
    assert (row.coverage, row.overlap, row.conflict, row.polarity) == (0.0, 0.0, 0.0, ())


def test_a_row_is_printed_as_the_format_says():
    row = SourceRow("intent", "a", 0.5, 0.25, 0.0, ("height",), 0.8, 0.75, 0.6, 0.9, 40, ("b",))
    assert row.as_dict() == {
        "task": "intent",
        "source": "a",
        "coverage": 0.5,
        "overlap": 0.25,
        "conflict": 0.0,
        "polarity": ["height"],
        "accuracy_estimated": 0.8,
        "accuracy_gold": 0.75,
        "low": 0.6,
        "high": 0.9,
        "n_gold": 40,
        "copies": ["b"],
    }


def test_many_classes_dispute_as_few_do():
    task = Multiclass("many", tuple(map(str, range(300))))
    rows = table(task, {"a": [299, 5], "b": [299, 299], "c": [-1, -1]}, gold=[-1, -1], splits="tt")
    assert [row.conflict for row in rows.values()] == [0.5, 0.5, 0.0]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 999), st.integers(1, 12), st.integers(1, 4))
def test_the_table_agrees_with_counting_and_ignores_the_order_of_the_examples(seed, n_examples, n_sources):
    rng = np.random.default_rng(seed)
    votes = rng.integers(-1, 3, (n_examples, n_sources))
    gold = rng.integers(-1, 3, n_examples)
    splits = "".join(rng.choice(list("tdx"), n_examples))
    rows = list(table(TASK, dict(zip("abcd", votes.T, strict=False)), gold, splits).values())
    for number, row in enumerate(rows):
        train = [list(row) for row, split in zip(votes, splits, strict=True) if split == "t"]
        voted = [row for row in train if row[number] >= 0]
        others = [[vote for place, vote in enumerate(row) if place != number and vote >= 0] for row in voted]
        n_conflicts = sum(any(vote != row[number] for vote in rest) for row, rest in zip(voted, others, strict=True))
        n_train = max(len(train), 1)
        assert (row.coverage, row.overlap, row.conflict) == (
            len(voted) / n_train,
            sum(map(bool, others)) / n_train,
            n_conflicts / n_train,
        )
    order = rng.permutation(n_examples)
    shuffled = [column[order] for column in votes.T]
    mixed = table(TASK, dict(zip("abcd", shuffled, strict=False)), gold[order], [splits[place] for place in order])
    assert list(mixed.values()) == rows


def test_the_table_names_the_copies_of_a_source():
    given = evidence_of(TASK, {"a": [0], "b": [0], "c": [0]}, [0], "t")
    copies = copies_among(((0, 2),), np.ones((3, 3)), np.ones((3, 3)))
    assert [row.copies for row in source_table(given, np.full(3, np.nan), copies)] == [("c",), (), ("a",)]
