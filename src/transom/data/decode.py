"""Labels as a data line or a user's function writes them, decoded to what the vote columns hold.

| task       | label in JSON                         | encoded                                                 |
|------------|---------------------------------------|---------------------------------------------------------|
| multiclass | a class                               | its index                                               |
| bitvector  | the list of the classes that hold     | their indices, ascending                                |
| spans      | [[start, end_exclusive, class], ...]  | the same, sorted by start, with the class's index       |
| select     | a member's id; null = none of them    | its index in the set; none of them = number of members  |
| regression | a number                              | the number                                              |

A multiclass, bitvector or regression task on a sequence or a set has a list of these, one an element, null =
abstain. A soft vote `{"height": 0.7, "age": 0.3}` becomes `Soft`: a probability a class, or a member and then "none".
"""

import math
from collections.abc import Callable, Mapping
from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass, replace
from functools import partial, singledispatch
from itertools import pairwise
from typing import Any

from transom.data.items import is_elementwise
from transom.errors import Problem, did_you_mean, listed
from transom.schema.payloads import Payload
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans, Task

SOFT_TOLERANCE = 1e-6
"""How far from 1 the probabilities of a soft vote may sum."""

Encoded = int | float | list[Any] | None


@dataclass(frozen=True)
class Soft:
    """A soft vote: probabilities in the order of the classes (for select: of the members, then none of them)."""

    probabilities: list[Any]


@dataclass(frozen=True)
class Invalid:
    """Why a label does not fit its task; the pointers of `problems` are relative to the label."""

    problems: tuple[Problem, ...]


Elements = SequenceOf[Any] | None
"""The value of the task's payload: a list of tokens or of members with an `id`; None = missing, or no list."""

Decoder = Callable[[Any, Elements], Encoded | Soft | Invalid]


def decoder(task: Task, payload: Payload | None) -> Decoder:
    """The function that decodes a label of this task, given the value of its payload in the same example."""
    one = _decoder(task)
    return partial(_decode_elements, one, task) if is_elementwise(task, payload) else one


def quoted(value: object, limit: int = 60) -> str:
    """A JSON value for a message; a long one is cut."""
    text = repr(value)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def at_pointer(problem: Problem, *parts: str | int) -> Problem:
    """The problem, one or more levels further down in the line."""
    prefix = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)
    return replace(problem, pointer=prefix + (problem.pointer or ""))


def unknown_class(label: object, classes: SequenceOf[str]) -> Problem:
    """A label that is none of the classes."""
    hint = did_you_mean(label, classes) if isinstance(label, str) else ""
    return Problem("T031", f"{quoted(label)} is not one of {listed(classes)}.{hint}")


@singledispatch
def _decoder(task: Task) -> Decoder:
    """The function that decodes the label of one item."""
    raise TypeError(f"no decoder for {type(task).__name__}")


@_decoder.register
def _(task: Multiclass) -> Decoder:
    return partial(_decode_class, task.classes, {name: index for index, name in enumerate(task.classes)})


@_decoder.register
def _(task: Bitvector) -> Decoder:
    return partial(_decode_bits, task.classes, {name: index for index, name in enumerate(task.classes)})


@_decoder.register
def _(task: Spans) -> Decoder:
    return partial(_decode_spans, task.classes, {name: index for index, name in enumerate(task.classes)})


@_decoder.register
def _(task: Select) -> Decoder:  # noqa: ARG001 - dispatched on
    return _decode_member


@_decoder.register
def _(task: Regression) -> Decoder:  # noqa: ARG001 - dispatched on
    return _decode_number


def _decode_class(
    classes: SequenceOf[str], index: Mapping[str, int], label: Any, _: Elements
) -> Encoded | Soft | Invalid:
    if type(label) is str and label in index:
        return index[label]
    if label is None:
        return None
    if type(label) is dict:
        return _decode_soft(label, classes)
    return Invalid((unknown_class(label, classes),))


def _decode_bits(classes: SequenceOf[str], index: Mapping[str, int], label: Any, _: Elements) -> Encoded | Invalid:
    if label is None:
        return None
    if type(label) is not list:
        return Invalid((Problem("T032", f"{quoted(label)} is not a list of classes. Write the classes that hold."),))
    wrong = [
        at_pointer(unknown_class(name, classes), place)
        for place, name in enumerate(label)
        if type(name) is not str or name not in index
    ]
    if wrong:
        return Invalid(tuple(wrong))
    bits = sorted({index[name] for name in label})
    if len(bits) < len(label):
        twice = next(name for name in label if label.count(name) > 1)
        return Invalid((Problem("T032", f"{quoted(twice)} stands twice. Write each class once."),))
    return bits


