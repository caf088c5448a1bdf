import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transom.data.column_statistics import N_COMMON, categories_of, columns_of, numbers_of
from transom.data.dataset import payload_dtype
from transom.schema.payloads import Field, MemberSet, Sequence, Singleton


def described(payload, *values):
    """The statistics of a payload and its fields by name."""
    series = pl.Series(payload.name, values, dtype=payload_dtype(payload), strict=False)
    return {each.name: each for each in columns_of(payload, series)}


def test_a_number_has_its_mean_and_percentiles_that_are_values_of_it():
    found = described(Singleton("price", "number"), 3.0, None, 1.0, 2.0)["price"]
    assert (found.kind, found.n, found.n_missing) == ("number", 4, 1)
    assert (found.numbers.n, found.numbers.mean) == (3, 2.0)
    assert found.numbers.deviation == pytest.approx(np.sqrt(2 / 3))
    assert set(found.numbers.percentiles) == {1.0, 2.0, 3.0}
    assert [found.numbers.percentiles[share] for share in (0, 33, 34, 50, 67, 100)] == [1, 1, 2, 2, 3, 3]


def test_percentiles_of_a_hundred_numbers_are_these_numbers():
    assert numbers_of(pl.Series(range(1, 101))).percentiles == (1.0, *range(1, 101))


def test_a_column_without_a_number_has_no_statistics_of_numbers():
    assert described(Singleton("price", "number"), None, None)["price"].numbers is None


def test_a_category_has_the_counts_of_its_values_the_commonest_first():
    found = described(Singleton("kind", "category"), "b", "a", "b", None, "c")["kind"]
    assert list(found.categories.counts.items()) == [("b", 2), ("a", 1), ("c", 1)]
    assert (found.n_missing, found.categories.n, found.categories.is_complete) == (1, 4, True)


def test_of_many_categories_the_commonest_are_counted_and_the_rest_is_known_by_number():
    found = categories_of(pl.Series([str(number) for number in range(N_COMMON + 7)] + ["3"] * 4))
    assert (found.n, found.n_distinct, len(found.counts)) == (N_COMMON + 11, N_COMMON + 7, N_COMMON)
    assert (next(iter(found.counts)), found.counts["3"], found.is_complete) == ("3", 5, False)


def test_a_text_has_lengths_words_and_its_middle_word():
    found = described(Singleton("text", "text"), "One two three", "two", "", None)["text"]
    assert found.categories.counts == {"two": 2}
    assert (found.n_words, found.n_distinct_words, found.n_missing) == (4, 3, 1)
    assert found.lengths.percentiles[100] == 13


def test_a_record_has_a_column_for_each_field():
    person = Singleton("person", "record", fields=(Field("age", "number"), Field("job", "category")))
    found = described(person, {"age": 3.0, "job": None}, None, {"age": 5.0, "job": "cook"})
    assert list(found) == ["person.age", "person.job"]
    assert (found["person.age"].n_missing, found["person.job"].n_missing) == (1, 2)


def test_sequences_have_lengths_and_one_element_an_example():
    tokens = described(Sequence("tokens", "token"), ["a", "b", "c"], [], None)["tokens"]
    assert (tokens.categories.counts, tokens.n_words, tokens.lengths.mean) == ({"b": 1}, 3, 1.5)
    prices = described(Sequence("prices", "number"), [1.0, 5.0], [2.0])["prices"]
    assert (prices.numbers.mean, prices.n_words) == (3.5, 0)
    frames = described(Sequence("frames", "vector"), [[1.0], [2.0]])["frames"]
    assert (frames.numbers, frames.lengths.mean) == (None, 2.0)


def test_a_vector_has_its_dimensions_as_lengths():
    assert described(Singleton("point", "vector"), [1.0, 2.0], None)["point"].lengths.mean == 2.0


def test_a_set_has_its_sizes_and_the_fields_of_one_member_an_example():
    members = [{"id": "a", "fields": None, "kind": "x"}, {"id": "b", "kind": "y"}]
    found = described(MemberSet("entities", (Field("kind", "category"),)), members, [], None)
    assert (found["entities"].kind, found["entities"].lengths.mean, found["entities"].n_missing) == ("set", 1.0, 1)
    assert (found["entities.kind"].n, found["entities.kind"].categories.counts) == (1, {"y": 1})


def test_no_example_at_all_has_statistics_too():
    for payload in (Singleton("text", "text"), Sequence("tokens", "token"), MemberSet("all", (Field("n", "number"),))):
        assert all(each.n == 0 for each in described(payload).values())


@settings(max_examples=40)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=40), st.randoms())
def test_the_order_of_examples_does_not_matter(numbers, draw):
    mixed = list(numbers)
    draw.shuffle(mixed)
    first, second = numbers_of(pl.Series(numbers)), numbers_of(pl.Series(mixed))
    assert first == second
    assert list(first.percentiles) == sorted(first.percentiles)
    assert (first.percentiles[0], first.percentiles[100]) == (min(numbers), max(numbers))
