"""The streaming pass of ingest: every line of the data files is checked, and rows and patches go to disk."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from transom.data.checking import Checking, Counts, Refused, check_block
from transom.data.files import read_file, shown_name
from transom.data.jsonl import has_bom
from transom.data.parts import PART, PATCH, frame_of, spooled
from transom.data.patches import patch_frame
from transom.errors import Location, Problem
from transom.schema.payloads import MemberSet, Singleton
from transom.schema.payloads import Sequence as SequencePayload
from transom.schema.schema import Schema

Progress = Callable[[int], None]
"""Called with the number of lines read so far."""


@dataclass(frozen=True)
class Pass:
    """What one pass over the files found; `damages` are the problems of files that no line has."""

    counts: Counts
    refused: tuple[Refused, ...]
    damages: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def read_all(
    files: Sequence[Path], schema: Schema, checking: Checking, folder: Path, progress: Progress | None
) -> Pass:
    """Checks all lines of the files and writes their rows and patches into the folder."""
    counts = Counts()
    refused: list[Refused] = []
    damages: list[Problem] = []
    warnings: list[Problem] = []
    rows, patches = list[pl.DataFrame](), list[pl.DataFrame]()
    too_long = Counter[str]()
    for file in files:
        before = counts
        for block in read_file(file):
            checked = check_block(checking, block)
            counts += checked.counts
            refused += checked.refused
            damages += checked.damages
            frame = frame_of(schema, checked.rows)
            too_long.update(_too_long(schema, frame))
            rows = spooled(folder, PART, [*rows, frame])
            if checked.patches:
                patches = spooled(folder, PATCH, [*patches, patch_frame(checked.patches)])
            if progress is not None:
                progress(counts.n_lines)
        n_forgotten = counts.n_forgotten - before.n_forgotten
        is_empty = counts.n_lines - counts.n_blank + n_forgotten == before.n_lines - before.n_blank
        warnings += _file_warnings(file, is_empty=is_empty, n_forgotten=n_forgotten)
    spooled(folder, PART, rows, at_least=0)
    spooled(folder, PATCH, patches, at_least=0)
    warnings += _length_warnings(schema, too_long)
    return Pass(counts, tuple(refused), tuple(damages), tuple(warnings))


def _file_warnings(file: Path, *, is_empty: bool, n_forgotten: int) -> list[Problem]:
    at = Location(shown_name(file))
    found = []
    if file.suffix != ".parquet" and has_bom(file):
        found.append(
            Problem("T053", "the file opens with a byte order mark, which is skipped.", at, severity="warning")
        )
    if is_empty:
        found.append(Problem("T058", "the file holds no record.", at, severity="warning"))
    if n_forgotten:
        message = f"{n_forgotten:,} of its records are of forgotten examples, and are left out. Delete them here."
        found.append(Problem("T165", message, at, severity="warning"))
    return found


def _too_long(schema: Schema, frame: pl.DataFrame) -> Mapping[str, int]:
    """How many values of each sequence and set are longer than a model looks at."""
    limits = [(each.name, each.max_length) for each in schema.payloads if not isinstance(each, Singleton)]
    counted = frame.select((pl.col(name).list.len() > limit).sum() for name, limit in limits)
    return dict(zip(counted.columns, counted.row(0), strict=True)) if limits else {}


def _length_warnings(schema: Schema, too_long: Mapping[str, int]) -> list[Problem]:
    return [
        Problem("T060", _length_warning(payload, too_long[payload.name]), payload.at, severity="warning")
        for payload in schema.payloads
        if not isinstance(payload, Singleton) and too_long.get(payload.name)
    ]


def _length_warning(payload: SequencePayload | MemberSet, n: int) -> str:
    return (
        f"{n:,} {'example has' if n == 1 else 'examples have'} more than {payload.max_length} elements of "
        f"{payload.name!r}. A model sees the first {payload.max_length}; raise max_length if the rest matters."
    )
