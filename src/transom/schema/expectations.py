"""What a value of a YAML file must be, in words and as a check of its limits."""

import re
from collections.abc import Iterator, Mapping
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

Limits = Mapping[str, Any]
"""Limits of a value in the words of JSON Schema; `description` is the whole phrase for it."""

_NOUNS = {str: ("text", "texts"), int: ("a whole number", "whole numbers"), float: ("a number", "numbers")}
_BOUNDS = {
    "minimum": "at least",
    "exclusiveMinimum": "more than",
    "maximum": "at most",
    "exclusiveMaximum": "less than",
}


def phrase(annotation: object, limits: Limits) -> str:
    """What a value with this annotation must be.

    >>> phrase(int | Literal["auto"], {"minimum": 1})
    'a whole number of at least 1 or auto'
    """
    if "description" in limits:
        return str(limits["description"])
    words = [word for arm in arms(annotation) for word in _alternatives(arm, limits)]
    if len(words) > 1 and words == list(literals(annotation)):
        return f"one of {', '.join(words)}"
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def arms(annotation: object) -> tuple[object, ...]:
    """The members of a union in order, without None; anything else is its own only member."""
    if get_origin(annotation) in (Union, UnionType):
        return tuple(arm for arm in get_args(annotation) if arm is not NoneType)
    return (annotation,)


def literals(annotation: object) -> tuple[str, ...]:
    """The words that an annotation lists."""
    listed = (get_args(arm) for arm in arms(annotation) if get_origin(arm) is Literal)
    return tuple(str(word) for words in listed for word in words)


def inner(annotation: object) -> object:
    """The annotation of the elements of a tuple or of the values of a mapping."""
    for arm in arms(annotation):
        if get_origin(arm) is tuple:
            return get_args(arm)[0]
        if get_origin(arm) is dict:
            return get_args(arm)[1]
    return Any


def within(value: object, limits: Limits) -> bool:
    """Whether a value of the right kind keeps its limits; limits of other kinds of value do not matter."""
    return all(_keeps(value, limits))


def _keeps(value: object, limits: Limits) -> Iterator[bool]:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        yield value >= limits.get("minimum", value)
        yield value <= limits.get("maximum", value)
        yield "exclusiveMinimum" not in limits or value > limits["exclusiveMinimum"]
        yield "exclusiveMaximum" not in limits or value < limits["exclusiveMaximum"]
        yield value % limits.get("multipleOf", value or 1) == 0
    if isinstance(value, str):
        yield len(value) >= limits.get("minLength", 0)
        yield re.search(limits.get("pattern", ""), value) is not None
    if isinstance(value, tuple):
        yield len(value) >= limits.get("minItems", 0)


def _alternatives(arm: object, limits: Limits) -> list[str]:
    """What one member of a union may be; a literal and a boolean are several things."""
    if get_origin(arm) is Literal:
        return [str(word) for word in get_args(arm)]
    if arm is bool:
        return ["true", "false"]
    if get_origin(arm) is tuple:
        plural = _NOUNS.get(get_args(arm)[0], ("", "values"))[1]
        return [f"a list of {plural}" + (" that is not empty" if limits.get("minItems") else "")]
    if get_origin(arm) is dict:
        return ["a mapping"]
    if arm is str:
        pattern = f" that matches {limits['pattern']}" if "pattern" in limits else ""
        return ["text" + (pattern or (" that is not empty" if limits.get("minLength") else ""))]
    return [_NOUNS[arm][0] + _bounds(limits) if arm in (int, float) else "a value"]


def _bounds(limits: Limits) -> str:
    parts = [f"{words} {limits[name]:g}" for name, words in _BOUNDS.items() if name in limits]
    multiple = f", a multiple of {limits['multipleOf']}" if "multipleOf" in limits else ""
    return (f" of {' and '.join(parts)}" if parts else "") + multiple
