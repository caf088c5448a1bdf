"""Patches: lines that give votes and tags to an example which stands elsewhere, before or after them.

Among several the last one in file order wins; all of them win over the example's own line, wherever that stands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import polars as pl

from transom.data.checking import Checking, Patch, Refused, refuse
from transom.data.dataset import BUCKET, FILE, LINE, read_vote_column, vote_column
from transom.data.decode import Encoded, quoted
from transom.data.fingerprint import canonical, digest
from transom.data.parts import HARD, SOFT, vote_dtype
from transom.data.split import buckets, group_of
from transom.data.validate import Checks, Row, check_patch
from transom.errors import Problem
from transom.schema.schema import Schema

RECORD = "record"


@dataclass(frozen=True)
class Patched:
    """What became of the patches; `digest` is the sum of the digests of those that were taken."""

    refused: tuple[Refused, ...] = ()
    digest: int = 0


def patch_frame(patches: Sequence[Patch]) -> pl.DataFrame:
    """Patches as a frame, to be kept on disk until all examples are read."""
    columns = {"id": pl.String(), FILE: pl.String(), LINE: pl.UInt32(), RECORD: pl.Binary()}
    return pl.DataFrame([(each.id, each.file, each.line, each.record) for each in patches], columns, orient="row")


def apply_patches(
    parts: Sequence[Path],
    patches: Sequence[Path],
    schema: Schema,
    checking: Checking,
    refused_before: Sequence[Refused],
) -> Patched:
    """Writes anew the parts of which an example is patched.

    Args:
        parts: of the dataset.
        patches: the frames of `patch_frame`, on disk.
        schema: what the votes must fit.
        checking: what the lines are checked against.
        refused_before: the lines that were refused; a patch of one has nothing to add to, which is not its own mistake.
    """
    if not patches:
        return Patched()
    waiting = pl.scan_parquet(list(patches), glob=False).with_row_index("number")
    taken = np.zeros(waiting.select(pl.len()).collect().item(), dtype=bool)
    refused: list[Refused] = []
    total = 0
    for part in parts:
        rows = pl.scan_parquet(part, glob=False).select("id").with_row_index("row").unique("id", keep="first")
        hits = waiting.join(rows, on="id").sort("number").collect()
        hits = hits.filter(~taken[hits["number"].to_numpy()])
        if len(hits):
            taken[hits["number"].to_numpy()] = True
            done = _patch_part(part, hits, schema, checking)
            refused += done.refused
            total += done.digest
    places = {each.id: f"{each.file}:{each.line}" for each in reversed(refused_before) if each.id is not None}
    for file, line, name in waiting.select(FILE, LINE, "id").collect().filter(~taken).iter_rows():
        refused.append(refuse(file, line, [_of_no_example(name, places.get(name))]))
    return Patched(tuple(refused), total)


def _of_no_example(name: str, refused_at: str | None) -> Problem:
    """A patch whose example is not there, as none has its id, or as the line that has it is refused."""
    if refused_at is not None:
        message = f"the example {quoted(name)}, to which this line adds, is refused. Mend {refused_at}."
    else:
        message = f"{quoted(name)} is the id of no example. A line without 'payloads' adds to the example with its id."
    return Problem("T042", message, pointer="/id")


@dataclass(frozen=True)
class _Addition:
    """What the patches of one example come to; `votes` are by column, None where one is taken back."""

    votes: Mapping[str, Encoded]
    tags: Sequence[str]
    split: str | None
    digest: int
    refused: Sequence[Refused]


def _patch_part(part: Path, hits: pl.DataFrame, schema: Schema, checking: Checking) -> Patched:
    frame = pl.read_parquet(part, glob=False)
    rows = hits["row"].unique().sort()
    columns = ["id", "split", "tags", *(payload.name for payload in schema.payloads)]
    additions = [
        _add_up(checking.checks, example, hits.filter(pl.col("row") == row))
        for row, example in zip(rows, frame.select(columns)[rows].iter_rows(named=True), strict=True)
    ]
    updates: dict[str, dict[int, Any]] = {"split": {}, "tags": {}, BUCKET: {}}
    for row, addition in zip(rows.to_list(), additions, strict=True):
        updates["split"][row] = addition.split
        updates["tags"][row] = addition.tags
        for column, vote in addition.votes.items():
            updates.setdefault(column, {})[row] = vote
    if checking.split_by is not None:
        groups = [group_of(addition.tags, checking.split_by) for addition in additions]
        updates[BUCKET] = dict(zip(rows.to_list(), buckets(groups, checking.seed), strict=True))
    _updated(frame, updates, schema).write_parquet(part, statistics=False)
    refused = tuple(refused for addition in additions for refused in addition.refused)
    return Patched(refused, sum(addition.digest for addition in additions))


def _add_up(checks: Checks, example: Mapping[str, Any], patches: pl.DataFrame) -> _Addition:
    """The patches of one example, one after the other."""
    votes: dict[str, Encoded] = {}
    said: dict[str, dict[str, Any]] = {}
    tags: list[str] = []
    split = example["split"]
    refused = []
    for file, line, form in patches.select(FILE, LINE, RECORD).iter_rows():
        patch = orjson.loads(form)
        row = check_patch(checks, patch, example)
        problems = [*row.problems, *_moved(example["id"], split, row.split)]
        if problems:
            refused.append(refuse(file, line, problems))
            continue
        split = row.split or split
        votes |= _by_column(row)
        tags += patch.get("tags") or []
        for task, sources in (patch.get("tasks") or {}).items():
            said.setdefault(task, {}).update(sources or {})
    is_taken = len(refused) < len(patches)
    form = canonical({"id": example["id"], "tasks": said, "tags": sorted(set(tags))})
    all_tags = list(dict.fromkeys([*example["tags"], *tags]))
    return _Addition(votes, all_tags, split, digest(form) if is_taken else 0, refused)


def _moved(name: str, split: str | None, new_split: str | None) -> list[Problem]:
    if split is None or new_split in (None, split):
        return []
    message = f"{quoted(name)} is in {split}, and an example is in one split. Remove {quoted(new_split)}."
    return [Problem("T048", message, pointer="/tags")]


def _by_column(row: Row) -> dict[str, Encoded]:
    """The votes of a patch by column; a hard one takes back a soft one, and the other way round."""
    votes: dict[str, Encoded] = {}
    for given, kind in ((row.hard, HARD), (row.soft, SOFT)):
        for task, sources in given.items():
            for source, vote in sources.items():
                votes[vote_column(task, source, kind == SOFT)] = vote
                votes[vote_column(task, source, kind == HARD)] = None
    return votes


def _updated(frame: pl.DataFrame, updates: Mapping[str, Mapping[int, Any]], schema: Schema) -> pl.DataFrame:
    """A frame with other values in some rows of some columns."""
    columns = []
    for name, values in updates.items():
        if name in frame.columns:
            old = frame[name]
        elif any(value is not None for value in values.values()):
            vote = read_vote_column(name)
            old = pl.Series(name, [None] * len(frame), dtype=vote_dtype(schema, vote.task, soft=vote.soft))
        else:
            continue
        places = np.arange(len(frame))
        places[list(values)] = len(frame) + np.arange(len(values))
        columns.append(old.append(pl.Series(name, list(values.values()), dtype=old.dtype)).gather(places))
    return frame.with_columns(columns)