def _decode_number(label: Any, _: Elements) -> Encoded | Invalid:
    if type(label) is float and math.isfinite(label):
        return label
    if type(label) is int:
        return float(label)
    return None if label is None else Invalid((Problem("T037", f"{quoted(label)} is not a finite number."),))


def _decode_member(label: Any, members: Elements) -> Encoded | Soft | Invalid:
    ids = [member["id"] for member in members or ()]
    if label is None:
        return len(ids)
    if type(label) is str and label in ids:
        return ids.index(label)
    if type(label) is dict:
        return _decode_soft(label, ids, none_too=True)
    hint = did_you_mean(label, ids) if isinstance(label, str) else ""
    known = listed(ids) if ids else "no member at all"
    return Invalid(
        (Problem("T035", f"{quoted(label)} is no member of the set, which has {known}.{hint} null = none of them."),)
    )


def _decode_spans(
    classes: SequenceOf[str], index: Mapping[str, int], label: Any, tokens: Elements
) -> Encoded | Invalid:
    if label is None:
        return None
    if type(label) is not list:
        return Invalid((Problem("T032", f"{quoted(label)} is not a list of [start, end, class]."),))
    n_tokens = len(tokens or ())
    wrong = [
        at_pointer(problem, place)
        for place, span in enumerate(label)
        for problem in _span_problems(span, classes, n_tokens)
    ]
    if wrong:
        return Invalid(tuple(wrong))
    spans = sorted([start, end, index[name]] for start, end, name in label)
    for before, after in pairwise(spans):
        if after[0] < before[1]:
            named = " and ".join(quoted([start, end, classes[c]]) for start, end, c in (before, after))
            return Invalid((Problem("T034", f"{named} overlap. Spans of one source may not share a token."),))
    return spans


def _span_problems(span: Any, classes: SequenceOf[str], n_tokens: int) -> list[Problem]:
    if type(span) is not list or len(span) != 3 or type(span[0]) is not int or type(span[1]) is not int:
        return [Problem("T032", f"{quoted(span)} is not [start, end, class].")]
    start, end, name = span
    problems = []
    if not 0 <= start < end:
        problems.append(
            Problem("T034", f"{quoted(span)} is empty or starts below 0. Write 0 <= start < end; the end is exclusive.")
        )
    elif end > n_tokens:
        problems.append(
            Problem(
                "T034", f"{quoted(span)} ends beyond the {n_tokens} elements of its sequence. The end is exclusive."
            )
        )
    if type(name) is not str or name not in classes:
        problems.append(at_pointer(unknown_class(name, classes), 2))
    return problems


def _decode_elements(one: Decoder, task: Task, labels: Any, elements: Elements) -> Encoded | Soft | Invalid:
    """One label for each element; a single soft one makes all of them soft."""
    if labels is None:
        return None
    if type(labels) is not list:
        return Invalid((Problem("T032", f"{quoted(labels)} is not a list. Write one label an element, null = none."),))
    n_elements = len(elements or ())
    if len(labels) != n_elements:
        return Invalid((Problem("T033", f"{len(labels)} labels for {n_elements} elements. Write one an element."),))
    decoded = [one(label, None) for label in labels]
    kinds = set(map(type, decoded))
    if Invalid in kinds:
        return Invalid(
            tuple(
                at_pointer(problem, place)
                for place, invalid in enumerate(decoded)
                if isinstance(invalid, Invalid)
                for problem in invalid.problems
            )
        )
    if Soft in kinds and isinstance(task, Multiclass):
        return Soft([_as_probabilities(value, len(task.classes)) for value in decoded])
    return decoded


def _as_probabilities(value: Encoded | Soft | Invalid, n_classes: int) -> list[float] | None:
    if isinstance(value, Soft):
        return value.probabilities
    return None if value is None else [float(index == value) for index in range(n_classes)]


def _decode_soft(label: dict[str, Any], names: SequenceOf[str], *, none_too: bool = False) -> Soft | Invalid:
    """Probabilities by name; for select, what the members leave of 1 is none of them."""
    wrong = [at_pointer(unknown_class(name, names), name) for name in label if name not in names]
    wrong += [
        at_pointer(Problem("T036", f"{quoted(share)} is not a probability. Write a number from 0 to 1."), name)
        for name, share in label.items()
        if type(share) not in (int, float) or not 0 <= share <= 1
    ]
    if wrong:
        return Invalid(tuple(wrong))
    total = math.fsum(label.values())
    if total > 1 + SOFT_TOLERANCE or (total < 1 - SOFT_TOLERANCE and not none_too):
        most = "at most 1" if none_too else "1"
        return Invalid((Problem("T036", f"the probabilities sum to {total:.6g}. A soft vote sums to {most}."),))
    shares = [float(label.get(name, 0.0)) for name in names]
    return Soft([*shares, max(0.0, 1 - total)] if none_too else shares)
