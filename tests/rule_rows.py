"""Rows and a schema for rules to vote on, with a task of every type."""

from pathlib import Path

import polars as pl

from transom.data.dataset import payload_dtype
from transom.schema.payloads import Field, MemberSet, Sequence, Singleton
from transom.schema.schema import Schema
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans
from transom.supervision.rules import apply_rule

SCHEMA = Schema(
    (
        Singleton("query", "text"),
        Singleton("person", "record", fields=(Field("age", "number"), Field("job", "category"))),
        Sequence("tokens", "token"),
        MemberSet("entities", (Field("title", "text"),)),
    ),
    (
        Multiclass("intent", ("height", "age", "spouse"), "query"),
        Bitvector("topics", ("sport", "politics"), "query"),
        Regression("score", "query"),
        Multiclass("pos", ("NUMBER", "WORD"), "tokens"),
        Bitvector("kinds", ("person", "place"), "entities"),
        Spans("names", ("PER", "LOC"), "tokens"),
        Select("target", "entities"),
    ),
)
NOWHERE = Path("no folder")
DTYPES = {
    "id": pl.String(),
    "tags": pl.List(pl.String()),
    "time": pl.Datetime("us", "UTC"),
    "order": pl.Float64(),
    **{payload.name: payload_dtype(payload) for payload in SCHEMA.payloads},
}


def rows(*examples, **column):
    """A frame of examples, each a dict, or of one payload's values."""
    for name, values in column.items():
        examples = [{name: value} for value in values]
    return pl.DataFrame([{"id": f"q{row}", "tags": [], **each} for row, each in enumerate(examples)], schema=DTYPES)


def votes(rule, frame, folder=NOWHERE):
    return apply_rule(rule, frame, SCHEMA, folder).votes.to_list()


def members(*titles):
    return [{"id": str(number), "range": None, "title": title} for number, title in enumerate(titles)]
