"""Votes of the project's own functions, decoded as the labels of a data line are."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import polars as pl

from transom.data.decode import Encoded, Invalid, Soft, decoder
from transom.data.example import ABSTAIN
from transom.data.rows import values_of
from transom.data.user_calls import UserCall, answers_where_it_can, wrong_answer
from transom.errors import Problem
from transom.schema.payloads import MemberSet, Payload, Sequence
from transom.schema.schema import Schema
from transom.schema.tasks import Task
from transom.supervision.texts import payload_of


@dataclass(frozen=True)
class PythonVotes:
    """What a function votes on each row, encoded, None where it abstains; and a warning where it raised.

    `soft` are the votes that it gives as probabilities, in whose rows `votes` has None; empty where it gives none.
    """

    votes: list[Encoded]
    soft: list[list[Any] | None]
    warnings: tuple[Problem, ...]


def python_votes(call: UserCall, frame: pl.DataFrame, schema: Schema, task: Task) -> PythonVotes:
    """The votes of a function, which abstains where it raises.

    It returns what a data line would hold, or `ABSTAIN`, also for single elements.

    Raises:
        ProjectError: the function raises on most examples, or returns what is no label of the task: that is a slip in
            the function, as a class that does not exist is one in sources.yaml, and no surprise in the data.
    """
    payload = payload_of(schema, task)
    decode = decoder(task, payload)
    votes: list[Encoded] = []
    soft: list[list[Any] | None] = []
    found = answers_where_it_can(call, frame, schema)
    for name, answer, elements in zip(frame["id"], found.values, _elements(payload, frame), strict=False):
        decoded = None if answer is ABSTAIN else decode(_without_abstentions(answer), elements)
        if isinstance(decoded, Invalid):
            reason = decoded.problems[0].message
            raise wrong_answer(call, f"returned {answer!r} for the example {name!r}: {reason}")
        votes.append(None if isinstance(decoded, Soft) else decoded)
        soft.append(decoded.probabilities if isinstance(decoded, Soft) else None)
    return PythonVotes(votes, soft if any(each is not None for each in soft) else [], found.warnings)


def _elements(payload: Payload | None, frame: pl.DataFrame) -> Iterator[Any]:
    """What a label of each row may point into: its tokens or its members."""
    if isinstance(payload, Sequence | MemberSet):
        return iter(values_of(payload, frame[payload.name]))
    return repeat(None)


def _without_abstentions(answer: Any) -> Any:
    return [None if each is ABSTAIN else each for each in answer] if isinstance(answer, list) else answer
