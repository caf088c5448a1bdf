import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from transom.data.items import from_lengths
from transom.data.labels import begin_tag, inside_tag
from transom.data.spans import spans_in

OUT, B0, I0, B1, I1 = 0, begin_tag(0), inside_tag(0), begin_tag(1), inside_tag(1)


def found(lengths: list[int], tags: list[int]) -> list[tuple[int, int, int, int]]:
    spans = spans_in(from_lengths(np.array(lengths, dtype=int)), np.array(tags, dtype=int))
    parts = (spans.starts, spans.ends, spans.classes, spans.examples)
    return list(zip(*(part.tolist() for part in parts), strict=True))


def test_a_span_ends_where_something_else_begins() -> None:
    assert found([7], [B0, I0, B0, B1, I1, OUT, B1]) == [(0, 2, 0, 0), (2, 3, 0, 0), (3, 5, 1, 0), (6, 7, 1, 0)]


def test_a_span_never_crosses_examples() -> None:
    assert found([2, 0, 2], [OUT, B0, I0, OUT]) == [(1, 2, 0, 0), (2, 3, 0, 2)]


def test_an_inside_tag_that_continues_nothing_begins_a_span() -> None:
    assert found([5], [I0, I0, OUT, I1, I0]) == [(0, 2, 0, 0), (3, 4, 1, 0), (4, 5, 0, 0)]


def test_tokens_without_label_are_outside() -> None:
    assert found([3], [B0, -1, I0]) == [(0, 1, 0, 0), (2, 3, 0, 0)]


def test_no_tokens_have_no_spans() -> None:
    assert found([0, 0], []) == []


@given(st.lists(st.lists(st.sampled_from([None, 0, 1]), max_size=6), max_size=5))
def test_tags_of_spans_give_the_spans_back(examples: list[list[int | None]]) -> None:
    """Each token is either outside or a span of its own class with the next token, if there is one."""
    tags, spans, start = [], [], 0
    for number, sentence in enumerate(examples):
        for position in range(0, len(sentence), 2):
            pair, label = sentence[position : position + 2], sentence[position]
            if label is None:
                tags += [OUT] * len(pair)
            else:
                tags += [begin_tag(label), inside_tag(label)][: len(pair)]
                spans.append((start + position, start + position + len(pair), label, number))
        start += len(sentence)
    assert found([len(sentence) for sentence in examples], tags) == spans


def test_keys_are_equal_for_equal_spans_alone() -> None:
    items = from_lengths(np.array([4]))
    first, second = spans_in(items, np.array([B0, I0, OUT, B1])), spans_in(items, np.array([B0, OUT, OUT, B1]))
    assert (first.keys(4)[:, None] == second.keys(4)).tolist() == [[False, False], [False, True]]
