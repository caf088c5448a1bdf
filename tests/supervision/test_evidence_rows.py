import numpy as np
import pytest

from task_evidence import evidence_of
from transom.data.items import from_lengths
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans
from transom.supervision.evidence_rows import evidence_rows, is_disputed, vote_names

TASK = Multiclass("intent", ("height", "age"))


def test_rows_of_train_and_rows_with_gold_are_told_apart():
    seen = evidence_rows(TASK, evidence_of(TASK, {"a": [0, 1, 1, 0]}, gold=[0, 1, -1, 1], splits="tddx"))
    assert seen.train.tolist() == [0]
    dev, train = seen.gold
    assert (dev.rows.tolist(), dev.truth.tolist(), dev.examples.tolist()) == ([1], [1], [1])
    assert train.rows.tolist() == [0]


def test_the_bits_of_an_example_are_rows_of_their_own():
    task = Bitvector("topics", ("sport", "politics"))
    seen = evidence_rows(task, evidence_of(task, {"a": [[0, 1], [1, 1]]}, gold=[[-1, -1], [1, 0]], splits="td"))
    assert seen.train.tolist() == [0, 1]
    assert seen.examples.tolist() == [0, 0, 1, 1]
    assert seen.gold[0].rows.tolist() == [2, 3]


def test_the_tokens_of_an_example_are_its_rows():
    task = Spans("names", ("PER",), "tokens")
    given = evidence_of(task, {"a": [0, 1, 2]}, gold=[-1, -1, -1], splits="xt", items=from_lengths(np.array([1, 2])))
    assert evidence_rows(task, given).train.tolist() == [1, 2]


def test_a_row_is_disputed_where_two_sources_vote_for_different_classes():
    votes = np.array([[0, 1], [0, 0], [-1, 1], [-1, -1]], dtype=np.int8)
    assert is_disputed(votes).tolist() == [True, False, False, False]
    assert is_disputed(votes[:, :0]).tolist() == [False] * 4


@pytest.mark.parametrize(
    ("task", "names"),
    [
        (TASK, ("height", "age")),
        (Bitvector("b", ("x",)), ("no", "yes")),
        (Spans("s", ("PER",), "tokens"), ("O", "PER")),
        (Select("c", "entities"), ()),
        (Regression("r"), ()),
    ],
)
def test_votes_have_the_names_of_the_classes_if_those_have_any(task, names):
    assert vote_names(task) == names
