"""Checked lines as rows of a Polars frame, with the columns that the Parquet parts of a dataset have."""

from collections import defaultdict
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from transom.data.dataset import (
    BUCKET,
    COLUMNS,
    FILE,
    LINE,
    ROW,
    SERVED,
    SERVED_DTYPE,
    payload_dtype,
    record_dtype,
    vote_column,
)
from transom.data.items import is_elementwise
from transom.data.votes import encoded_dtype
from transom.schema.payloads import MemberSet, Payload
from transom.schema.schema import Schema

PART, PATCH = "part", "patch"
"""The kinds of files: rows of the dataset, and patches that wait for them."""

PART_BYTES = 1 << 24
"""How much a part holds; also what is in memory while it fills."""

HARD, SOFT = "vote", "soft"
"""The kinds of votes."""


@dataclass(frozen=True)
class Rows:
    """The accepted lines of one block, column by column: in JSON the records, and the votes found in each.

    `votes` are objects `{kind: {task: {source: encoded}}}`; the names of the sources in them are kept by task.
    """

    file: str
    lines: list[int] = field(default_factory=list)
    records: list[str] = field(default_factory=list)
    votes: list[str] = field(default_factory=list)
    splits: list[str | None] = field(default_factory=list)
    times: list[int | None] = field(default_factory=list)
    buckets: list[float | None] = field(default_factory=list)
    hard_sources: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    soft_sources: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    @property
    def sources(self) -> list[tuple[str, str, list[str]]]:
        """(kind, task, its sources in order) of all votes."""
        kinds = ((HARD, self.hard_sources), (SOFT, self.soft_sources))
        return [(kind, task, sorted(names)) for kind, tasks in kinds for task, names in tasks.items()]


def frame_of(schema: Schema, rows: Rows) -> pl.DataFrame:
    """The rows as a frame with the columns of a part; of the votes it has those of the block's own sources."""
    columns = {
        "record": pl.Series(rows.records, dtype=pl.String),
        "votes": pl.Series(rows.votes, dtype=pl.String),
        "split": pl.Series(rows.splits, dtype=pl.String),
        "time": pl.Series(rows.times, dtype=pl.Int64),
        LINE: pl.Series(rows.lines, dtype=pl.UInt32),
        BUCKET: pl.Series(rows.buckets, dtype=pl.Float64),
    }
    parsed = pl.DataFrame(columns).with_columns(
        pl.col("record").str.json_decode(_record_dtype(schema)),
        pl.col("votes").str.json_decode(_votes_dtype(schema, rows)),
    )
    record, votes = pl.col("record").struct, pl.col("votes").struct
    return parsed.select(
        record.field("id"),
        "split",
        record.field("tags").fill_null([]),
        pl.col("time").cast(pl.Datetime("us", "UTC")),
        record.field("order"),
        *(_payload_column(payload) for payload in schema.payloads),
        *(
            votes.field(kind).struct.field(task).struct.field(source).alias(vote_column(task, source, kind == SOFT))
            for kind, task, sources in rows.sources
            for source in sources
        ),
        pl.lit(rows.file).alias(FILE),
        LINE,
        BUCKET,
        record.field("served").alias(SERVED),
    )


def spooled(folder: Path, kind: str, frames: list[pl.DataFrame], *, at_least: int = PART_BYTES) -> list[pl.DataFrame]:
    """Writes frames as the next file of a kind once they hold enough bytes; gives the frames still to be written."""
    if not frames or sum(frame.estimated_size() for frame in frames) < at_least:
        return frames
    number = len(spool(folder, kind))
    pl.concat(frames, how="diagonal").write_parquet(folder / f"{kind}-{number:05}.parquet", statistics=False)
    return []


def spool(folder: Path, kind: str) -> list[Path]:
    """The files of a kind, in the order in which they were written."""
    return sorted(folder.glob(f"{kind}-*.parquet"))


def write_columns(folder: Path, schema: Schema) -> None:
    """Writes the file without rows that has every column of any part."""
    columns = dict(frame_of(schema, Rows("")).schema)
    for part in spool(folder, PART):
        columns |= pl.scan_parquet(part, glob=False).collect_schema()
    pl.DataFrame(schema=columns).write_parquet(folder / COLUMNS)


def drop_rows(parts: Sequence[Path], rows: Set[int]) -> None:
    """Writes anew the parts that hold one of the rows, which are numbered over all parts, without it."""
    first = 0
    for part in parts:
        n_rows = pl.scan_parquet(part, glob=False).select(pl.len()).collect().item()
        here = [row - first for row in rows if first <= row < first + n_rows]
        if here:
            kept = pl.read_parquet(part, glob=False).with_row_index(ROW).filter(~pl.col(ROW).is_in(here))
            kept.drop(ROW).write_parquet(part, statistics=False)
        first += n_rows


def vote_dtype(schema: Schema, task: str, *, soft: bool) -> pl.DataType:
    """The type of the vote columns of a task."""
    declared = schema.task(task)
    payload = schema.payload(declared.payload) if declared.payload is not None else None
    return encoded_dtype(declared, is_elementwise(declared, payload), soft=soft)


def _record_dtype(schema: Schema) -> pl.Struct:
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


def _votes_dtype(schema: Schema, rows: Rows) -> pl.Struct:
    kinds: dict[str, dict[str, pl.DataType]] = {HARD: {}, SOFT: {}}
    for kind, task, names in rows.sources:
        dtype = vote_dtype(schema, task, soft=kind == SOFT)
        kinds[kind][task] = pl.Struct(dict.fromkeys(names, dtype))
    return pl.Struct({kind: pl.Struct(tasks) for kind, tasks in kinds.items()})


def _payload_json_dtype(payload: Payload) -> pl.DataType:
    """A payload as a data line has it; only a set differs from its column."""
    if not isinstance(payload, MemberSet):
        return payload_dtype(payload)
    fields = record_dtype(payload.fields)
    return pl.List(pl.Struct({"id": pl.String(), "range": pl.List(pl.Int64()), "fields": fields}))


def _payload_column(payload: Payload) -> pl.Expr:
    column = pl.col("record").struct.field("payloads").struct.field(payload.name)
    if not isinstance(payload, MemberSet):
        return column
    member = pl.element().struct
    places = member.field("range").list
    start, end = places.get(0, null_on_oob=True).alias("start"), places.get(1, null_on_oob=True).alias("end")
    fields = (member.field("fields").struct.field(field.name) for field in payload.fields)
    stretch = pl.when(start.is_not_null()).then(pl.struct(start, end)).alias("range")
    return column.list.eval(pl.struct(member.field("id"), stretch, *fields))
