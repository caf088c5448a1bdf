"""Texts that a rule can read: which there are for a task, and how they are found in a frame."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from transom.data.items import is_elementwise
from transom.schema.payloads import MemberSet, Payload, Sequence, Singleton
from transom.schema.schema import Schema
from transom.schema.tasks import Spans, Task


@dataclass(frozen=True)
class Texts:
    """Where a rule reads: `text` is an expression for one text, that of a row or of an element of `elements_of`."""

    text: pl.Expr
    elements_of: str | None = None

    def column(self, votes: pl.Expr) -> pl.Expr:
        """Votes on the text as a column of the frame: one a row, or a list of one an element."""
        return votes if self.elements_of is None else pl.col(self.elements_of).list.eval(votes)

    @property
    def flat(self) -> pl.Expr:
        """All texts of a frame, one under the other."""
        every = self.column(self.text)
        return every if self.elements_of is None else every.explode(empty_as_null=False)


def readable_texts(schema: Schema, task: Task) -> list[str]:
    """What a rule for this task may be `on`: "query", "tokens", or a field of a record, "person.job".

    For a task that labels tokens or members it is each of them by itself, and for spans their tokens. For all other
    tasks the tokens of a sequence are one text, joined by a space.
    """
    payload = payload_of(schema, task)
    if is_elementwise(task, payload) or isinstance(task, Spans):
        return [text for each in schema.payloads if each is payload for text in _texts(each)]
    return [text for each in schema.payloads if not isinstance(each, MemberSet) for text in _texts(each)]


def texts_on(on: str, schema: Schema, task: Task) -> Texts:
    """Where a rule `on` one of the readable texts reads.

    >>> from transom.schema.tasks import Multiclass
    >>> pos = Multiclass("pos", ("NUMBER",), payload="tokens")
    >>> texts = texts_on("tokens", Schema((Sequence("tokens", "token"),), (pos,)), pos)
    >>> frame = pl.DataFrame({"tokens": [["route", "66"], None]})
    >>> frame.select(texts.column(texts.text.str.contains("[0-9]"))).to_series().to_list()
    [[False, True], None]
    """
    name, _, field = on.partition(".")
    if is_elementwise(task, payload_of(schema, task)):
        return Texts(pl.element().struct.field(field) if field else pl.element(), elements_of=name)
    if field:
        return Texts(pl.col(name).struct.field(field))
    column = pl.col(name)
    return Texts(column.list.join(" ") if isinstance(schema.payload(name), Sequence) else column)


def payload_of(schema: Schema, task: Task) -> Payload | None:
    """The payload that a task labels, if it has one."""
    return None if task.payload is None else schema.payload(task.payload)


def _texts(payload: Payload) -> Iterator[str]:
    match payload:
        case Singleton(value="text" | "category") | Sequence(value="token"):
            yield payload.name
        case Singleton(value="record") | MemberSet():
            yield from (f"{payload.name}.{each.name}" for each in payload.fields if each.value != "number")
