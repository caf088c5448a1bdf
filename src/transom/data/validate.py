"""One record of a data line, checked against the schema, its labels encoded as votes.

A schema is compiled once into `Checks`; a record that is right then costs a few look-ups a value.
"""

import math
import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from transom.data.dataset import vote_column
from transom.data.decode import Decoder, Encoded, Invalid, Soft, at_pointer, decoder, quoted
from transom.data.payload_checks import Check, payload_check, unknown_name
from transom.data.split import SPLITS
from transom.errors import Problem
from transom.schema.payloads import MemberSet
from transom.schema.schema import Schema

KEYS = {"id": 1, "payloads": 1, "tasks": 1, "tags": 1, "time": 1, "order": 1, "served": 1}
SERVED = {"version": (int,), "model": (str,), "request_id": (str,), "policy": (str,)} | dict.fromkeys(
    ("propensity", "latency_ms"), (int, float)
)
"""What the log of served predictions says of each, and its types in JSON."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)?", re.ASCII)


@dataclass(frozen=True)
class Checks:
    """A schema, compiled: the check of each payload, the decoder of each task with the payload it looks at."""

    payloads: Mapping[str, Check]
    ranges: tuple[tuple[str, str], ...]
    tasks: Mapping[str, tuple[Decoder, str | None]]


@dataclass(frozen=True, slots=True)
class Row:
    """What a record says beside its payloads, or the problems that keep it out.

    Votes are encoded, by column; None takes a vote back (in a patch). `time` is in microseconds since 1970, UTC.
    """

    votes: Mapping[str, Encoded]
    split: str | None
    time: int | None
    problems: Sequence[Problem]


def compile_checks(schema: Schema) -> Checks:
    """Compiles the checks of a schema's data lines."""
    payloads = {payload.name: payload for payload in schema.payloads}
    return Checks(
        payloads={name: payload_check(payload) for name, payload in payloads.items()},
        ranges=tuple((each.name, each.range) for each in schema.payloads if isinstance(each, MemberSet) and each.range),
        tasks={task.name: (decoder(task, payloads.get(task.payload or "")), task.payload) for task in schema.tasks},
    )


def check_record(checks: Checks, record: Mapping[str, Any]) -> Row:
    """A record with payloads, checked."""
    payloads = record.get("payloads") or {}
    broken = payload_problems(checks, payloads)
    values = payloads if type(payloads) is dict else {}
    return check_beside(checks, record, values, broken)


def check_beside(
    checks: Checks, record: Mapping[str, Any], payloads: Mapping[str, Any], broken: Mapping[str, Sequence[Problem]]
) -> Row:
    """All of a record but its payloads, whose values are known; votes on a broken payload are not looked at."""
    problems = [problem for found in broken.values() for problem in found]
    if not record.keys() <= KEYS.keys():
        problems += [at_pointer(unknown_name("T038", key, "key", KEYS), key) for key in record if key not in KEYS]
    name = record.get("id")
    if type(name) is not str or not name:
        problems.append(Problem("T040", f"an id must be text that is not empty, not {quoted(name)}.", pointer="/id"))
    tags, order, time = record.get("tags") or (), record.get("order"), record.get("time")
    splits = () if tags == () else _splits(tags)
    if splits is None or len(splits) > 1:
        problems.append(_tags_problem(tags, splits))
    if order is not None and not _is_number(order):
        problems.append(Problem("T050", f"{quoted(order)} is not a finite number.", pointer="/order"))
    instant = None if time is None else _microseconds(time)
    if time is not None and instant is None:
        hint = "Write it as in RFC 3339: 2026-11-02T14:33:30Z."
        problems.append(Problem("T049", f"{quoted(time)} is not a time. {hint}", pointer="/time"))
    if record.get("served") is not None:
        problems += _served_problems(record["served"])
    votes, wrong = _votes(checks, record.get("tasks"), payloads, broken.keys())
    return Row(votes, splits[0] if splits else None, instant, problems + wrong)


