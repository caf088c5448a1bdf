"""Statistics of a dataset, by which the data of tomorrow are judged: columns, sources, tags and splits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
import polars as pl
from jaxtyping import Bool

from transom.data.column_statistics import (
    N_COMMON,
    CategoryStatistics,
    ColumnStatistics,
    NumberStatistics,
    columns_of,
)
from transom.data.dataset import FILE, Dataset, frame, in_split, scan
from transom.data.source_statistics import SourceStatistics, source_statistics
from transom.data.split import SPLITS
from transom.data.votes import gold_of, sources_of, votes_of

GOLD = "gold"
"""What all gold sources of a task together are called among the sources."""

Mask = Bool[np.ndarray, " n_examples"]


@dataclass(frozen=True)
class Slice:
    """What is in a slice: examples by split, and what every source does there."""

    name: str
    splits: Mapping[str, int]
    sources: tuple[SourceStatistics, ...]


@dataclass(frozen=True)
class Statistics:
    """What is known of the examples of a dataset.

    `splits` and `tags` say how many examples are in each split and have each of the commonest tags. What is said of
    gold and of sources leaves test out. Rules and slices are in the statistics of a version only.
    """

    n_examples: int
    files: tuple[str, ...]
    splits: Mapping[str, int]
    tags: Mapping[str, int]
    columns: tuple[ColumnStatistics, ...]
    gold: tuple[SourceStatistics, ...]
    sources: tuple[SourceStatistics, ...]
    slices: tuple[Slice, ...] = ()


def statistics_of(dataset: Dataset, rows: Mask | None = None) -> Statistics:
    """The statistics of all examples in a split, or of some of them. One payload is held in memory at a time."""
    where = frame(dataset, [FILE, "split"])
    chosen = where["split"].is_not_null().to_numpy() & (True if rows is None else rows)
    seen = chosen & ~in_split(dataset, "test")
    about = where.filter(chosen)
    splits = about["split"].value_counts(name="n")
    gold, sources = [], []
    for task in dataset.schema.tasks:
        true = gold_of(dataset, task)
        gold.append(source_statistics(task, GOLD, true, true, seen))
        sources += [
            source_statistics(task, each, votes_of(dataset, task, each), true, seen)
            for each in sources_of(dataset, task)
        ]
    return Statistics(
        n_examples=len(about),
        files=tuple(sorted(about[FILE].unique().to_list())),
        splits=dict(sorted(zip(splits["split"].to_list(), splits["n"].to_list(), strict=True))),
        tags=_tags(dataset, chosen),
        columns=tuple(
            column
            for payload in dataset.schema.payloads
            for column in columns_of(payload, frame(dataset, [payload.name]).to_series().filter(chosen))
        ),
        gold=tuple(gold),
        sources=tuple(sources),
    )


def rows_of_files(dataset: Dataset, files: tuple[str, ...]) -> Mask:
    """The examples that stand in the files."""
    return scan(dataset).select(pl.col(FILE).is_in(files)).collect().to_series().to_numpy()


def statistics_to_json(statistics: Statistics) -> bytes:
    """The statistics as a file of a version holds them."""
    return orjson.dumps(statistics, option=orjson.OPT_INDENT_2)


def statistics_from_json(content: bytes) -> Statistics:
    """The statistics that a file of a version holds."""
    document: dict[str, Any] = orjson.loads(content)
    return Statistics(
        **{
            **document,
            "files": tuple(document["files"]),
            "columns": tuple(map(_column, document["columns"])),
            "gold": tuple(SourceStatistics(**each) for each in document["gold"]),
            "sources": tuple(SourceStatistics(**each) for each in document["sources"]),
            "slices": tuple(map(_slice, document["slices"])),
        }
    )


def _tags(dataset: Dataset, chosen: Mask) -> dict[str, int]:
    tags = frame(dataset, ["tags"]).filter(chosen).to_series().explode(empty_as_null=False).drop_nulls()
    counts = tags.filter(~tags.is_in(SPLITS)).value_counts(name="n").sort(["n", "tags"], descending=[True, False])
    common = counts.head(N_COMMON)
    return dict(zip(common["tags"].to_list(), common["n"].to_list(), strict=True))


def _column(document: dict[str, Any]) -> ColumnStatistics:
    categories = document["categories"]
    return ColumnStatistics(
        **{
            **document,
            "numbers": _numbers(document["numbers"]),
            "categories": None if categories is None else CategoryStatistics(**categories),
            "lengths": _numbers(document["lengths"]),
        }
    )


def _numbers(document: dict[str, Any] | None) -> NumberStatistics | None:
    if document is None:
        return None
    return NumberStatistics(**{**document, "percentiles": tuple(document["percentiles"])})


def _slice(document: dict[str, Any]) -> Slice:
    return Slice(**{**document, "sources": tuple(SourceStatistics(**each) for each in document["sources"])})
