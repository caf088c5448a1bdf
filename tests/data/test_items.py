import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_lines import SCHEMA
from transom.data.items import from_lengths, is_elementwise, one_each


@given(lengths=st.lists(st.integers(0, 4), max_size=6), data=st.data())
def test_keeping_examples_keeps_their_items(lengths, data):
    items = from_lengths(np.array(lengths, dtype=np.int64))
    keep = np.array(data.draw(st.lists(st.booleans(), min_size=len(lengths), max_size=len(lengths))), dtype=bool)
    kept = items.keep(keep)
    assert kept.n_items == items.of(keep).sum()
    np.testing.assert_array_equal(kept.lengths, items.lengths[keep])
    np.testing.assert_array_equal(np.flatnonzero(keep)[kept.examples()], items.examples()[items.of(keep)])


def test_every_item_belongs_to_the_example_whose_stretch_it_is_in():
    items = from_lengths(np.array([2, 0, 1]))
    assert (items.n_examples, items.n_items) == (3, 3)
    assert items.offsets.tolist() == [0, 2, 2, 3]
    assert items.examples().tolist() == [0, 0, 2]


def test_a_singleton_task_has_one_item_an_example():
    assert one_each(3).lengths.tolist() == [1, 1, 1]
    assert one_each(0).n_items == 0


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ("intent", False),
        ("bare", False),
        ("pos", True),
        ("types", True),
        ("kept", True),
        ("names", False),
        ("arg", False),
    ],
)
def test_labels_of_tokens_and_members_are_lists_but_spans_and_choices_are_not(task, expected):
    declared = SCHEMA.task(task)
    payload = SCHEMA.payload(declared.payload) if declared.payload else None
    assert is_elementwise(declared, payload) is expected
