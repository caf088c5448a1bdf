"""Labels as a data line or a user's function writes them, decoded to what the vote columns hold.

| task       | label                                 | encoded                                                 |
|------------|---------------------------------------|---------------------------------------------------------|
| multiclass | a class                               | its index                                               |
| bitvector  | the list of the classes that hold     | their indices, ascending                                |
| spans      | [[start, end_exclusive, class], ...]  | the same in order, with the class's index               |
| select     | a member's id; null = none of them    | its index in the set; none of them = number of members  |
| regression | a number                              | the number                                              |

A multiclass, bitvector or regression task on a sequence or a set has a list of these, one an element, null =
abstain. A soft vote `{"height": 0.7, "age": 0.3}` becomes `Soft`: a probability a class, or a member and then "none".
"""

import math
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass, replace
from functools import partial, singledispatch
from itertools import pairwise
from typing import Any

from transom.data.items import is_elementwise
from transom.errors import Problem, did_you_mean, listed
from transom.schema.payloads import Payload
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans, Task

JSON_NAMES = {None: "null", True: "true", False: "false"}

SOFT_TOLERANCE = 0.01
"""How far from 1 the probabilities of a soft vote may sum: files hold numbers that were rounded to a few digits."""
EXACT = 1e-6
"""Up to where a sum is 1 but for the arithmetic, and the probabilities stay as they are."""

LISTS, NUMBERS = (list, tuple), (int, float)
LARGEST = 1e100
"""Labels of regressions go no further from zero: of larger ones squares, and their sums, are beyond all numbers."""

Encoded = int | float | list[Any] | None


@dataclass(frozen=True)
class Soft:
    """A soft vote: probabilities in the order of the classes (for select: of the members, then none of them)."""

    probabilities: list[Any]


@dataclass(frozen=True)
class Invalid:
    """Why a label does not fit its task; the pointers of `problems` are relative to the label."""

    problems: tuple[Problem, ...]


NOT_HARD = frozenset({Soft, Invalid})

Decoded = Encoded | Soft | Invalid

Elements = Any
"""The value of the task's payload, None where it is missing; a list of tokens, or of members with an `id`, matters."""

Decoder = Callable[[Any, Elements], Decoded]


def decoder(task: Task, payload: Payload | None) -> Decoder:
    """The function that decodes a label of this task, given the value of its payload in the same example.

    >>> decode = decoder(Multiclass("intent", ("height", "age")), None)
    >>> decode("age", None), decode({"age": 1}, None)
    (1, Soft(probabilities=[0.0, 1.0]))
    """
    one = _decoder(task)
    if not is_elementwise(task, payload):
        return one
    return partial(_decode_elements, one, class_index(task) if isinstance(task, Multiclass) else {})


def class_index(task: Multiclass) -> dict[str | None, int | None]:
    """The encoded vote of each class, and of null."""
    index: dict[str | None, int | None] = {None: None}
    index.update(_index(task.classes))
    return index


def quoted(value: object, limit: int = 60) -> str:
    """A value for a message, None and truth values as JSON has them; a long one is cut."""
    try:
        text = JSON_NAMES[value] if value is None or isinstance(value, bool) else repr(value)
    except ValueError:  # Python writes no whole number of more than 4,300 digits
        text = "a number without end"
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def at_pointer(problem: Problem, *parts: str | int) -> Problem:
    """The problem, one or more levels further down in the line."""
    prefix = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)
    return replace(problem, pointer=prefix + (problem.pointer or ""))


@singledispatch
def _decoder(task: Task) -> Decoder:
    """The function that decodes the label of one item."""
    raise TypeError(f"no decoder for {type(task).__name__}")


@_decoder.register
def _(task: Multiclass) -> Decoder:
    return partial(_decode_class, class_index(task), task.classes)


@_decoder.register
def _(task: Bitvector) -> Decoder:
    return partial(_decode_bits, _index(task.classes))


@_decoder.register
def _(task: Spans) -> Decoder:
    return partial(_decode_spans, _index(task.classes))


@_decoder.register
def _(_: Select) -> Decoder:
    return _decode_member


@_decoder.register
def _(_: Regression) -> Decoder:
    return _decode_number


def _index(classes: SequenceOf[str]) -> dict[str, int]:
    return {name: index for index, name in enumerate(classes)}


def _invalid(code: str, message: str) -> Invalid:
    return Invalid((Problem(code, message),))


def _unknown(label: object, classes: Iterable[str]) -> Problem:
    """A label that is none of the classes."""
    names = list(classes)
    hint = did_you_mean(label, names) if isinstance(label, str) else ""
    return Problem("T031", f"{quoted(label)} is not one of {listed(names)}.{hint}")


def _decode_class(index: Mapping[Any, int | None], classes: SequenceOf[str], label: Any, _: Elements) -> Decoded:
    try:
        return index[label]
    except (KeyError, TypeError):  # an object or a list cannot even be looked up
        return _decode_soft(label, classes) if type(label) is dict else Invalid((_unknown(label, classes),))


def _decode_bits(index: Mapping[str, int], label: Any, _: Elements) -> Decoded:
    if label is None:
        return None
    if not isinstance(label, LISTS):
        return _invalid("T032", f"{quoted(label)} is not a list. Write the list of the classes that hold.")
    wrong = [
        at_pointer(_unknown(name, index), place)
        for place, name in enumerate(label)
        if not isinstance(name, str) or name not in index
    ]
    return Invalid(tuple(wrong)) if wrong else sorted({index[name] for name in label})


