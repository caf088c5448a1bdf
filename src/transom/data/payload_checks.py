"""What the value of each payload must be, compiled from the schema; null is missing, and never asked about."""

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Sequence as SequenceOf
from functools import partial
from typing import Any

from transom.data.decode import are_finite, at_pointer, quoted
from transom.errors import Problem, did_you_mean, listed
from transom.schema.payloads import Field, MemberSet, Payload, Sequence

Check = Callable[[Any], SequenceOf[Problem]]
"""The problems of a value that is not null; their pointers are relative to it."""

MEMBER_KEYS = {"id": 0, "range": 0, "fields": 0}
TEXT = frozenset({str})
NUMBERS = frozenset({int, float})
MISSING_ELEMENT = "null is no element of a list, where none can be missing. Leave it out, or write what stands for it."


def payload_check(payload: Payload, length: int | None = None) -> Check:
    """The check of a payload's value in a data line; `length` is that of its vectors, where a model has learned it."""
    if isinstance(payload, MemberSet):
        return partial(_members_problems, _field_checks(payload.fields), payload.range is not None)
    if payload.value == "record":
        return partial(_fields_problems, _field_checks(payload.fields))
    check = CHECKS[payload.value] if length is None else partial(_vector_problems, length)
    if isinstance(payload, Sequence):
        return SEQUENCE_CHECKS.get(payload.value, partial(_each_problems, check))
    return check


def unknown_name(code: str, name: str, what: str, known: Iterable[str]) -> Problem:
    """A name that is none of the known ones."""
    names = list(known)
    return Problem(code, f"{quoted(name)} is no {what}. Known: {listed(names) or 'none'}.{did_you_mean(name, names)}")


def _field_checks(fields: SequenceOf[Field]) -> dict[str, Check]:
    return {field.name: CHECKS[field.value] for field in fields}


def _text_problems(value: Any) -> SequenceOf[Problem]:
    if type(value) is str:
        return ()
    hint = f' Write "{value}".' if type(value) in NUMBERS else ""
    return (Problem("T043", f"{quoted(value)} is not text.{hint}"),)


def _number_problems(value: Any) -> SequenceOf[Problem]:
    if type(value) in NUMBERS and are_finite(value):
        return ()
    return (Problem("T043", f"{quoted(value)} is not a finite number."),)


def _tokens_problems(value: Any) -> SequenceOf[Problem]:
    if type(value) is list and TEXT.issuperset(map(type, value)):
        return ()
    return _each_problems(_text_problems, value)


def _numbers_problems(value: Any) -> SequenceOf[Problem]:
    if type(value) is list and NUMBERS.issuperset(map(type, value)) and are_finite(*value):
        return ()
    return _each_problems(_number_problems, value)


def _vector_problems(length: int, value: Any) -> SequenceOf[Problem]:
    problems = _numbers_problems(value)
    if problems or len(value) == length > 0:
        return problems
    if length == 0:
        return (Problem("T057", "the version has learned from no vector here. Write null."),)
    message = (
        f"the length is {len(value)}, but that of the vectors learned from is {length}. "
        "Write as many numbers, or ask a version that has learned from such."
    )
    return (Problem("T057", message),)


CHECKS: Mapping[str, Check] = {
    "text": _text_problems,
    "category": _text_problems,
    "token": _text_problems,
    "number": _number_problems,
    "vector": _numbers_problems,
}

SEQUENCE_CHECKS: Mapping[str, Check] = {"token": _tokens_problems, "number": _numbers_problems}


def _each_problems(check: Check, value: Any) -> SequenceOf[Problem]:
    if type(value) is not list:
        return (Problem("T043", f"{quoted(value)} is not a list."),)
    problems: list[Problem] = []
    for place, element in enumerate(value):
        found = check(element) if element is not None else (Problem("T043", MISSING_ELEMENT),)
        problems += [at_pointer(problem, place) for problem in found]
    return problems


def _fields_problems(checks: Mapping[str, Check], value: Any) -> SequenceOf[Problem]:
    if type(value) is not dict:
        return (Problem("T043", f"{quoted(value)} is not an object with the fields {listed(list(checks))}."),)
    problems: list[Problem] = []
    for name, field in value.items():
        if name not in checks:
            problems.append(at_pointer(unknown_name("T039", name, "field", checks), name))
        elif field is not None and (found := checks[name](field)):
            problems += [at_pointer(problem, name) for problem in found]
    return problems


def _members_problems(checks: Mapping[str, Check], has_range: bool, value: Any) -> SequenceOf[Problem]:
    if type(value) is not list:
        return (Problem("T043", f"{quoted(value)} is not a list of members."),)
    problems: list[Problem] = []
    seen: set[str] = set()
    for place, member in enumerate(value):
        found = _member_problems(checks, has_range, member)
        if not found and member["id"] in seen:
            message = f"{quoted(member['id'])} is in the set twice. Give each member its own id."
            found = (Problem("T044", message, pointer="/id"),)
        if found:
            problems += [at_pointer(problem, place) for problem in found]
        else:
            seen.add(member["id"])
    return problems


def _member_problems(checks: Mapping[str, Check], has_range: bool, member: Any) -> SequenceOf[Problem]:
    if type(member) is not dict:
        return (Problem("T043", f"{quoted(member)} is no member. Write an object with an id and fields."),)
    problems: list[Problem] = []
    if not member.keys() <= MEMBER_KEYS.keys():
        problems = [
            at_pointer(unknown_name("T038", key, "key", MEMBER_KEYS), key) for key in member if key not in MEMBER_KEYS
        ]
    name, stretch, fields = member.get("id"), member.get("range"), member.get("fields")
    if type(name) is not str or not name:
        problems.append(Problem("T044", f"{quoted(name)} is no id. Write text that is not empty.", pointer="/id"))
    if stretch is not None and (wrong := _range_problem(stretch, has_range)):
        problems.append(wrong)
    if fields is not None and (found := _fields_problems(checks, fields)):
        problems += [at_pointer(problem, "fields") for problem in found]
    return problems


def _range_problem(stretch: Any, has_range: bool) -> Problem | None:
    if not has_range:
        return Problem("T045", "the schema gives this set no 'range'. Add one, or leave it out here.", pointer="/range")
    is_pair = type(stretch) is list and len(stretch) == 2 and type(stretch[0]) is type(stretch[1]) is int
    if is_pair and 0 <= stretch[0] < stretch[1]:
        return None
    return Problem("T045", f"{quoted(stretch)} is not [start, end] with 0 <= start < end.", pointer="/range")
