"""Dataset: the checked examples of a project as Parquet parts in a folder, read lazily by column.

A folder holds `part-00000.parquet`, … and `meta.json`. Rows are in file order. Beside the columns that a line of
data has, a part holds its votes, encoded as `data/votes.py` says, and where each row comes from.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np
import orjson
import polars as pl
from jaxtyping import Bool

from transom.data.items import Items, from_lengths, is_elementwise, one_each
from transom.data.split import SplitRule
from transom.errors import ArtifactError
from transom.schema.payloads import Field, MemberSet, Payload, Singleton
from transom.schema.payloads import Sequence as SequencePayload
from transom.schema.schema import Schema
from transom.schema.stored import schema_from_json, schema_to_json
from transom.schema.tasks import Select, Spans, Task

META, COLUMNS = "meta.json", "columns.parquet"
"""What the folder holds beside its parts; `columns.parquet` has no row, and every column that any part has."""

LAYOUT = 1
"""Raised when the columns of a part change, so that an old folder is not misread."""

RANGE = pl.Struct({"start": pl.Int64(), "end": pl.Int64()})

SERVED_DTYPE = pl.Struct(
    {
        "version": pl.Int64(),
        "model": pl.String(),
        "request_id": pl.String(),
        "policy": pl.String(),
        "propensity": pl.Float64(),
        "latency_ms": pl.Float64(),
    }
)

FILE, LINE, BUCKET, SERVED = "transom:file", "transom:line", "transom:bucket", "transom:served"
"""Columns of our own, as no payload's name has a colon: the line that an example stands on, the share of 1 that draws
its split, and what the log says of it if it is a served prediction."""

ROW = "transom:row"
"""The number of a row, where rows are counted for a while."""


@dataclass(frozen=True)
class VoteColumn:
    """The column of a part that holds one source's hard or soft votes on one task."""

    task: str
    source: str
    column: str
    soft: bool


@dataclass(frozen=True)
class Dataset:
    """The examples of a project, on disk. `tags` are all tags but the splits, sorted."""

    schema: Schema
    folder: Path
    n_examples: int
    vote_columns: tuple[VoteColumn, ...]
    tags: tuple[str, ...]
    fingerprint: str
    split_rule: SplitRule = "tags"


@cache
def vote_column(task: str, source: str, soft: bool) -> str:
    """The name of the column with a source's votes on a task; unlike for unlike names, whatever they hold."""
    return "/".join(name.replace("~", "~0").replace("/", "~1") for name in ("soft" if soft else "vote", task, source))


def read_vote_column(column: str) -> VoteColumn:
    """What the name of a vote column says."""
    kind, task, source = (part.replace("~1", "/").replace("~0", "~") for part in column.split("/"))
    return VoteColumn(task, source, column, soft=kind == "soft")


def open_dataset(folder: Path) -> Dataset:
    """The dataset that `ingest` wrote into this folder.

    Raises:
        ArtifactError: the folder holds no dataset, or one of another layout.
    """
    path = folder / META
    try:
        meta = orjson.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ArtifactError(
            "T066", f"{str(folder)!r} holds no dataset ({error}). Run again with `--force check`."
        ) from None
    if meta["layout"] != LAYOUT:
        raise ArtifactError("T066", f"{str(folder)!r} was written by another version. Run again with `--force check`.")
    return Dataset(
        schema=schema_from_json(meta["schema"]),
        folder=folder,
        n_examples=meta["n_examples"],
        vote_columns=tuple(VoteColumn(**column) for column in meta["vote_columns"]),
        tags=tuple(meta["tags"]),
        fingerprint=meta["fingerprint"],
        split_rule=meta["split_rule"],
    )


