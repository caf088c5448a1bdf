"""Rows of a label matrix become what a task predicts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transom.data.decisions import likeliest_tags
from transom.data.items import from_lengths, one_each
from transom.data.labels import Labels
from transom.data.spans import spans_in
from transom.data.ties import example_keys
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans, Task
from transom.supervision.decisions import as_items, begin_or_inside, certainly, decide
from transom.supervision.matrix import LabelMatrix
from transom.supervision.prior import prior_of_rows
from transom.testing.label_models import matrix_of


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.integers(0, 2), max_size=6), min_size=1, max_size=4))
def test_a_run_of_one_class_is_one_span(examples):
    items = from_lengths(np.array([len(tokens) for tokens in examples]))
    types = np.array([kind for tokens in examples for kind in tokens], dtype=np.int64)
    tags = begin_or_inside(items, np.eye(3)[types], decided=types)
    assert np.allclose(tags.sum(axis=1), 1)
    found = spans_in(items, tags.argmax(axis=1))
    covered = np.zeros(items.n_items, dtype=np.int64)
    for start, end, kind in zip(found.starts, found.ends, found.classes, strict=True):
        covered[start:end] = kind + 1
        assert start == 0 or types[start - 1] != kind + 1 or start in items.offsets
    assert np.array_equal(covered, types)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.integers(-1, 2), max_size=6), min_size=1, max_size=4))
def test_the_tags_of_spans_are_those_of_what_was_voted(examples):
    items = from_lengths(np.array([len(tokens) for tokens in examples]))
    votes = np.array([kind for tokens in examples for kind in tokens], dtype=np.int8)
    types = np.maximum(votes, 0)
    found = as_items(Spans("t", ("A", "B")), LabelMatrix(votes[:, None], ("s",), 3, items), np.eye(3)[types], types)
    assert found.labels.tolist() == begin_or_inside(items, np.eye(3)[types], decided=types).argmax(axis=1).tolist()


PAIR = from_lengths(np.array([2]))


def test_a_token_goes_on_with_a_span_that_was_decided_before_it():
    doubtful = np.array([[0.4, 0.6], [0.4, 0.6]])
    decided, left_out = np.array([1, 1]), np.array([0, 1])
    assert np.allclose(begin_or_inside(PAIR, doubtful, decided=decided), [[0.4, 0.6, 0.0], [0.4, 0.0, 0.6]])
    assert np.allclose(begin_or_inside(PAIR, doubtful, decided=left_out), [[0.4, 0.6, 0.0], [0.4, 0.6, 0.0]])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.permutations([0.5, 0.3, 0.2]), min_size=1, max_size=8))
def test_the_likeliest_tags_of_targets_are_those_of_the_label_model(types):
    """A network that says just what it learned from finds the spans that the label model found, not shorter ones."""
    items, probabilities = from_lengths(np.array([len(types)])), np.array(types)
    labels = probabilities.argmax(axis=1)
    matrix = LabelMatrix(labels[:, None], ("s",), 3, items)

    said = as_items(Spans("t", ("A", "B")), matrix, probabilities, labels)

    with np.errstate(divide="ignore"):
        likeliest = likeliest_tags(np.log(said.probabilities)[None], items.lengths)
    assert likeliest[0].tolist() == said.labels.tolist()


def test_a_member_is_chosen_at_random_where_nothing_voted_however_large_the_set_is():
    sizes = np.repeat([1, 3], 1000)
    matrix = LabelMatrix(np.full((2000, 1), -1, np.int8), ("s",), 4, from_lengths(sizes), sizes + 1)
    mostly_none = np.array([0.1, 0.1, 0.1, 0.7])
    probabilities = np.broadcast_to(prior_of_rows(matrix, mostly_none), (2000, 4))
    keys = example_keys([str(number) for number in range(2000)], 0)
    labels = decide(Select("arg"), matrix, probabilities, silence=mostly_none, keys=keys).labels
    # a standard deviation of these shares is .016 at most
    for size in (1, 3):
        shares = np.bincount(labels[sizes == size], minlength=4) / 1000
        assert np.allclose(shares[: size + 1], 1 / (size + 1), atol=0.06)
        assert not shares[size + 1 :].any()


def test_certainties_have_the_shape_of_targets():
    one = one_each(2)
    members = from_lengths(np.array([2, 1]))
    cases = [
        (Multiclass("t", ("a", "b")), Labels(one, np.array([1, -1])), [0, 1], [True, False]),
        (Spans("t", ("A",)), Labels(one, np.array([2, -1])), [0, 0, 1], [True, False]),
        (Bitvector("t", ("a", "b")), Labels(one, np.array([[1, 0], [1, -1]])), [1, 0], [True, False]),
        (Select("t"), Labels(members, np.array([1, -1])), 0, [True, False]),
        (Regression("t"), Labels(one, np.array([0.5, np.nan])), 0.5, [True, False]),
    ]
    for task, labels, first, is_known in cases:
        probabilities, has_label = certainly(task, labels)
        assert probabilities[0].tolist() == first
        assert has_label.tolist() == is_known


def test_a_tie_is_drawn_once_for_the_item_and_not_for_its_place():
    matrix = matrix_of(np.array([[0, 1]] * 50, dtype=np.int8), 2)
    task, even = Multiclass("t", ("a", "b")), np.full((50, 2), 0.5)
    keys = example_keys([f"id{i}" for i in range(50)], seed=0)
    forwards, backwards = (
        decide(task, matrix, even, silence=even[0], keys=order).labels for order in (keys, keys[::-1])
    )
    assert np.array_equal(forwards, backwards[::-1])
    assert 0 < forwards.sum() < 50


def test_a_row_without_votes_is_decided_by_what_is_known_of_it():
    matrix = matrix_of(np.full((2, 1), -1, dtype=np.int8), 2)
    told, silence = np.array([[0.3, 0.7], [0.6, 0.4]]), np.array([0.6, 0.4])
    labels = [
        decide(Multiclass("t", ("a", "b")), matrix, told, silence=silence, keys=example_keys(["x", "y"], seed)).labels
        for seed in range(20)
    ]
    assert {row[0] for row in labels} == {1}
    assert {row[1] for row in labels} == {0, 1}


@pytest.mark.parametrize("task", [Regression("t")])
def test_a_task_without_a_label_matrix_is_a_mistake_of_the_program(task: Task):
    with pytest.raises(TypeError, match="no label matrix for Regression"):
        as_items(task, matrix_of(np.zeros((1, 1), dtype=np.int8), 2), np.zeros((1, 2)), np.zeros(1, dtype=np.int64))
