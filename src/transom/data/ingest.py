"""Ingest: data files in, a checked dataset out, in one streaming pass."""

import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from transom.data.checking import Checking, check_block
from transom.data.dataset import COLUMNS, Dataset, read_vote_column, scan_parts, write_meta
from transom.data.fingerprint import MODULUS
from transom.data.jsonl import read_blocks
from transom.data.parts import rows_frame
from transom.data.split import SPLITS
from transom.data.validate import compile_checks
from transom.errors import Problem
from transom.schema.schema import Schema

SUFFIXES = (".jsonl", ".jsonl.gz", ".parquet")
PART_ROWS = 1 << 16
"""Rows of a part; what is held in memory while it fills."""


@dataclass(frozen=True)
class Ingested:
    """What became of the lines: `n_lines` = examples + patches + refused + blank ones."""

    dataset: Dataset | None
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    n_lines: int
    n_examples: int
    n_patches: int
    n_refused: int
    n_blank: int
    refused_file: Path | None = None


def data_files(folder: Path) -> tuple[Path, ...]:
    """The data files in a folder, in the order in which they are read: by name."""
    found = [file for file in folder.iterdir() if file.name.endswith(SUFFIXES)] if folder.is_dir() else []
    return tuple(sorted(found, key=lambda file: file.name))


def ingest(
    files: Sequence[Path],
    schema: Schema,
    into: Path | None,
    *,
    seed: int = 0,
    split_by: str | None = None,
    skip_bad_lines: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Ingested:
    """Checks all lines of the files and, if there is a folder to write into, makes it a dataset.

    Lines with problems keep all others from becoming a dataset, unless `skip_bad_lines`.
    `progress` is called with the number of lines read so far.
    """
    if into is None:
        with tempfile.TemporaryDirectory() as scratch:
            return replace(_ingest_into(Path(scratch), files, schema, seed, split_by, progress), dataset=None)
    partial = into.with_name(f"{into.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    done = _ingest_into(partial, files, schema, seed, split_by, progress)
    if done.dataset is None or (done.problems and not skip_bad_lines):
        shutil.rmtree(partial)
        return replace(done, dataset=None)
    shutil.rmtree(into, ignore_errors=True)
    partial.rename(into)
    return replace(done, dataset=replace(done.dataset, folder=into))


def _ingest_into(
    folder: Path,
    files: Sequence[Path],
    schema: Schema,
    seed: int,
    split_by: str | None,
    progress: Callable[[int], None] | None,
) -> Ingested:
    checking = Checking(compile_checks(schema), seed, split_by)
    problems: list[Problem] = []
    n_lines = n_patches = n_refused = n_blank = n_examples = total = 0
    frames: list[pl.DataFrame] = []
    columns: dict[str, pl.DataType] = {}
    n_parts = 0
    for block in (block for file in files for block in read_blocks(file, f"{file.parent.name}/{file.name}")):
        checked = check_block(checking, block)
        n_lines += len(block.lines)
        n_blank += checked.n_blank
        n_refused += len(checked.refused)
        n_patches += len(checked.patches)
        total = (total + checked.digest) % MODULUS
        problems += [problem for refused in checked.refused for problem in refused.problems]
        frames.append(rows_frame(schema, checked.rows))
        n_examples += len(checked.rows.records)
        columns |= {name: dtype for name, dtype in frames[-1].schema.items() if name not in columns}
        if sum(map(len, frames)) >= PART_ROWS:
            pl.concat(frames, how="diagonal").write_parquet(folder / f"part-{n_parts:05}.parquet")
            frames, n_parts = [], n_parts + 1
        if progress:
            progress(n_lines)
    if frames:
        pl.concat(frames, how="diagonal").write_parquet(folder / f"part-{n_parts:05}.parquet")
    pl.DataFrame(schema=columns).write_parquet(folder / COLUMNS)
    some = (
        scan_parts(folder)
        .select(given=pl.col("split").is_not_null().any(), dev=(pl.col("split") == "dev").any())
        .collect()
        .row(0)
    )
    tags = scan_parts(folder).select(pl.col("tags").explode().unique()).collect().to_series().to_list()
    dataset = Dataset(
        schema=schema,
        folder=folder,
        n_examples=n_examples,
        vote_columns=tuple(read_vote_column(name) for name in sorted(columns) if "/" in name),
        tags=tuple(sorted(tag for tag in tags if tag is not None and tag not in SPLITS)),
        fingerprint=f"{total:032x}",
        split_rule="seeded" if not some[0] else "tags" if some[1] else "dev from train",
    )
    write_meta(dataset)
    return Ingested(dataset, tuple(problems), (), n_lines, n_examples, n_patches, n_refused, n_blank)