def write_meta(dataset: Dataset) -> None:
    """Makes a folder of parts and `columns.parquet` a dataset."""
    meta = {
        "layout": LAYOUT,
        "schema": schema_to_json(dataset.schema),
        "n_examples": dataset.n_examples,
        "vote_columns": [asdict(column) for column in dataset.vote_columns],
        "tags": dataset.tags,
        "fingerprint": dataset.fingerprint,
        "split_rule": dataset.split_rule,
    }
    (dataset.folder / META).write_bytes(orjson.dumps(meta, option=orjson.OPT_INDENT_2))


def scan(dataset: Dataset) -> pl.LazyFrame:
    """All columns, lazily; `split` is where the example went, whether its tags say so or the seed did."""
    return scan_parts(dataset.folder).with_columns(_split(dataset.split_rule))


def _split(rule: SplitRule) -> pl.Expr:
    """The split of each row, from the one that its tags say and its bucket. A served prediction gets none."""
    said, share = pl.col("split"), pl.col(BUCKET)
    if rule == "dev from train":
        return pl.when((said == "train") & (share < 0.1)).then(pl.lit("dev")).otherwise(said).alias("split")
    if rule == "seeded":
        drawn = (
            pl.when(share < 0.8).then(pl.lit("train")).when(share < 0.9).then(pl.lit("dev")).otherwise(pl.lit("test"))
        )
        return pl.when(pl.col(SERVED).is_null()).then(drawn).alias("split")
    return said


def scan_parts(folder: Path) -> pl.LazyFrame:
    """The parts as they were written; a part lacks the columns of which it has no value."""
    files = [folder / COLUMNS, *sorted(folder.glob("part-*.parquet"))]
    return pl.scan_parquet(files, missing_columns="insert", glob=False)


def frame(dataset: Dataset, columns: Sequence[str]) -> pl.DataFrame:
    """Some columns of all examples: `id`, `split`, `tags`, `time`, `order`, a payload by its name, a vote column."""
    return scan(dataset).select(columns).collect()


def in_split(dataset: Dataset, split: str) -> Bool[np.ndarray, " n_examples"]:
    """Which examples are in the split `train`, `dev` or `test`."""
    return _is_true(dataset, pl.col("split") == split)


def has_tag(dataset: Dataset, tag: str) -> Bool[np.ndarray, " n_examples"]:
    """Which examples have the tag."""
    return _is_true(dataset, pl.col("tags").list.contains(tag))


def _is_true(dataset: Dataset, condition: pl.Expr) -> Bool[np.ndarray, " n_examples"]:
    return scan(dataset).select(condition.fill_null(value=False)).collect().to_series().to_numpy()


def items_of(dataset: Dataset, task: Task) -> Items:
    """The items of a task: one an example, or one for each token or member of its payload (for select: each member)."""
    payload = dataset.schema.payload(task.payload) if task.payload is not None else None
    if payload is None or not (is_elementwise(task, payload) or isinstance(task, Spans | Select)):
        return one_each(dataset.n_examples)
    lengths = scan(dataset).select(pl.col(payload.name).list.len().fill_null(0).cast(pl.Int64)).collect()
    return from_lengths(lengths.to_series().to_numpy())


def payload_dtype(payload: Payload) -> pl.DataType:
    """How a payload's values are held in its column."""
    match payload:
        case Singleton(value="record"):
            return record_dtype(payload.fields)
        case Singleton(value=value):
            return _value_dtype(value)
        case SequencePayload(value=value):
            return pl.List(_value_dtype(value))
        case MemberSet():
            return pl.List(pl.Struct({"id": pl.String(), "range": RANGE, **_field_dtypes(payload.fields)}))


def record_dtype(fields: Sequence[Field]) -> pl.Struct:
    """How the fields of a record are held."""
    return pl.Struct(_field_dtypes(fields))


def _field_dtypes(fields: Sequence[Field]) -> dict[str, pl.DataType]:
    return {field.name: _value_dtype(field.value) for field in fields}


def _value_dtype(value: str) -> pl.DataType:
    if value == "vector":
        return pl.List(pl.Float64())
    return pl.Float64() if value == "number" else pl.String()
