import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from transom.supervision.gazetteers import find_names, gazetteer_of


def found(entries, *sequences, **options):
    tokens = pl.Series(sequences, dtype=pl.List(pl.String))
    return find_names(gazetteer_of(entries, **options), tokens)


def test_the_longest_of_the_names_that_begin_first_counts():
    entries = ["New York", "York", "New York City", "City Hall"]
    assert found(entries, ["New", "York", "City", "Hall", "York"]) == [[(0, 3), (4, 5)]]


def test_a_name_does_not_go_on_into_the_next_example():
    assert found(["New York"], ["in", "New"], ["York", "New"], [], ["New", "York"]) == [None, None, None, [(0, 2)]]


def test_a_name_with_signs_is_found_however_they_were_split():
    assert found(["St. Louis"], ["St.", "Louis"], ["St", ".", "Louis"], ["St", "Louis"]) == [[(0, 2)], [(0, 3)], None]


def test_the_case_is_folded_unless_it_matters():
    assert found(["Ödön"], ["ÖDÖN"]) == [[(0, 1)]]
    assert found(["Ödön"], ["ÖDÖN"], is_case_sensitive=True) == [None]


WORDS = st.sampled_from(["a", "b", "A", "c."])


def naive(entries, tokens):
    """The longest entry at each place, from left to right, past the one before."""
    names = {tuple(entry.lower().split()) for entry in entries}
    spans, start = [], 0
    while start < len(tokens):
        ends = range(len(tokens), start, -1)
        end = next((end for end in ends if tuple(map(str.lower, tokens[start:end])) in names), None)
        if end:
            spans.append((start, end))
        start = end or start + 1
    return spans or None


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from(["a", "b", "A"]), min_size=1, max_size=3).map(" ".join), min_size=1, max_size=4),
    st.lists(st.none() | st.lists(WORDS, max_size=6), max_size=4),
)
def test_names_are_found_as_by_looking_at_every_stretch(entries, sequences):
    assert found(entries, *sequences) == [None if tokens is None else naive(entries, tokens) for tokens in sequences]
