"""Checked lines as rows of a Polars frame, written as the Parquet parts of a dataset."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson
import polars as pl

from transom.data.dataset import BUCKET, FILE, LINE, SERVED, SERVED_DTYPE, payload_dtype, read_vote_column, record_dtype
from transom.data.decode import Encoded
from transom.data.items import is_elementwise
from transom.data.votes import encoded_dtype
from transom.schema.payloads import MemberSet, Payload
from transom.schema.schema import Schema


@dataclass(frozen=True)
class Rows:
    """Columns of the accepted lines of one block: `records` in JSON, and beside them what checking found."""

    file: str
    lines: list[int] = field(default_factory=list)
    records: list[bytes] = field(default_factory=list)
    votes: list[Mapping[str, Encoded]] = field(default_factory=list)
    splits: list[str | None] = field(default_factory=list)
    times: list[int | None] = field(default_factory=list)
    buckets: list[float | None] = field(default_factory=list)


def vote_dtype(schema: Schema, column: str) -> pl.DataType:
    """The type of a vote column, by its name."""
    parsed = read_vote_column(column)
    task = schema.task(parsed.task)
    payload = schema.payload(task.payload) if task.payload is not None else None
    return encoded_dtype(task, is_elementwise(task, payload), soft=parsed.soft)


def rows_frame(schema: Schema, rows: Rows) -> pl.DataFrame:
    """The rows with the columns of a part; of the vote columns only those in which one of them votes."""
    records = pl.Series(rows.records, dtype=pl.Binary).cast(pl.String).str.json_decode(_json_dtype(schema))
    voted = {name: vote_dtype(schema, name) for name in dict.fromkeys(name for votes in rows.votes for name in votes)}
    votes = pl.Series([orjson.dumps(each).decode() for each in rows.votes], dtype=pl.String)
    read = records.struct.unnest()
    payloads = [_payload_column(payload) for payload in schema.payloads]
    return pl.concat(
        [
            read.select(
                "id",
                pl.Series("split", rows.splits, dtype=pl.String),
                pl.col("tags").fill_null([]),
                pl.Series("time", rows.times, dtype=pl.Int64).cast(pl.Datetime("us", "UTC")),
                pl.col("order"),
                *payloads,
            ),
            votes.str.json_decode(pl.Struct(voted)).struct.unnest() if voted else pl.DataFrame(),
            read.select(
                pl.lit(rows.file).alias(FILE),
                pl.Series(LINE, rows.lines, dtype=pl.UInt32),
                pl.Series(BUCKET, rows.buckets, dtype=pl.Float64),
                pl.col("served").alias(SERVED),
            ),
        ],
        how="horizontal",
    )


def _json_dtype(schema: Schema) -> pl.Struct:
    payloads = pl.Struct({payload.name: _payload_json_dtype(payload) for payload in schema.payloads})
    return pl.Struct(
        {
            "id": pl.String(),
            "tags": pl.List(pl.String()),
            "order": pl.Float64(),
            "served": SERVED_DTYPE,
            "payloads": payloads,
        }
    )


def _payload_json_dtype(payload: Payload) -> pl.DataType:
    """A payload as a data line has it; only a set differs from its column."""
    if not isinstance(payload, MemberSet):
        return payload_dtype(payload)
    return pl.List(pl.Struct({"id": pl.String(), "range": pl.List(pl.Int64()), "fields": record_dtype(payload.fields)}))


def _payload_column(payload: Payload) -> pl.Expr:
    column = pl.col("payloads").struct.field(payload.name)
    if not isinstance(payload, MemberSet):
        return column
    member = pl.element().struct
    stretch = member.field("range").list
    start, end = stretch.get(0, null_on_oob=True).alias("start"), stretch.get(1, null_on_oob=True).alias("end")
    return column.list.eval(
        pl.struct(
            member.field("id"),
            pl.when(start.is_not_null()).then(pl.struct(start, end)).alias("range"),
            *(member.field("fields").struct.field(field.name) for field in payload.fields),
        )
    )
