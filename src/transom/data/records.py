"""Records that ask for an answer: what may be wrong with them, their values, and the replies to them.

It is the same for a network in training's process and for one that is served; no polars, since serving runs it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from jaxtyping import Float
from numpy import ndarray

from transom.data.features.payloads import as_in_dataset
from transom.data.items import is_elementwise
from transom.data.predictions import Predictions
from transom.data.replies import replies
from transom.data.validate import Checks, check_record
from transom.errors import Location, Problem
from transom.schema.schema import Schema
from transom.schema.tasks import Select, Spans, Task

Record = Mapping[str, Any]
Reply = dict[str, Any]
Values = Mapping[str, Sequence[Any]]
"""The values of each payload, one an example, as datasets have them."""


@dataclass(frozen=True)
class Said:
    """What a version says of some examples: predictions by task, and how likely each is in each of the `slices`."""

    version: int
    predictions: Mapping[str, Predictions]
    slices: tuple[str, ...]
    membership: Float[ndarray, "n_examples n_slices"]


def record_problem(checks: Checks, record: Record, at: Location) -> Problem | None:
    """The first thing wrong with a record's payloads; what else it says does not matter for an answer."""
    payloads = record.get("payloads")
    if payloads is None:
        return Problem("T178", 'the record has no payloads. Give at least {"payloads": {...}}.', at, "/payloads")
    problems = check_record(checks, {"payloads": payloads}).problems
    return replace(problems[0], at=at) if problems else None


def id_of(record: Record) -> str | None:
    """The record's id; None where it has none, or one that is no text."""
    name = record.get("id")
    return name if isinstance(name, str) else None


def values_of(schema: Schema, payloads: Sequence[Mapping[str, Any]]) -> Values:
    """The payloads of records as the values that features are made of."""
    return {
        payload.name: [as_in_dataset(payload, each.get(payload.name)) for each in payloads]
        for payload in schema.payloads
    }


def record_replies(schema: Schema, said: Said, values: Values, ids: Sequence[str | None]) -> Iterator[Reply]:
    """The reply to each example, as `predict` and the server give it."""
    by_task = {name: task_replies(schema, name, each, values) for name, each in said.predictions.items()}
    for number, id_ in enumerate(ids):
        reply: Reply = {
            "id": id_,
            "version": said.version,
            "predictions": {name: answers[number] for name, answers in by_task.items()},
        }
        if said.slices:
            reply["slices"] = dict(zip(said.slices, said.membership[number].tolist(), strict=True))
        yield reply


def task_replies(schema: Schema, name: str, predictions: Predictions, values: Values) -> list[Reply]:
    """One task's answers, an example each."""
    task = schema.task(name)
    return replies(task, predictions, elementwise=_on_elements(schema, task), member_ids=member_ids(task, values))


def member_ids(task: Task, values: Values) -> list[list[str]]:
    """For a select task the ids of each example's members; nothing for others."""
    if not isinstance(task, Select) or task.payload is None:
        return []
    return [[member["id"] for member in members or ()] for members in values[task.payload]]


def _on_elements(schema: Schema, task: Task) -> bool:
    if task.payload is None:
        return False
    return isinstance(task, Spans) or is_elementwise(task, schema.payload(task.payload))
