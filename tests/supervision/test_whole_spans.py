"""Spans that sources found, as rows of their own, and the best of them that do not overlap."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from transom.data.items import from_lengths
from transom.data.labels import Labels, begin_tag, inside_tag
from transom.data.spans import FoundSpans, spans_in
from transom.supervision.whole_spans import best_apart, whole_spans

B, GO, OUT, NONE = begin_tag(0), inside_tag(0), 0, -1
B1 = begin_tag(1)


def wholes_of(items, *votes):
    return whole_spans(items, [Labels(items, np.array(vote, dtype=np.int32)) for vote in votes])


def bounds(spans):
    return list(zip(spans.starts.tolist(), spans.ends.tolist(), spans.classes.tolist(), strict=True))


def test_a_source_speaks_for_what_it_found_against_what_overlaps_and_of_nothing_else():
    wholes = wholes_of(from_lengths(np.array([5])), [B, GO, NONE, B, NONE], [NONE, B, NONE, B, NONE], [NONE] * 4 + [B1])
    assert bounds(wholes.spans) == [(0, 2, 0), (1, 2, 0), (3, 4, 0), (4, 5, 1)]
    assert wholes.matrix.votes.tolist() == [[1, 0, -1], [0, 1, -1], [1, 1, -1], [-1, -1, 1]]


def test_the_same_bounds_with_another_class_are_another_span():
    wholes = wholes_of(from_lengths(np.array([1])), [B], [B1])
    assert wholes.matrix.votes.tolist() == [[1, 0], [0, 1]]


def test_spans_of_neighbouring_examples_do_not_overlap():
    wholes = wholes_of(from_lengths(np.array([2, 2])), [NONE, B, NONE, NONE], [NONE, NONE, B, GO])
    assert wholes.spans.examples.tolist() == [0, 1]
    assert wholes.matrix.votes.tolist() == [[1, -1], [-1, 1]]


def test_no_source_and_no_span_are_no_rows():
    items = from_lengths(np.array([2]))
    assert wholes_of(items).matrix.votes.shape == (0, 0)
    assert wholes_of(items, [NONE, OUT]).matrix.votes.shape == (0, 1)


def test_tokens_are_as_probable_as_their_span():
    wholes = wholes_of(from_lengths(np.array([4])), [B, GO, NONE, NONE], [NONE, NONE, NONE, B1])
    probabilities = wholes.probabilities(np.array([True, False]), np.array([0.7, 0.6]), n_classes=2)
    expected = [[0.3, 0.7, 0, 0, 0], [0.3, 0, 0.7, 0, 0], [1, 0, 0, 0, 0], [1, 0, 0, 0, 0]]
    assert np.allclose(probabilities, expected)


TAGS = st.lists(st.lists(st.sampled_from([NONE, OUT, B, GO, B1]), min_size=6, max_size=6), min_size=1, max_size=4)


@settings(max_examples=40, deadline=None)
@given(TAGS, st.data())
def test_no_choice_without_overlaps_gains_more(votes, data):
    wholes = wholes_of(from_lengths(np.array([2, 4])), *votes)
    n = len(wholes.matrix.votes)
    gains = np.array(data.draw(st.lists(st.integers(-3, 9), min_size=n, max_size=n)), dtype=np.float64)
    chosen = best_apart(wholes.spans, gains)
    assert is_apart(wholes.spans, chosen)
    every = (np.array(each, dtype=bool) for each in itertools.product((False, True), repeat=min(n, 10)))
    most = max(gains[: len(each)] @ each for each in every if is_apart(wholes.spans, np.pad(each, (0, n - len(each)))))
    assert gains @ chosen >= most
    assert n > 10 or gains @ chosen == most
    read = spans_in(wholes.items, wholes.tags(chosen))
    assert set(bounds(read)) == {each for each, is_in in zip(bounds(wholes.spans), chosen, strict=True) if is_in}


def is_apart(spans: FoundSpans, chosen: np.ndarray) -> bool:
    tokens = [token for number in np.flatnonzero(chosen) for token in range(spans.starts[number], spans.ends[number])]
    return len(tokens) == len(set(tokens))
