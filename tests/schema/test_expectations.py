"""What a value must be, in words and as a check."""

from typing import Any, Literal

import pytest

from transom.schema.expectations import inner, literals, phrase, within


@pytest.mark.parametrize(
    ("annotation", "limits", "words"),
    [
        (str, {}, "text"),
        (str, {"minLength": 1}, "text that is not empty"),
        (str, {"pattern": "^a"}, "text that matches ^a"),
        (str, {"pattern": "^a", "description": "a word with a"}, "a word with a"),
        (bool, {}, "true or false"),
        (int, {"minimum": 1}, "a whole number of at least 1"),
        (int, {"minimum": 2, "multipleOf": 2}, "a whole number of at least 2, a multiple of 2"),
        (float, {"minimum": 0.0, "exclusiveMaximum": 1.0}, "a number of at least 0 and less than 1"),
        (float | None, {"exclusiveMinimum": 0}, "a number of more than 0"),
        (int | Literal["auto"], {"minimum": 1}, "a whole number of at least 1 or auto"),
        (bool | Literal["auto"], {}, "true, false or auto"),
        (Literal["a", "b", "c"], {}, "one of a, b, c"),
        (Literal["record"], {}, "record"),
        (Literal["dev", "uniform"] | tuple[float, ...], {}, "dev, uniform or a list of numbers"),
        (tuple[str, ...], {"minItems": 1}, "a list of texts that is not empty"),
        (tuple[Any, ...], {}, "a list of values"),
        (dict[str, float], {}, "a mapping"),
        (Any, {}, "a value"),
    ],
)
def test_what_a_value_must_be_reads_as_a_phrase(annotation, limits, words):
    assert phrase(annotation, limits) == words


@pytest.mark.parametrize(
    ("value", "limits", "is_within"),
    [
        (1, {"minimum": 1, "maximum": 1}, True),
        (0, {"minimum": 1}, False),
        (2, {"maximum": 1}, False),
        (0.0, {"exclusiveMinimum": 0}, False),
        (1.0, {"exclusiveMaximum": 1}, False),
        (3, {"multipleOf": 2}, False),
        (0, {"multipleOf": 2}, True),
        ("auto", {"minimum": 1}, True),
        ("", {"minLength": 1}, False),
        ("abc", {"pattern": "^b"}, False),
        ((), {"minItems": 1}, False),
        (True, {"maximum": 0}, True),
        (None, {"minimum": 1}, True),
    ],
)
def test_limits_are_kept_by_the_kinds_of_value_that_they_are_for(value, limits, is_within):
    assert within(value, limits) == is_within


def test_the_words_and_the_elements_of_an_annotation_are_found_inside_unions():
    assert literals(int | Literal["auto", "none"]) == ("auto", "none")
    assert inner(tuple[int, ...] | None) is int
    assert inner(dict[str, Literal["a"]]) == Literal["a"]
    assert inner(int) is Any
