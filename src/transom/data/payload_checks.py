"""What the value of a payload must be, compiled from the schema; null is missing and never gets here."""

import math
from collections.abc import Callable, Mapping
from collections.abc import Sequence as SequenceOf
from functools import partial
from typing import Any

from transom.data.decode import at_pointer, quoted
from transom.errors import Problem, did_you_mean, listed
from transom.schema.payloads import Field, MemberSet, Payload, Sequence, Singleton

Check = Callable[[Any], SequenceOf[Problem]]
"""The problems of a value that is not null; their pointers are relative to it."""

MEMBER_KEYS = frozenset({"id", "range", "fields"})
TEXT = {str}
NUMBERS = {int, float}


def payload_check(payload: Payload) -> Check:
    """The check of a payload's value in a data line."""
    match payload:
        case Singleton(value="record", fields=fields):
            return partial(_record_problems, _field_checks(fields))
        case Singleton(value="vector"):
            return _vector_problems
        case Singleton(value=value):
            return _number_problems if value == "number" else _text_problems
        case Sequence(value="vector"):
            return partial(_each_problems, _vector_problems)
        case Sequence(value="number"):
            return _vector_problems
        case Sequence():
            return _tokens_problems
        case MemberSet(fields=fields):
            return partial(_members_problems, _field_checks(fields))


def _field_checks(fields: SequenceOf[Field]) -> dict[str, Check]:
    return {field.name: _number_problems if field.value == "number" else _text_problems for field in fields}


def _text_problems(value: Any) -> SequenceOf[Problem]:
    if type(value) is str:
        return ()
    hint = f' Write "{value}".' if type(value) in NUMBERS else ""
    return (Problem("T043", f"{quoted(value)} is not text.{hint}"),)


def _number_problems(value: Any) -> SequenceOf[Problem]:
    if type(value) is int or (type(value) is float and math.isfinite(value)):
        return ()
    return (Problem("T043", f"{quoted(value)} is not a finite number."),)


def _tokens_problems(value: Any) -> SequenceOf[Problem]:
    if type(value) is list and set(map(type, value)) <= TEXT:
        return ()
    return _each_problems(_text_problems, value)


def _vector_problems(value: Any) -> SequenceOf[Problem]:
    if type(value) is list and set(map(type, value)) <= NUMBERS and all(map(math.isfinite, value)):
        return ()
    return _each_problems(_number_problems, value)


def _each_problems(check: Check, value: Any) -> SequenceOf[Problem]:
    if type(value) is not list:
        return (Problem("T043", f"{quoted(value)} is not a list."),)
    return [at_pointer(problem, place) for place, element in enumerate(value) for problem in check(element)]


def _record_problems(checks: Mapping[str, Check], value: Any) -> SequenceOf[Problem]:
    if type(value) is not dict:
        return (Problem("T043", f"{quoted(value)} is not an object with the fields {listed(list(checks))}."),)
    problems: list[Problem] = []
    for name, field in value.items():
        if name not in checks:
            problems.append(at_pointer(unknown_name("T039", name, "field", checks), name))
        elif field is not None and (found := checks[name](field)):
            problems += [at_pointer(problem, name) for problem in found]
    return problems


def _members_problems(checks: Mapping[str, Check], value: Any) -> SequenceOf[Problem]:
    if type(value) is not list:
        return (Problem("T043", f"{quoted(value)} is not a list of members."),)
    problems: list[Problem] = []
    seen: set[str] = set()
    for place, member in enumerate(value):
        found = _member_problems(checks, member, seen)
        if found:
            problems += [at_pointer(problem, place) for problem in found]
        else:
            seen.add(member["id"])
    return problems


def _member_problems(checks: Mapping[str, Check], member: Any, seen: set[str]) -> SequenceOf[Problem]:
    if type(member) is not dict:
        return (Problem("T043", f'{quoted(member)} is not a member. Write {{"id": …, "fields": {{…}}}}.'),)
    problems = [at_pointer(unknown_name("T038", key, "key", MEMBER_KEYS), key) for key in member.keys() - MEMBER_KEYS]
    name = member.get("id")
    if type(name) is not str or not name:
        problems.append(
            Problem("T044", f"a member's id must be text that is not empty, not {quoted(name)}.", pointer="/id")
        )
    elif name in seen:
        problems.append(
            Problem("T044", f"{quoted(name)} is in the set twice. Give each member its own id.", pointer="/id")
        )
    stretch = member.get("range")
    if stretch is not None and not is_range(stretch):
        problems.append(
            Problem("T045", f"{quoted(stretch)} is not [start, end] with 0 <= start < end.", pointer="/range")
        )
    fields = member.get("fields")
    if fields is not None:
        problems += [at_pointer(problem, "fields") for problem in _record_problems(checks, fields)]
    return problems


def is_range(value: Any) -> bool:
    """Whether a value is `[start, end]`, two whole numbers in order."""
    return (
        type(value) is list
        and len(value) == 2
        and type(value[0]) is int
        and type(value[1]) is int
        and 0 <= value[0] < value[1]
    )


def unknown_name(
    code: str, name: str, what: str, known: SequenceOf[str] | Mapping[str, Any] | frozenset[str]
) -> Problem:
    """A name that is none of the known ones."""
    names = sorted(known) if isinstance(known, frozenset) else list(known)
    return Problem(code, f"{quoted(name)} is no {what}. Known: {listed(names) or 'none'}.{did_you_mean(name, names)}")
