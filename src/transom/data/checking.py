"""A block of lines, each of them checked: rows for the dataset, patches of other rows, and lines that are refused."""

from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, replace
from operator import add
from typing import Any

import orjson

from transom.data.decode import quoted
from transom.data.fingerprint import digest
from transom.data.forgotten import mark_of
from transom.data.jsonl import Block
from transom.data.lines import parse_line
from transom.data.parts import HARD, SOFT, Rows
from transom.data.split import buckets, group_of
from transom.data.validate import Checks, Row, check_record, patch_key_problems, unknown_keys
from transom.errors import Location, Problem


@dataclass(frozen=True)
class Checking:
    """What lines are checked against, what draws their buckets, and the marks of examples that may not come back."""

    checks: Checks
    seed: int
    split_by: str | None
    forgotten: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Refused:
    """A line that is not taken, and why; `id` is that of the example which it would have been, where that is known."""

    file: str
    line: int
    problems: tuple[Problem, ...]
    id: str | None = None


@dataclass(frozen=True)
class Patch:
    """A line that adds to an example which stands elsewhere; `record` is its JSON."""

    id: str
    file: str
    line: int
    record: bytes


@dataclass(frozen=True)
class Counts:
    """How many lines there were, and the sum of the digests of those that became rows.

    A line of a forgotten example counts as blank, too.
    """

    n_lines: int = 0
    n_blank: int = 0
    n_rows: int = 0
    n_patches: int = 0
    digest: int = 0
    n_forgotten: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*map(add, astuple(self), astuple(other)))


@dataclass(frozen=True)
class CheckedBlock:
    """What became of the lines of a block; `damages` are problems of the file which no line has."""

    rows: Rows
    patches: list[Patch]
    refused: list[Refused]
    damages: list[Problem]
    counts: Counts


def refuse(file: str, line: int, problems: Iterable[Problem], name: str | None = None) -> Refused:
    """A line is not taken; its problems get their place."""
    at = Location(file, line)
    return Refused(file, line, tuple(replace(problem, at=at) for problem in problems), name)


def check_block(checking: Checking, block: Block) -> CheckedBlock:
    """Parses and checks every line of a block."""
    if block.damage is not None:
        return _damaged(block, block.damage)
    rows = Rows(block.file)
    patches: list[Patch] = []
    refused: list[Refused] = []
    by, groups = checking.split_by, list[str | None]()
    n_blank = n_forgotten = total = 0
    for number, line in enumerate(block.lines, block.first):
        if not line or line.isspace():
            n_blank += 1
            continue
        read = _read_line(checking.checks, line)
        if isinstance(read, _Unread):
            refused.append(refuse(block.file, number, read.problems, read.id))
            continue
        record, form, row = read
        if checking.forgotten and mark_of(record["id"]) in checking.forgotten:
            n_forgotten += 1
            continue
        if row is None:
            patches.append(Patch(record["id"], block.file, number, form))
            continue
        total += digest(form)
        rows.lines.append(number)
        # Text, as orjson's bytes keep a kilobyte each, however short they are.
        rows.records.append(form.decode())
        rows.votes.append(orjson.dumps({HARD: row.hard, SOFT: row.soft} if row.soft else {HARD: row.hard}).decode())
        rows.splits.append(row.split)
        rows.times.append(row.time)
        groups.append(record["id"] if by is None else group_of(record.get("tags") or (), by))
        for task, votes in row.hard.items():
            rows.hard_sources[task].update(votes)
        for task, votes in row.soft.items():
            rows.soft_sources[task].update(votes)
    rows.buckets.extend(buckets(groups, checking.seed))
    counts = Counts(len(block.lines), n_blank + n_forgotten, len(rows.lines), len(patches), total, n_forgotten)
    return CheckedBlock(rows, patches, refused, [], counts)


def _damaged(block: Block, damage: str) -> CheckedBlock:
    """The last block of a file that cannot be read to its end; what there is of a line is refused."""
    so_far = f"line {block.first - 1} is the last good one" if block.first > 1 else "there is no good line"
    problem = Problem("T051", f"the file cannot be read: {damage}; {so_far}. Write or copy it again.")
    refused = [refuse(block.file, block.first, [problem]) for _ in block.lines]
    damages = [] if refused else [replace(problem, at=Location(block.file))]
    return CheckedBlock(Rows(block.file), [], refused, damages, Counts(len(block.lines)))


@dataclass(frozen=True)
class _Unread:
    """What is wrong with a line, and the id of the example that it would be."""

    problems: list[Problem]
    id: str | None = None


def _read_line(checks: Checks, line: bytes) -> tuple[dict[str, Any], bytes, Row | None] | _Unread:
    """The record of a line, its canonical form and its row; no row for a patch; or what is wrong with the line."""
    parsed = parse_line(line)
    if isinstance(parsed, Problem):
        return _Unread([parsed])
    record, form = parsed
    name = record.get("id")
    if type(name) is not str or not name:
        return _Unread([_id_problem(record), *unknown_keys(record)])
    if "payloads" not in record:
        wrong = patch_key_problems(record)
        return _Unread(wrong) if wrong else (record, form, None)
    row = check_record(checks, record)
    return _Unread(row.problems, name) if row.problems else (record, form, row)


def _id_problem(record: Mapping[str, Any]) -> Problem:
    what = f"{quoted(record['id'])} is no id" if "id" in record else "there is no id"
    return Problem("T040", f"{what}. Write text that is not empty.", pointer="/id")
