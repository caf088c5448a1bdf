import json
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transom.data.items import from_lengths, one_each
from transom.data.predictions import Predictions
from transom.data.replies import answers, replies
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans, Task


def test_a_class_is_answered_with_the_probability_of_every_class() -> None:
    task = Multiclass("intent", ("height", "age"))
    found = Predictions(one_each(2), np.array([[0.75, 0.25], [0.5, 0.5]]), np.array([0, 1]))
    assert replies(task, found) == [
        {"label": "height", "probabilities": {"height": 0.75, "age": 0.25}},
        {"label": "age", "probabilities": {"height": 0.5, "age": 0.5}},
    ]


def test_classes_of_elements_are_answered_as_lists_even_for_a_single_element() -> None:
    task = Multiclass("pos", ("NOUN", "VERB"))
    found = Predictions(from_lengths(np.array([2, 0, 1])), np.eye(2)[[0, 1, 1]], np.array([0, 1, 1]))
    noun, verb = {"NOUN": 1.0, "VERB": 0.0}, {"NOUN": 0.0, "VERB": 1.0}
    assert replies(task, found, elementwise=True) == [
        {"label": ["NOUN", "VERB"], "probabilities": [noun, verb]},
        {"label": [], "probabilities": []},
        {"label": ["VERB"], "probabilities": [verb]},
    ]


def test_bits_are_answered_as_the_classes_that_hold() -> None:
    task = Bitvector("topics", ("sport", "politics"))
    found = Predictions(one_each(2), np.array([[0.75, 0.5], [0.25, 0.0]]), np.array([[1, 1], [0, 0]], np.int8))
    assert replies(task, found) == [
        {"label": ["sport", "politics"], "probabilities": {"sport": 0.75, "politics": 0.5}},
        {"label": [], "probabilities": {"sport": 0.25, "politics": 0.0}},
    ]


def test_bits_of_elements_are_answered_as_lists() -> None:
    task = Bitvector("kind", ("person",))
    found = Predictions(from_lengths(np.array([2])), np.array([[1.0], [0.0]]), np.array([[1], [0]], np.int8))
    assert replies(task, found, elementwise=True) == [
        {"label": [["person"], []], "probabilities": [{"person": 1.0}, {"person": 0.0}]}
    ]


def test_spans_are_counted_from_the_start_of_their_example_with_the_least_of_their_probabilities() -> None:
    task = Spans("names", ("PER", "LOC"))
    probabilities = np.full((6, 5), 0.1)
    tags = np.array([0, 1, 0, 3, 4, 1])
    probabilities[np.arange(6), tags] = [0.9, 0.8, 0.9, 0.75, 0.5, 0.6]
    assert replies(task, Predictions(from_lengths(np.array([2, 0, 4])), probabilities, tags)) == [
        {"label": [[1, 2, "PER"]], "probabilities": [0.8]},
        {"label": [], "probabilities": []},
        {"label": [[1, 3, "LOC"], [3, 4, "PER"]], "probabilities": [0.5, 0.6]},
    ]


def test_a_member_is_answered_by_its_id_and_none_of_them_by_null() -> None:
    found = Predictions(from_lengths(np.array([2, 1, 0])), np.array([0.25, 0.5, 0.125]), np.array([1, 1, 0]))
    assert replies(Select("arg"), found, member_ids=[["Obama", "Ohio"], ["Rome"], []]) == [
        {"label": "Ohio", "probabilities": {"Obama": 0.25, "Ohio": 0.5}},
        {"label": None, "probabilities": {"Rome": 0.125}},
        {"label": None, "probabilities": {}},
    ]


def test_an_answer_that_is_left_open_is_null_and_says_so() -> None:
    task = Multiclass("intent", ("height", "age"))
    unsure = Predictions(one_each(2), np.array([[0.75, 0.25], [0.5, 0.5]]), np.array([0, 1]), np.array([True, False]))
    assert replies(task, unsure)[1] == {
        "label": None,
        "abstained": True,
        "probabilities": {"height": 0.5, "age": 0.5},
    }
    assert "abstained" not in replies(task, unsure)[0]


def test_a_bitvector_and_a_member_can_be_left_open() -> None:
    bits = Predictions(one_each(1), np.array([[0.5, 0.5]]), np.array([[1, 1]], np.int8), np.array([[False, False]]))
    assert replies(Bitvector("topics", ("sport", "politics")), bits)[0]["label"] is None
    member = Predictions(from_lengths(np.array([1])), np.array([0.5]), np.array([0]), np.array([False]))
    assert replies(Select("arg"), member, member_ids=[["Obama"]]) == [
        {"label": None, "abstained": True, "probabilities": {"Obama": 0.5}}
    ]


def test_elements_that_are_left_open_are_null_in_the_list() -> None:
    task = Multiclass("pos", ("NOUN", "VERB"))
    found = Predictions(from_lengths(np.array([2])), np.full((2, 2), 0.5), np.array([0, 1]), np.array([True, False]))
    assert replies(task, found, elementwise=True)[0]["label"] == ["NOUN", None]


def test_numbers_of_elements_that_a_model_does_not_see_are_null_in_the_list() -> None:
    values = np.array([0.5, 0.0, 1.5])
    found = Predictions(from_lengths(np.array([2, 1])), values, values, np.array([True, False, True]))
    assert replies(Regression("score"), found, elementwise=True) == [{"label": [0.5, None]}, {"label": [1.5]}]


def test_numbers_have_no_probabilities() -> None:
    found = Predictions(from_lengths(np.array([1, 2])), np.array([0.5, 1.5, 2.5]), np.array([0.5, 1.5, 2.5]))
    assert replies(Regression("score"), Predictions(one_each(3), found.probabilities, found.labels)) == [
        {"label": 0.5},
        {"label": 1.5},
        {"label": 2.5},
    ]
    assert replies(Regression("score"), found, elementwise=True) == [{"label": [0.5]}, {"label": [1.5, 2.5]}]


@given(st.lists(st.integers(0, 3), max_size=6))
def test_every_example_has_a_reply_that_json_can_write(lengths: list[int]) -> None:
    items = from_lengths(np.array(lengths, dtype=int))
    rng = np.random.default_rng(len(lengths))
    labels = rng.integers(0, 3, items.n_items)
    found = Predictions(items, rng.dirichlet(np.ones(3), items.n_items), labels)
    for task in (Multiclass("t", ("a", "b", "c")), Spans("t", ("a",))):
        answered = json.loads(json.dumps(replies(task, found, elementwise=True)))
        assert len(answered) == len(lengths)
        assert all(len(answer["label"]) == len(answer["probabilities"]) for answer in answered)


def test_predictions_for_no_example_have_no_reply() -> None:
    assert replies(Multiclass("t", ("a", "b")), Predictions(one_each(0), np.zeros((0, 2)), np.zeros(0, int))) == []


def test_members_without_ids_are_a_programming_error() -> None:
    found = Predictions(from_lengths(np.array([1])), np.array([0.5]), np.array([0]))
    with pytest.raises(ValueError, match="zip"):
        replies(Select("arg"), found)


def test_every_type_of_task_is_answered() -> None:
    assert set(answers.registry) - {object} == set(get_args(Task))
