"""The vote that a rule gives wherever it applies, encoded as `data/votes.py` says."""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import polars as pl

from transom.data.decode import Decoded, decoder
from transom.data.items import is_elementwise
from transom.data.votes import encoded_dtype
from transom.schema.schema import Schema
from transom.schema.tasks import Bitvector, Regression, Spans, Task
from transom.supervision.rule_kinds import Vote
from transom.supervision.texts import payload_of

_COMPARISONS: dict[str, Callable[[Any, float], Any]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
_THRESHOLD = re.compile(r"\s*(>=|<=|>|<)\s*([-+]?(?:\d+\.?\d*|\.\d+))\s*")


@dataclass(frozen=True)
class Threshold:
    """Scores on one side of a number: `compare(score, number)`, for a score or for a whole column of them."""

    compare: Callable[[Any, float], Any]
    number: float


def vote_dtype(schema: Schema, task: Task) -> pl.DataType:
    """The type of a column of votes on a task, one a row or a list of one an element."""
    return encoded_dtype(task, is_elementwise(task, payload_of(schema, task)))


def soft_dtype(schema: Schema, task: Task) -> pl.DataType:
    """The type of a column of votes on a task that are given as probabilities."""
    return encoded_dtype(task, is_elementwise(task, payload_of(schema, task)), soft=True)


def encoded_vote(task: Task, vote: Vote) -> Decoded:
    """A rule's vote on one item, or why it is none; for spans, a span of that class on the first token.

    >>> from transom.schema.tasks import Multiclass
    >>> encoded_vote(Multiclass("intent", ("height", "age")), "age")
    1
    """
    label: Any = vote
    if isinstance(task, Spans):
        return decoder(task, None)([[0, 1, vote]], [""])
    if isinstance(task, Bitvector) and not isinstance(vote, tuple):
        label = [vote]  # one class may stand without its brackets
    elif isinstance(vote, float) and vote.is_integer():
        label = int(vote)  # as it was written
    return decoder(task, None)(label, None)


def encoded_text(task: Task, text: str) -> Decoded:
    """A vote that stands in a table, where numbers are texts, too."""
    try:
        return encoded_vote(task, float(text) if isinstance(task, Regression) else text)
    except ValueError:
        return encoded_vote(task, text)


def read_threshold(text: str) -> Threshold | None:
    """The scores that a text such as ">= 0.05" stands for; None where it is no such text."""
    found = _THRESHOLD.fullmatch(text)
    return Threshold(_COMPARISONS[found[1]], float(found[2])) if found else None