def are_finite(*numbers: float) -> bool:
    """Whether each is a number that can be reckoned with; not every whole number of Python fits into a float.

    >>> are_finite(1, 2.5), are_finite(float("nan")), are_finite(10**400)
    (True, False, False)
    """
    try:
        return all(map(math.isfinite, numbers))
    except OverflowError:
        return False


def _decode_number(label: Any, _: Elements) -> Decoded:
    if label is None:
        return None
    if not isinstance(label, NUMBERS) or isinstance(label, bool) or not are_finite(label):
        return _invalid("T037", f"{quoted(label)} is not a finite number.")
    if abs(label) > LARGEST:
        return _invalid("T037", f"{quoted(label)} is beyond {LARGEST:g}. Write null where it means that none is known.")
    return float(label)


def _decode_member(label: Any, members: Elements) -> Decoded:
    if label is None:
        return len(members or ())
    for place, member in enumerate(members or ()):
        if member["id"] == label:
            return place
    ids = [member["id"] for member in members or ()]
    if type(label) is dict:
        return _decode_soft(label, ids, none_too=True)
    hint = did_you_mean(label, ids) if isinstance(label, str) else ""
    return _invalid("T035", f"{quoted(label)} is no member of the set, which has {listed(ids) or 'none'}.{hint}")


def _decode_spans(index: Mapping[str, int], label: Any, tokens: Elements) -> Decoded:
    if label is None:
        return None
    if not isinstance(label, LISTS):
        return _invalid("T032", f"{quoted(label)} is not a list. Write the list of all [start, end, class].")
    n_tokens = len(tokens or ())
    wrong = [
        at_pointer(problem, place)
        for place, span in enumerate(label)
        for problem in _span_problems(span, index, n_tokens)
    ]
    if wrong:
        return Invalid(tuple(wrong))
    spans = sorted(label, key=lambda span: span[0])
    for before, after in pairwise(spans):
        if after[0] < before[1]:
            named = f"{quoted(before)} and {quoted(after)}"
            return _invalid("T034", f"{named} overlap. A token can be in one span of a source. Remove one.")
    return [[start, end, index[name]] for start, end, name in spans]


def _span_problems(span: Any, index: Mapping[str, int], n_tokens: int) -> list[Problem]:
    is_triple = isinstance(span, LISTS) and len(span) == 3
    if not is_triple or type(span[0]) is not int or type(span[1]) is not int:
        return [Problem("T032", f"{quoted(span)} is not [start, end, class].")]
    start, end, name = span
    problems = []
    if not 0 <= start < end:
        problems.append(Problem("T034", f"{quoted(span)} is no stretch. Write 0 <= start < end; the end is exclusive."))
    elif end > n_tokens:
        message = (
            f"{quoted(span)} ends beyond the {_counted(n_tokens, 'element')} of its sequence. The end is exclusive."
        )
        problems.append(Problem("T034", message))
    if not isinstance(name, str) or name not in index:
        problems.append(at_pointer(_unknown(name, index), 2))
    return problems


def _decode_elements(one: Decoder, index: Mapping[str | None, int | None], labels: Any, elements: Elements) -> Decoded:
    """One label for each element; a single soft one makes all of them soft. `index` is of a multiclass task."""
    if labels is None:
        return None
    if not isinstance(labels, LISTS):
        return _invalid("T032", f"{quoted(labels)} is not a list. Write a label for each element, null for none.")
    n_elements = len(elements or ())
    if len(labels) != n_elements:
        counts = f"{_counted(len(labels), 'label')} for {_counted(n_elements, 'element')}"
        return _invalid("T033", f"{counts}. Write one for each, null for none.")
    if index:
        try:
            return [index[label] for label in labels]
        except (KeyError, TypeError):  # one of them is soft, or wrong
            pass
    decoded = [one(label, None) for label in labels]
    if NOT_HARD.isdisjoint(map(type, decoded)):
        return decoded
    wrong = [
        at_pointer(problem, place)
        for place, invalid in enumerate(decoded)
        if isinstance(invalid, Invalid)
        for problem in invalid.problems
    ]
    return Invalid(tuple(wrong)) if wrong else Soft([_as_probabilities(value, len(index) - 1) for value in decoded])


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _as_probabilities(value: Decoded, n_classes: int) -> list[float] | None:
    if isinstance(value, Soft):
        return value.probabilities
    return None if value is None else [float(index == value) for index in range(n_classes)]


def _decode_soft(label: Mapping[Any, Any], names: SequenceOf[str], *, none_too: bool = False) -> Decoded:
    """Probabilities by name; for select, what the members leave of 1 is none of them."""
    wrong = [at_pointer(_unknown(name, names), name) for name in label if name not in names]
    wrong += [
        at_pointer(Problem("T036", f"{quoted(share)} is not a probability. Write a number from 0 to 1."), name)
        for name, share in label.items()
        if not isinstance(share, NUMBERS) or isinstance(share, bool) or not 0 <= share <= 1
    ]
    if wrong:
        return Invalid(tuple(wrong))
    total = math.fsum(label.values())
    excess = total - 1 if none_too else abs(total - 1)
    if excess > SOFT_TOLERANCE + EXACT:  # three thirds of .33 are a hundredth off, and as binary numbers a hair more
        most = "at most 1; the rest is none of them" if none_too else "1"
        return _invalid("T036", f"the probabilities sum to {total:.6g}. Those of a soft vote sum to {most}.")
    scale = total if excess > EXACT else 1.0
    shares = [float(label.get(name, 0.0)) / scale for name in names]
    return Soft([*shares, max(0.0, 1 - total)] if none_too else shares)