def payload_problems(checks: Checks, payloads: Any) -> Mapping[str, Sequence[Problem]]:
    """The payloads that are wrong, each with its problems; none of them is usual."""
    if type(payloads) is not dict:
        return {"": [Problem("T043", f"{quoted(payloads)} is not an object of payloads.", pointer="/payloads")]}
    broken: dict[str, Sequence[Problem]] = {}
    for name, value in payloads.items():
        check = checks.payloads.get(name)
        if check is None:
            broken[name] = [at_pointer(unknown_name("T039", name, "payload", checks.payloads), "payloads", name)]
        elif value is not None and (found := check(value)):
            broken[name] = [at_pointer(problem, "payloads", name) for problem in found]
    for members, sequence in checks.ranges:
        if members in payloads and members not in broken and sequence not in broken:
            found = _range_problems(payloads[members] or (), sequence, payloads.get(sequence) or ())
            if found:
                broken[members] = [at_pointer(problem, "payloads", members) for problem in found]
    return broken


def _range_problems(members: Sequence[Any], sequence: str, elements: Sequence[Any]) -> list[Problem]:
    return [
        at_pointer(
            Problem(
                "T045",
                f"{quoted(member['range'])} ends beyond the {len(elements)} elements of {quoted(sequence)}. "
                "The end is exclusive.",
            ),
            place,
            "range",
        )
        for place, member in enumerate(members)
        if member.get("range") is not None and member["range"][1] > len(elements)
    ]


def _votes(
    checks: Checks, tasks: Any, payloads: Mapping[str, Any], broken: AbstractSet[str]
) -> tuple[dict[str, Encoded], list[Problem]]:
    votes: dict[str, Encoded] = {}
    problems: list[Problem] = []
    if tasks is not None and type(tasks) is not dict:
        return votes, [Problem("T032", f"{quoted(tasks)} is not an object of tasks.", pointer="/tasks")]
    for task, sources in (tasks or {}).items():
        if task not in checks.tasks:
            problems.append(at_pointer(unknown_name("T039", task, "task", checks.tasks), "tasks", task))
            continue
        decode, payload = checks.tasks[task]
        if payload in broken or sources is None:
            continue
        if type(sources) is not dict:
            message = f'{quoted(sources)} is not an object of sources. Write {{"SOURCE": label}}.'
            problems.append(at_pointer(Problem("T032", message), "tasks", task))
            continue
        elements = payloads.get(payload) if payload is not None else None
        for source, label in sources.items():
            vote = decode(label, elements)
            if type(vote) is Invalid:
                problems += [at_pointer(problem, "tasks", task, source) for problem in vote.problems]
            elif type(vote) is Soft:
                votes[vote_column(task, source, soft=True)] = vote.probabilities
            else:
                votes[vote_column(task, source, soft=False)] = vote
    return votes, problems


def _is_number(value: Any) -> bool:
    return type(value) is int or (type(value) is float and math.isfinite(value))


def _splits(tags: Any) -> list[str] | None:
    """The splits among the tags, each once; None where the tags are no list of texts."""
    if type(tags) is not list or not set(map(type, tags)) <= {str} or "" in tags:
        return None
    return [split for split in SPLITS if split in tags]


def _tags_problem(tags: Any, splits: Sequence[str] | None) -> Problem:
    if splits is None:
        return Problem("T046", f"{quoted(tags)} is not a list of texts that are not empty.", pointer="/tags")
    named = " and ".join(quoted(split) for split in splits)
    return Problem("T046", f"{named} are both given, but an example is in one split.", pointer="/tags")


def _microseconds(time: Any) -> int | None:
    """Microseconds since 1970, UTC where no zone is given; None where it is no time."""
    if type(time) is not str or not RFC_3339.fullmatch(time):
        return None
    try:
        instant = datetime.fromisoformat(time.upper())
    except ValueError:
        return None
    return ((instant if instant.tzinfo else instant.replace(tzinfo=UTC)) - EPOCH) // timedelta(microseconds=1)


def _served_problems(served: Any) -> list[Problem]:
    if type(served) is not dict:
        return [Problem("T061", f"{quoted(served)} is not an object of {', '.join(SERVED)}.", pointer="/served")]
    problems = []
    for key, value in served.items():
        if key not in SERVED:
            problems.append(at_pointer(unknown_name("T038", key, "key", SERVED), "served", key))
        elif value is not None and type(value) not in SERVED[key]:
            problems.append(
                at_pointer(Problem("T061", f"{quoted(value)} is not a {SERVED[key][-1].__name__}."), "served", key)
            )
    return problems
