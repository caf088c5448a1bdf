"""One record of a data line, checked against the schema, its labels encoded as votes.

A schema is compiled once into `Checks`; a record that is right then costs a few look-ups a value.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from transom.data.decode import (
    NOT_HARD,
    NUMBERS,
    Decoder,
    Encoded,
    Invalid,
    Soft,
    are_finite,
    at_pointer,
    class_index,
    decoder,
    quoted,
)
from transom.data.items import is_elementwise
from transom.data.payload_checks import Check, payload_check, unknown_name
from transom.data.split import SPLITS
from transom.data.subset_names import EVERYTHING, SLICE_PREFIX
from transom.errors import Problem
from transom.schema.payloads import MemberSet, Payload
from transom.schema.schema import Schema
from transom.schema.tasks import Multiclass, Task

KEYS = dict.fromkeys(("id", "payloads", "tasks", "tags", "time", "order", "served"))
PATCH_KEYS = dict.fromkeys(("id", "tasks", "tags", "served"))

SERVED_TYPES = {
    "version": (int,),
    "model": (str,),
    "request_id": (str,),
    "policy": (str,),
    "propensity": (float, int),
    "latency_ms": (float, int),
    "sample": (float, int),
    "probabilities": (dict,),
}
"""What the log of served predictions says of a record, and the types of that in JSON."""

NAMES_OF_TYPES = {int: "a whole number", str: "text", float: "a number", dict: "an object"}

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)?", re.ASCII)

ANY_LENGTH: Mapping[str, int] = {}

Votes = dict[str, dict[str, Any]]
"""Encoded votes by task and source; None is an abstention."""


@dataclass(frozen=True)
class TaskCheck:
    """How to decode the labels of a task, and the payload they are about.

    `index` is how to decode most labels faster: the encoded vote of each class, where a label is one class.
    """

    decode: Decoder
    payload: str | None
    index: Mapping[str | None, int | None]


@dataclass(frozen=True)
class Checks:
    """A schema, compiled. `ranges` are the sets whose members point into a sequence, each with that sequence.

    `lengths` are those of vectors by payload, where a model has learned them.
    """

    payloads: Mapping[str, Check]
    ranges: tuple[tuple[str, str], ...]
    tasks: Mapping[str, TaskCheck]
    lengths: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Row:
    """What a record says beside its payloads, or the problems that keep it out; `time` in microseconds since 1970."""

    hard: Votes
    soft: Votes
    split: str | None
    time: int | None
    problems: list[Problem]


def compile_checks(schema: Schema, lengths: Mapping[str, int] = ANY_LENGTH) -> Checks:
    """Compiles the checks of a schema's data lines; where a model is asked, with its vectors' `lengths`."""
    payloads = {payload.name: payload for payload in schema.payloads}
    return Checks(
        payloads={name: payload_check(payload, lengths.get(name)) for name, payload in payloads.items()},
        ranges=tuple((each.name, each.range) for each in schema.payloads if isinstance(each, MemberSet) and each.range),
        tasks={task.name: _task_check(task, payloads.get(task.payload or "")) for task in schema.tasks},
        lengths=lengths,
    )


def _task_check(task: Task, payload: Payload | None) -> TaskCheck:
    index = class_index(task) if isinstance(task, Multiclass) and not is_elementwise(task, payload) else {}
    return TaskCheck(decoder(task, payload), task.payload, index)


def check_record(checks: Checks, record: Mapping[str, Any]) -> Row:
    """A record with payloads, checked; votes about a payload that is wrong are not looked at."""
    payloads = record["payloads"]
    if type(payloads) is not dict:
        message = f"{quoted(payloads)} is not an object of payloads."
        return Row({}, {}, None, None, [Problem("T043", message, pointer="/payloads")])
    problems = [] if record.keys() <= KEYS.keys() else unknown_keys(record)
    broken = _broken_payloads(checks, payloads)
    for found in broken.values():
        problems += found
    split, wrong_tags = _split(record.get("tags"))
    problems += wrong_tags
    time, order, served = record.get("time"), record.get("order"), record.get("served")
    instant = None if time is None else _microseconds(time)
    if time is not None and instant is None:
        message = f"{quoted(time)} is not a time as in RFC 3339. Write it like 2026-11-02T14:33:30Z."
        problems.append(Problem("T049", message, pointer="/time"))
    if order is not None and not (type(order) in NUMBERS and are_finite(order)):
        problems.append(Problem("T050", f"{quoted(order)} is not a finite number.", pointer="/order"))
    if served is not None:
        problems += _served_problems(served)
    hard, soft, wrong = _votes(checks, record.get("tasks"), payloads, broken)
    return Row(hard, soft, split, instant, [*problems, *wrong] if wrong else problems)


def patch_key_problems(patch: Mapping[str, Any]) -> list[Problem]:
    """What a record without payloads may not have."""
    beyond = [
        at_pointer(Problem("T062", f"a patch adds votes and tags, and has no {quoted(key)}. Remove it."), key)
        for key in patch
        if key in KEYS and key not in PATCH_KEYS
    ]
    return beyond + unknown_keys(patch)


def check_patch(checks: Checks, patch: Mapping[str, Any], payloads: Mapping[str, Any]) -> Row:
    """The votes and tags of a patch, checked against the payloads of the example that it adds to."""
    split, wrong_tags = _split(patch.get("tags"))
    served = patch.get("served")
    wrong_served = [] if served is None else _served_problems(served)
    hard, soft, wrong = _votes(checks, patch.get("tasks"), payloads, ())
    return Row(hard, soft, split, None, [*wrong_tags, *wrong_served, *wrong])


def unknown_keys(record: Mapping[str, Any]) -> list[Problem]:
    """Keys that no record has."""
    return [at_pointer(unknown_name("T038", key, "key", KEYS), key) for key in record if key not in KEYS]


def _broken_payloads(checks: Checks, payloads: Mapping[str, Any]) -> dict[str, Sequence[Problem]]:
    """The payloads that are wrong, each with its problems."""
    broken: dict[str, Sequence[Problem]] = {}
    for name, value in payloads.items():
        check = checks.payloads.get(name)
        if check is None:
            broken[name] = [at_pointer(unknown_name("T039", name, "payload", checks.payloads), "payloads", name)]
        elif value is not None and (found := check(value)):
            broken[name] = [at_pointer(problem, "payloads", name) for problem in found]
    for members, sequence in checks.ranges:
        pointing = payloads.get(members)
        if pointing and members not in broken and sequence not in broken:
            found = _ranges_beyond(pointing, sequence, payloads.get(sequence))
            if found:
                broken[members] = [at_pointer(problem, "payloads", members) for problem in found]
    return broken


def _ranges_beyond(members: Sequence[Any], sequence: str, elements: Sequence[Any] | None) -> list[Problem]:
    """The members that point beyond their sequence."""
    all_of_it = f"{sequence}, which is missing" if elements is None else f"the {len(elements)} elements of {sequence}"
    problems = []
    for place, member in enumerate(members):
        stretch = member.get("range")
        if stretch is not None and stretch[1] > len(elements or ()):
            message = f"{quoted(stretch)} ends beyond {all_of_it}. The end is exclusive."
            problems.append(at_pointer(Problem("T045", message), place, "range"))
    return problems


def _votes(
    checks: Checks, tasks: Any, payloads: Mapping[str, Any], broken: Collection[str]
) -> tuple[Votes, Votes, Sequence[Problem]]:
    """Hard and soft votes, and what is wrong with those that are wrong."""
    hard: Votes = {}
    soft: Votes = {}
    problems: list[Problem] = []
    if tasks is None:
        return hard, soft, problems
    if type(tasks) is not dict:
        return hard, soft, [Problem("T032", f"{quoted(tasks)} is not an object of tasks.", pointer="/tasks")]
    for task, sources in tasks.items():
        check = checks.tasks.get(task)
        if check is None:
            problems.append(at_pointer(unknown_name("T039", task, "task", checks.tasks), "tasks", task))
        elif type(sources) is not dict:
            if sources is not None:
                message = f'{quoted(sources)} is not an object of sources. Write {{"SOURCE": label}}.'
                problems.append(at_pointer(Problem("T032", message), "tasks", task))
        elif check.payload not in broken:
            index, decode = check.index, check.decode
            if index:
                try:
                    hard[task] = {source: index[label] for source, label in sources.items()}
                    continue
                except (KeyError, TypeError):  # one of them is soft, or wrong
                    pass
            elements = payloads.get(check.payload) if check.payload is not None else None
            votes = {source: decode(label, elements) for source, label in sources.items()}
            if NOT_HARD.isdisjoint(map(type, votes.values())):
                hard[task] = votes
            else:
                hard[task] = {source: vote for source, vote in votes.items() if type(vote) not in NOT_HARD}
                soft[task] = {source: vote.probabilities for source, vote in votes.items() if isinstance(vote, Soft)}
                problems += _invalid_votes(task, votes)
    return hard, soft, problems


def _invalid_votes(task: str, votes: Mapping[str, Encoded | Soft | Invalid]) -> list[Problem]:
    return [
        at_pointer(problem, "tasks", task, source)
        for source, vote in votes.items()
        if isinstance(vote, Invalid)
        for problem in vote.problems
    ]


def _split(tags: Any) -> tuple[str | None, Sequence[Problem]]:
    """The split that the tags say, and what is wrong with them."""
    if tags is None:
        return None, ()
    split = None
    for tag in tags if type(tags) is list else ("",):
        if type(tag) is not str or not tag:
            message = f"{quoted(tags)} is not a list of texts that are not empty."
            return None, (Problem("T046", message, pointer="/tags"),)
        if tag == EVERYTHING or tag.startswith(SLICE_PREFIX):
            message = f"{quoted(tag)} cannot be a tag: so a report calls {_called(tag)}. Rename it."
            return None, (Problem("T046", message, pointer="/tags"),)
        if tag in SPLITS and tag != split:
            if split is not None:
                message = f"{quoted(split)} and {quoted(tag)} are both given, but an example is in one split. Keep one."
                return None, (Problem("T046", message, pointer="/tags"),)
            split = tag
    return split, ()


def _called(subset: str) -> str:
    return "all examples" if subset == EVERYTHING else "those of a slice"


def _microseconds(time: Any) -> int | None:
    """Microseconds since 1970, UTC where no zone is given; None where it is no time of the years 1 to 9999."""
    if type(time) is not str or not RFC_3339.fullmatch(time):
        return None
    try:
        instant = datetime.fromisoformat(time.upper())
        in_utc = instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return (in_utc - EPOCH) // timedelta(microseconds=1)


def _served_problems(served: Any) -> list[Problem]:
    if type(served) is not dict:
        return [Problem("T061", f"{quoted(served)} is not an object of {', '.join(SERVED_TYPES)}.", pointer="/served")]
    problems = []
    for key, value in served.items():
        types = SERVED_TYPES.get(key, ())
        if not types:
            problems.append(at_pointer(unknown_name("T038", key, "key", SERVED_TYPES), "served", key))
        elif value is not None and (type(value) not in types or (int in types and abs(value) >= 2**63)):
            problems.append(
                at_pointer(Problem("T061", f"{quoted(value)} is not {NAMES_OF_TYPES[types[0]]}."), "served", key)
            )
    return problems
