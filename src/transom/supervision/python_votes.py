"""Votes of the project's own functions, decoded as the labels of a data line are."""

from collections.abc import Iterator
from itertools import repeat
from typing import Any

import polars as pl

from transom.data.decode import Encoded, Invalid, Soft, decoder
from transom.data.example import ABSTAIN
from transom.data.rows import values_of
from transom.data.user_calls import UserCall, answers, wrong_answer
from transom.schema.payloads import MemberSet, Payload, Sequence
from transom.schema.schema import Schema
from transom.schema.tasks import Task
from transom.supervision.texts import payload_of


def python_votes(call: UserCall, frame: pl.DataFrame, schema: Schema, task: Task) -> list[Encoded]:
    """What a function votes on each row, encoded; None where it abstains.

    It returns what a data line would hold, or `ABSTAIN`, also for single elements. Of a soft vote the most probable
    class counts, and none where two are equally so.

    Raises:
        ProjectError: the function raises, or returns what is no label of the task.
    """
    payload = payload_of(schema, task)
    decode = decoder(task, payload)
    votes: list[Encoded] = []
    rows = zip(frame["id"], answers(call, frame, schema), _elements(payload, frame), strict=False)
    for name, answer, elements in rows:
        decoded = None if answer is ABSTAIN else decode(_without_abstentions(answer), elements)
        if isinstance(decoded, Invalid):
            reason = decoded.problems[0].message
            raise wrong_answer(call, f"returned {answer!r} for the example {name!r}: {reason}")
        votes.append(_hard(decoded.probabilities) if isinstance(decoded, Soft) else decoded)
    return votes


def _elements(payload: Payload | None, frame: pl.DataFrame) -> Iterator[Any]:
    """What a label of each row may point into: its tokens or its members."""
    if isinstance(payload, Sequence | MemberSet):
        return iter(values_of(payload, frame[payload.name]))
    return repeat(None)


def _without_abstentions(answer: Any) -> Any:
    return [None if each is ABSTAIN else each for each in answer] if isinstance(answer, list) else answer


def _hard(probabilities: list[Any] | None) -> Encoded:
    """The most probable option, or a list of those of the elements; None where two are equally probable."""
    if probabilities is None:
        return None
    if any(isinstance(each, list | None) for each in probabilities):
        return [_hard(each) for each in probabilities]
    best = max(probabilities)
    return probabilities.index(best) if probabilities.count(best) == 1 else None
