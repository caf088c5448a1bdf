import json
from typing import get_args

import numpy as np

from transom.data.items import from_lengths, one_each
from transom.data.labels import Labels
from transom.data.predictions import Predictions
from transom.pipeline.mistakes import Mistake, Mistakes, Shown, in_words, mistakes
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans, Task

SHOWN = Shown(ids=["q1", "q2", "q3"], texts=["win money", "see you", "free lunch"])
EVERY = np.ones(3, bool)


def found(task: Task, gold: Labels, predictions: Predictions, shown: Shown = SHOWN, **votes: Labels) -> Mistakes:
    keep = np.ones(gold.items.n_examples, bool)
    return mistakes(task, gold=gold, predictions=predictions, keep=keep, shown=shown, votes=votes)


def spam(limit: int = 20, keep: np.ndarray = EVERY) -> Mistakes:
    items = one_each(3)
    probabilities = np.array([[0.6, 0.4], [0.9, 0.1], [0.8, 0.2]])
    return mistakes(
        Multiclass("label", ("HAM", "SPAM")),
        gold=Labels(items, np.array([1, 0, 1])),
        predictions=Predictions(items, probabilities, np.array([0, 0, 0])),
        keep=keep,
        shown=SHOWN,
        votes={"links": Labels(items, np.array([-1, 0, 1])), "gold": Labels(items, np.array([0, 0, 0]))},
        limit=limit,
    )


def test_the_most_confident_mistakes_come_first_with_what_everyone_said() -> None:
    assert spam().rows == (
        Mistake("q3", None, "free lunch", "SPAM", "HAM", 0.8, {"links": "SPAM", "gold": "HAM"}),
        Mistake("q1", None, "win money", "SPAM", "HAM", 0.6, {"gold": "HAM"}),
    )


def test_all_mistakes_are_counted_where_only_some_are_shown() -> None:
    assert (spam(limit=1).n, spam(limit=1).n_wrong, len(spam(limit=1).rows)) == (3, 2, 1)


def test_only_kept_examples_are_searched() -> None:
    assert [row.id for row in spam(keep=np.array([True, True, False])).rows] == ["q1"]


def test_mistakes_can_be_written_as_json() -> None:
    written = json.loads(json.dumps(spam().as_dict()))
    assert written["confusion"] == {"gold": ["HAM", "SPAM"], "predicted": ["HAM", "SPAM"], "counts": [[1, 0], [2, 0]]}
    assert written["rows"][1]["id"] == "q1"


def test_a_wrong_span_says_where_it_begins_and_which_sources_saw_it() -> None:
    items = from_lengths(np.array([2, 0, 3]))
    gold = Labels(items, np.array([0, 0, 1, 2, 0]))
    predictions = Predictions(items, np.full((5, 3), 0.5), np.array([0, 0, 0, 0, 1]))
    exact, part, silent = (np.array(tags) for tags in ([-1, -1, 1, 2, -1], [-1, -1, 1, 0, -1], [-1] * 5))
    sources = {"exact": Labels(items, exact), "part": Labels(items, part), "silent": Labels(items, silent)}
    rows = found(Spans("names", ("PER",)), gold, predictions, **sources).rows
    assert [(row.id, row.element, row.gold, row.predicted, row.votes) for row in rows] == [
        ("q3", 0, "PER", "nothing", {"exact": "PER", "part": "nothing"}),
        ("q3", 2, "nothing", "PER", {}),
    ]


def test_a_wrong_token_says_its_place() -> None:
    items = from_lengths(np.array([2, 1, 0]))
    predictions = Predictions(items, np.eye(2)[[0, 0, 0]], np.array([0, 0, 0]))
    rows = found(Multiclass("pos", ("N", "V")), Labels(items, np.array([0, 1, 1])), predictions).rows
    assert [(row.id, row.element) for row in rows] == [("q1", 1), ("q2", 0)]


def test_wrong_members_are_named_by_their_ids() -> None:
    items = from_lengths(np.array([2, 1, 1]))
    shown = Shown(SHOWN.ids, SHOWN.texts, member_ids=[["Obama", "Ohio"], ["Rome"], ["Oslo"]])
    gold, predictions = Labels(items, np.array([0, 1, 0])), Predictions(items, np.full(4, 0.5), np.array([1, 0, 0]))
    rows = found(Select("arg"), gold, predictions, shown, kb=Labels(items, np.array([-1, 1, 0]))).rows
    assert [(row.id, row.element, row.gold, row.predicted, row.votes) for row in rows] == [
        ("q1", None, "Obama", "Ohio", {}),
        ("q2", None, "none of them", "Rome", {"kb": "none of them"}),
    ]


def test_wrong_bits_are_named_by_the_classes_that_hold() -> None:
    items = one_each(3)
    gold, labels = np.array([[1, 1], [0, 0], [-1, -1]], np.int8), np.array([[1, 0], [0, 1], [0, 0]], np.int8)
    lexicon = Labels(items, np.array([[-1, -1], [0, 0], [1, 1]], np.int8))
    rows = found(
        Bitvector("topics", ("a", "b")), Labels(items, gold), Predictions(items, labels * 0.8, labels), lexicon=lexicon
    ).rows
    assert [(row.gold, row.predicted, row.votes) for row in rows] == [
        ("a, b", "a", {}),
        ("nothing", "b", {"lexicon": "nothing"}),
    ]


def test_numbers_with_the_largest_error_come_first() -> None:
    items = one_each(3)
    gold, labels = np.array([1.0, 2.0, 3.0]), np.array([1.5, 2.0, 0.0])
    rows = found(
        Regression("score"),
        Labels(items, gold),
        Predictions(items, labels, labels),
        vader=Labels(items, np.array([0.25, 0.5, np.nan])),
    ).rows
    assert [(row.id, row.gold, row.predicted, row.confidence, row.votes) for row in rows] == [
        ("q3", "3", "0", 3.0, {}),
        ("q1", "1", "1.5", 0.5, {"vader": "0.25"}),
    ]


def test_every_type_of_task_has_words() -> None:
    assert set(in_words.registry) - {object} == set(get_args(Task))
