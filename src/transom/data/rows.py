"""Rows of a frame as a user's function sees them: one `Example` each."""

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from transom.data.example import Example
from transom.schema.payloads import MemberSet, Payload
from transom.schema.schema import Schema

ROW_COLUMNS = ("id", "tags", "time", "order")
"""What every example has beside its payloads."""


def columns_of(schema: Schema) -> tuple[str, ...]:
    """The columns of a frame that a user's function may look at."""
    return (*ROW_COLUMNS, *(payload.name for payload in schema.payloads))


def examples_in(frame: pl.DataFrame, schema: Schema) -> Iterator[Example]:
    """The rows of a frame with the columns `columns_of` names; a missing payload is None.

    >>> from transom.schema.payloads import Singleton
    >>> frame = pl.DataFrame({"id": ["q1"], "tags": [[]], "time": [None], "order": [None], "query": ["how tall"]})
    >>> [x.query for x in examples_in(frame, Schema((Singleton("query", "text"),)))]
    ['how tall']
    """
    names = [payload.name for payload in schema.payloads]
    payloads = [values_of(payload, frame[payload.name]) for payload in schema.payloads]
    ids, tags, times, orders = (frame[column].to_list() for column in ROW_COLUMNS)
    for row, name in enumerate(ids):
        values = dict(zip(names, (column[row] for column in payloads), strict=True))
        yield Example(name, values, tuple(tags[row] or ()), times[row], orders[row])


def values_of(payload: Payload, column: pl.Series) -> Sequence[Any]:
    """A payload's values as a data line writes them, None where the payload is missing."""
    values = column.to_list()
    if not isinstance(payload, MemberSet):
        return values
    fields = [field.name for field in payload.fields]
    return [None if members is None else [_member(member, fields) for member in members] for members in values]


def _member(member: dict[str, Any], fields: Sequence[str]) -> dict[str, Any]:
    written: dict[str, Any] = {"id": member["id"]}
    if member["range"] is not None:
        written["range"] = [member["range"]["start"], member["range"]["end"]]
    return {**written, "fields": {field: member[field] for field in fields}}
