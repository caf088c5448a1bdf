import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transom.data.items import from_lengths, one_each
from transom.data.labels import Labels, begin_tag, inside_tag
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans
from transom.supervision.matrix import ABSTAINED, label_matrix, rows_of_examples, value_matrix, votes_for

INTENT = Multiclass("intent", ("height", "age", "spouse"))
TOPICS = Bitvector("topics", ("sport", "politics"))
NAMES = Spans("names", ("PER", "LOC"))
ENTITY = Select("entity", payload="entities")
SCORE = Regression("score")


def matrix_of(task, items, *columns):
    votes = [Labels(items, np.array(column)) for column in columns]
    return label_matrix(task, votes, sources=[f"s{j}" for j in range(len(columns))], items=items)


def test_a_class_vote_is_its_index_and_a_missing_one_abstains():
    matrix = matrix_of(INTENT, one_each(3), [0, 2, -1], [1, -1, -1])
    assert matrix.votes.tolist() == [[0, 1], [2, ABSTAINED], [ABSTAINED, ABSTAINED]]
    assert (matrix.n_classes, matrix.sources, matrix.n_options) == (3, ("s0", "s1"), None)


def test_each_bit_is_a_row_and_the_bits_of_an_item_stand_together():
    matrix = matrix_of(TOPICS, one_each(2), [[1, 0], [-1, -1]])
    assert matrix.votes.tolist() == [[1], [0], [-1], [-1]]
    assert matrix.n_classes == 2


def test_a_token_is_inside_a_class_whether_its_span_begins_there_or_not():
    tags = [0, begin_tag(0), inside_tag(0), begin_tag(1), inside_tag(1), -1]
    matrix = matrix_of(NAMES, from_lengths(np.array([6])), tags)
    assert matrix.votes[:, 0].tolist() == [0, 1, 1, 2, 2, -1]
    assert matrix.n_classes == 3


def test_a_selected_member_is_its_index_and_none_of_them_is_the_last_option():
    items = from_lengths(np.array([2, 0, 3]))
    matrix = matrix_of(ENTITY, items, [1, 0, 3])
    assert matrix.votes[:, 0].tolist() == [1, 0, 3]
    assert matrix.n_options.tolist() == [3, 1, 4]
    assert matrix.n_classes == 4


def test_numbers_stay_numbers_and_nan_abstains():
    votes = [Labels(one_each(2), np.array([0.5, np.nan])), Labels(one_each(2), np.array([1.5, 2.5]))]
    matrix = value_matrix(votes, sources=("a", "b"), items=one_each(2))
    np.testing.assert_array_equal(matrix.votes, [[0.5, 1.5], [np.nan, 2.5]])


@pytest.mark.parametrize(
    ("n_classes", "dtype"), [(2, "int8"), (128, "int8"), (129, "int16"), (32768, "int16"), (32769, "int32")]
)
def test_votes_are_as_small_as_the_classes_allow(n_classes, dtype):
    task = Multiclass("many", tuple(map(str, range(n_classes))))
    matrix = matrix_of(task, one_each(1), [n_classes - 1])
    assert matrix.votes.dtype == dtype
    assert matrix.votes.tolist() == [[n_classes - 1]]


@pytest.mark.parametrize("task", [INTENT, TOPICS, NAMES, ENTITY], ids=lambda task: type(task).__name__)
def test_a_task_without_sources_or_examples_has_an_empty_matrix(task):
    assert label_matrix(task, [], sources=(), items=one_each(4)).votes.shape[1] == 0
    assert label_matrix(task, [], sources=(), items=one_each(0)).votes.shape == (0, 0)


def test_the_rows_of_examples_follow_the_task():
    items, chosen = from_lengths(np.array([2, 1])), np.array([True, False])
    spans = matrix_of(NAMES, items, [0, 0, 0])
    bits = matrix_of(TOPICS, items, np.zeros((3, 2), dtype=int))
    select = matrix_of(ENTITY, items, [0, 0])
    assert rows_of_examples(spans, chosen).tolist() == [True, True, False]
    assert rows_of_examples(bits, chosen).tolist() == [True] * 4 + [False] * 2
    assert rows_of_examples(select, chosen).tolist() == [True, False]


def test_a_task_type_nobody_knows_is_our_mistake():
    with pytest.raises(TypeError, match="no votes for str"):
        votes_for("intent", Labels(one_each(0), np.zeros(0)))


def test_numbers_of_a_regression_are_its_votes():
    values = np.array([1.0, np.nan])
    np.testing.assert_array_equal(votes_for(SCORE, Labels(one_each(2), values)), values)


@settings(max_examples=30)
@given(st.data())
def test_every_vote_is_found_again_whatever_the_number_of_rows(data):
    n_items, n_sources = data.draw(st.integers(0, 40)) * 2000, data.draw(st.integers(0, 4))
    votes = np.random.default_rng(data.draw(st.integers(0, 99))).integers(-1, 3, (n_sources, n_items))
    assert np.array_equal(matrix_of(INTENT, one_each(n_items), *votes).votes, votes.T.reshape(n_items, n_sources))
