"""A block of lines, checked: rows, patches, and the lines that are refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from transom.data.fingerprint import bucket, digest
from transom.data.jsonl import Block
from transom.data.lines import parse_line
from transom.data.parts import Rows
from transom.data.validate import Checks, check_record
from transom.errors import Location, Problem


@dataclass(frozen=True)
class Checking:
    """What lines are checked against, and what their bucket is a hash of: the id, or the tag that begins so."""

    checks: Checks
    seed: int = 0
    split_by: str | None = None


@dataclass(frozen=True)
class Refused:
    """A line that is not taken, and why."""

    file: str
    line: int
    problems: tuple[Problem, ...]
    raw: bytes


@dataclass(frozen=True)
class Patch:
    """A line that adds to an example elsewhere."""

    file: str
    line: int
    raw: bytes


@dataclass(frozen=True)
class CheckedBlock:
    """What became of the lines of a block; `digest` is the sum of the digests of its rows."""

    rows: Rows
    patches: list[Patch]
    refused: list[Refused]
    n_blank: int
    digest: int


def check_block(checking: Checking, block: Block) -> CheckedBlock:
    """Parses and checks every line of a block."""
    rows = Rows(block.file)
    patches: list[Patch] = []
    refused: list[Refused] = []
    n_blank = total = 0
    for number, line in enumerate(block.lines, block.first):
        if not line or line.isspace():
            n_blank += 1
            continue
        parsed = parse_line(line)
        if isinstance(parsed, Problem):
            refused.append(_refused(block.file, number, (parsed,), line))
            continue
        record, form = parsed
        if record.get("payloads") is None and "id" in record:
            patches.append(Patch(block.file, number, form))
            continue
        row = check_record(checking.checks, record)
        if row.problems:
            refused.append(_refused(block.file, number, row.problems, line))
            continue
        total += digest(form)
        rows.lines.append(number)
        rows.records.append(form)
        rows.votes.append({column: vote for column, vote in row.votes.items() if vote is not None})
        rows.splits.append(row.split)
        rows.times.append(row.time)
        rows.buckets.append(_bucket(checking, record))
    return CheckedBlock(rows, patches, refused, n_blank, total)


def _refused(file: str, line: int, problems: Sequence[Problem], raw: bytes) -> Refused:
    at = Location(file, line)
    return Refused(file, line, tuple(replace(problem, at=at) for problem in problems), raw)


def _bucket(checking: Checking, record: Mapping[str, Any]) -> float | None:
    """The bucket of an example; None where it has no tag to be grouped by."""
    if checking.split_by is None:
        return bucket(record["id"], checking.seed)
    group = next((tag for tag in record.get("tags") or () if tag.startswith(checking.split_by)), None)
    return None if group is None else bucket(group, checking.seed)
