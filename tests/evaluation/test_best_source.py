from typing import get_args

import numpy as np
import pytest

from transom.data.items import from_lengths, one_each
from transom.data.labels import Labels
from transom.data.ties import item_keys
from transom.evaluation.best_source import best_source, quality, votes_as_predictions
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans, Task

TASK = Multiclass("label", ("a", "b"))
NO_GOLD = [-1] * 4


def labels(*values: int) -> Labels:
    return Labels(one_each(len(values)), np.array(values, dtype=np.int32))


def keys_of(votes: Labels, seed: int = 0) -> np.ndarray:
    return item_keys([f"e{i}" for i in range(votes.items.n_examples)], votes.items, seed)


def chosen(votes: dict[str, Labels], gold: Labels, majority: Labels) -> str:
    dev, train = np.array([True, True, False, False]), np.array([False, False, True, True])
    name, _ = best_source(TASK, votes, references=[(gold, dev), (majority, train)], keys=keys_of(gold))
    return name


def test_the_source_that_is_right_most_often_on_dev_gold_is_chosen() -> None:
    votes = {"good": labels(0, 1, 0, 0), "bad": labels(1, 1, 1, 1)}
    assert chosen(votes, gold=labels(0, 1, 1, 1), majority=labels(1, 1, 1, 1)) == "good"


def test_without_dev_gold_the_source_that_agrees_most_with_the_majority_of_train_is_chosen() -> None:
    votes = {"lonely": labels(0, 1, 0, 0), "follower": labels(1, 1, 1, 1)}
    assert chosen(votes, gold=labels(*NO_GOLD), majority=labels(0, 0, 1, 1)) == "follower"


def test_without_any_reference_the_first_name_is_chosen() -> None:
    votes = {"b": labels(0, 0, 0, 0), "a": labels(1, 1, 1, 1)}
    assert chosen(votes, gold=labels(*NO_GOLD), majority=labels(*NO_GOLD)) == "a"


def test_a_source_that_hardly_votes_is_not_the_best_for_being_right_where_it_does() -> None:
    votes = {"rare": labels(0, -1, -1, -1), "wide": labels(0, 1, 1, 0)}
    gold = labels(0, 1, 1, 1)
    every = np.ones(4, bool)
    assert quality(TASK, votes["rare"], gold, every) == (1 + 3 * 0.5) / 4
    assert best_source(TASK, votes, references=[(gold, every)], keys=keys_of(gold))[0] == "wide"


def test_votes_are_certain_and_the_rest_is_drawn_from_the_seed() -> None:
    votes = labels(1, *[-1] * 200)
    found = votes_as_predictions(TASK, votes, keys_of(votes))
    assert (found.labels[0], found.probabilities[0].tolist(), found.probabilities[1].tolist()) == (
        1,
        [0, 1],
        [0.5, 0.5],
    )
    assert found.covered.tolist() == [True] + [False] * 200
    assert 60 < found.labels[1:].sum() < 140  # 100 is meant, with a sd of 7
    assert np.array_equal(votes_as_predictions(TASK, votes, keys_of(votes)).labels, found.labels)
    assert not np.array_equal(votes_as_predictions(TASK, votes, keys_of(votes, seed=1)).labels, found.labels)


def test_bits_without_a_vote_are_drawn_one_by_one() -> None:
    votes = Labels(one_each(100), np.tile(np.array([1, -1, -1], dtype=np.int8), (100, 1)))
    found = votes_as_predictions(Bitvector("t", ("a", "b", "c")), votes, keys_of(votes))
    assert found.labels[:, 0].all()
    assert found.probabilities[0].tolist() == [1.0, 0.5, 0.5]
    assert 20 < np.count_nonzero(found.labels[:, 1] != found.labels[:, 2]) < 80


def test_tokens_without_a_vote_are_outside() -> None:
    votes = Labels(from_lengths(np.array([3])), np.array([1, 2, -1], dtype=np.int32))
    found = votes_as_predictions(Spans("t", ("a",)), votes, keys_of(votes))
    assert (found.labels.tolist(), found.covered.tolist()) == ([1, 2, 0], [True, True, False])
    assert found.probabilities.argmax(axis=1).tolist() == [1, 2, 0]


def test_a_member_is_drawn_among_the_members_and_none_of_them() -> None:
    votes = Labels(from_lengths(np.array([2, 2, 0] + [1] * 100)), np.array([1, 2, -1] + [-1] * 100, dtype=np.int32))
    found = votes_as_predictions(Select("t"), votes, keys_of(votes))
    assert found.labels[:3].tolist() == [1, 2, 0]
    assert found.probabilities[:5].tolist() == [0, 1, 0, 0, 0.5]
    assert set(found.labels[3:].tolist()) == {0, 1}


def test_numbers_without_a_vote_are_the_mean_of_the_votes() -> None:
    votes = Labels(one_each(3), np.array([1.0, 3.0, np.nan]))
    found = votes_as_predictions(Regression("t"), votes, keys_of(votes))
    assert (found.labels.tolist(), found.covered.tolist()) == ([1.0, 3.0, 2.0], [True, True, False])
    silent = Labels(one_each(1), np.array([np.nan]))
    assert votes_as_predictions(Regression("t"), silent, keys_of(silent)).labels.tolist() == [0.0]


@pytest.mark.parametrize(
    ("task", "items", "votes", "truth", "expected"),
    [
        (Bitvector("t", ("a", "b")), one_each(1), np.array([[1, -1]], np.int8), np.array([[1, 1]], np.int8), 0.75),
        (Spans("t", ("a",)), from_lengths(np.array([3])), np.array([1, -1, 1]), np.array([1, 0, 0]), 2 / 3),
        (Spans("t", ("a",)), from_lengths(np.array([3])), np.array([-1, -1, -1]), np.array([0, 0, 0]), 0.0),
        (Select("t"), from_lengths(np.array([3, 1])), np.array([-1, 1]), np.array([0, 1]), 0.625),
        (Regression("t"), one_each(2), np.array([1.0, np.nan]), np.array([2.0, 3.0]), -2.5),
    ],
)
def test_each_type_of_task_has_its_own_quality(task: Task, items, votes, truth, expected: float) -> None:
    rows = np.ones(len(truth), bool)
    assert quality(task, Labels(items, votes), Labels(items, truth), rows) == pytest.approx(expected)


def test_every_type_of_task_has_a_best_source() -> None:
    assert set(votes_as_predictions.registry) - {object} == set(quality.registry) - {object} == set(get_args(Task))


def test_where_no_sequence_has_an_element_the_first_name_is_chosen() -> None:
    nothing = Labels(from_lengths(np.zeros(3, int)), np.zeros(0, np.int32))
    every = np.ones(3, bool)
    name, found = best_source(TASK, {"b": nothing, "a": nothing}, references=[(nothing, every)], keys=keys_of(nothing))
    assert (name, found.labels.shape) == ("a", (0,))
