"""A version proves that it answers as the network that it was made from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transom.serving.proof import agrees, disagreements

ANSWERS = st.recursive(
    st.none() | st.booleans() | st.text(max_size=3) | st.floats(-1e3, 1e3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(answer=ANSWERS)
def test_every_answer_agrees_with_itself(answer):
    assert agrees(answer, answer)


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        (0.5, 0.5002),
        ("a", "b"),
        (None, "a"),
        ([1.0], [1.0, 2.0]),
        ({"label": "a"}, {"label": "a", "more": 1}),
        ({"label": ["a", "b"]}, {"label": ["a"]}),
        ({"label": "a", "probabilities": {"a": 0.6, "b": 0.4}}, {"label": "b", "probabilities": {"a": 0.6, "b": 0.4}}),
    ],
)
def test_answers_that_differ_do_not_agree(expected, found):
    assert not agrees(expected, found)
    assert not agrees(found, expected)


def test_either_of_two_labels_that_are_as_likely_will_do():
    ours = {"label": "a", "probabilities": {"a": 0.500001, "b": 0.499999}}
    theirs = {"label": "b", "probabilities": {"a": 0.499999, "b": 0.500001}}

    assert agrees(ours, theirs)


def test_large_values_may_differ_in_proportion():
    assert agrees(1e6, 1e6 + 1)
    assert not agrees(1e6, 1e6 + 1000)


def test_each_answer_that_is_another_is_told_with_its_record_and_task():
    recorded = [
        {"id": "0", "predictions": {"spam": {"label": "a"}}},
        {"id": "1", "predictions": {"spam": {"label": "a"}}},
    ]
    replies = [{"predictions": {"spam": {"label": "a"}}}, {"predictions": {}}]

    assert list(disagreements(recorded, replies)) == ["record '1', task 'spam': null instead of {\"label\": \"a\"}"]
