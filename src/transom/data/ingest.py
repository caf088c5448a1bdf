"""Ingest: data files in, a checked dataset out; one streaming pass, then what only all lines together can tell."""

import os
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import orjson
import polars as pl

from transom.data.checking import Checking, Refused
from transom.data.consistency import Late, duplicates, split_rule, uneven_vectors, without_group, without_split
from transom.data.dataset import COLUMNS, Dataset, read_vote_column, scan_parts, write_meta
from transom.data.files import SUFFIXES, read_lines, shown_name
from transom.data.fingerprint import MODULUS, canonical, digest
from transom.data.parts import PART, PATCH, drop_rows, spool, write_columns
from transom.data.patches import apply_patches
from transom.data.path_names import require_utf8
from transom.data.reading import Progress, read_all
from transom.data.refused import write_refused
from transom.data.split import SPLITS, SplitRule
from transom.data.validate import compile_checks
from transom.errors import NOWHERE, Location, Problem
from transom.schema.schema import Schema


@dataclass(frozen=True)
class Ingested:
    """What became of the lines: `n_lines` = examples + patches + refused + blank ones.

    A served prediction of an example that is there already counts as blank.

    `dataset` is None where there was no folder to write into, or where a line was refused and none may be skipped.
    """

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
    """The data files in a folder, in the order in which they are read: by name.

    Raises:
        UsageError: a name is not UTF-8.
    """
    if not folder.is_dir():
        return ()
    found = (file for file in folder.iterdir() if file.name.endswith(SUFFIXES) and not file.name.startswith("."))
    files = tuple(sorted((file for file in found if file.is_file()), key=lambda file: file.name))
    for file in files:
        require_utf8(file)
    return files


def ingest(  # noqa: PLR0913 - each says another thing, and all but the first three have a default
    files: Sequence[Path],
    schema: Schema,
    into: Path | None,
    *,
    seed: int = 0,
    split_by: str | None = None,
    skip_bad_lines: bool = False,
    forgotten: frozenset[str] = frozenset(),
    progress: Progress | None = None,
) -> Ingested:
    """Checks all lines of the files and, where there is a folder to write into, makes it a dataset.

    A refused line keeps all others from becoming a dataset, unless `skip_bad_lines`: then the refused ones stand with
    their reasons in a file beside the dataset. The folder appears when it is complete, or not at all.

    Args:
        files: as `data_files` lists them.
        schema: what the lines must fit.
        into: a folder that is made, or replaced; None to check only.
        seed: of the splits that the tags do not say.
        split_by: how the tag begins whose value keeps a group of examples in one split.
        skip_bad_lines: whether to go on without the lines that are refused.
        forgotten: the marks of examples that are left out, as `mark_of` gives them.
        progress: called with the number of lines read so far.
    """
    if into is not None:
        into.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".ingest-", dir=into and into.parent) as scratch:
        folder = Path(scratch) / "dataset"
        folder.mkdir()
        checking = Checking(compile_checks(schema), seed, split_by, forgotten)
        read = read_all(files, schema, checking, folder, progress)
        settled = _settle(folder, schema, checking, read.refused)
        late = [each for each in settled.late.values() if each.problems]
        refused = _in_order([*read.refused, *settled.patches_refused, *late], files)
        problems = [*read.damages, *(problem for each in refused for problem in each.problems)]
        n_examples = read.counts.n_rows - len(settled.late)
        if not n_examples and not problems:
            problems = [Problem("T059", "the data files hold no example.", _folder_of(files))]
        done = Ingested(
            dataset=None,
            problems=tuple(problems),
            warnings=read.warnings,
            n_lines=read.counts.n_lines,
            n_examples=n_examples,
            n_patches=read.counts.n_patches - len(settled.patches_refused),
            n_refused=len(refused),
            n_blank=read.counts.n_blank + len(settled.late) - len(late),
        )
        if into is None or not n_examples or (problems and not skip_bad_lines):
            return done
        total = read.counts.digest + settled.digest - _digest_of(settled.late.values(), files)
        dataset = _finish(folder, schema, settled, n_examples, f"{total % MODULUS:032x}")
        shutil.rmtree(into, ignore_errors=True)
        os.replace(folder, into)
    refused_file = into.with_name(f"{into.name}.refused.jsonl") if refused else None
    if refused_file is not None:
        write_refused(refused_file, refused, files)
    return replace(done, dataset=replace(dataset, folder=into), refused_file=refused_file)


@dataclass(frozen=True)
class _Settled:
    """What all lines together tell: where examples go, rows that may not stay, what the patches came to."""

    rule: SplitRule
    late: Late
    patches_refused: tuple[Refused, ...]
    digest: int


def _settle(folder: Path, schema: Schema, checking: Checking, refused: Sequence[Refused]) -> _Settled:
    write_columns(folder, schema)
    late = duplicates(folder)
    patched = apply_patches(spool(folder, PART), spool(folder, PATCH), schema, checking, refused)
    write_columns(folder, schema)
    rule = split_rule(folder, late)
    late |= without_split(folder, late, rule)
    if checking.split_by is not None:
        late |= without_group(folder, late, rule, checking.split_by)
    late |= uneven_vectors(folder, late, schema)
    return _Settled(rule, late, patched.refused, patched.digest)


def _finish(folder: Path, schema: Schema, settled: _Settled, n_examples: int, fingerprint: str) -> Dataset:
    """Makes the folder of parts a dataset."""
    drop_rows(spool(folder, PART), settled.late.keys())
    for file in spool(folder, PATCH):
        file.unlink()
    columns = pl.scan_parquet(folder / COLUMNS, glob=False).collect_schema()
    tags = scan_parts(folder).select(pl.col("tags").explode().unique().drop_nulls().sort()).collect().to_series()
    dataset = Dataset(
        schema=schema,
        folder=folder,
        n_examples=n_examples,
        vote_columns=tuple(read_vote_column(name) for name in sorted(columns) if "/" in name),
        tags=tuple(tag for tag in tags if tag not in SPLITS),
        fingerprint=fingerprint,
        split_rule=settled.rule,
    )
    write_meta(dataset)
    return dataset


def _in_order(refused: Iterable[Refused], files: Sequence[Path]) -> list[Refused]:
    """Refused lines as they stand in the data."""
    place = {shown_name(file): number for number, file in enumerate(files)}
    return sorted(refused, key=lambda each: (place[each.file], each.line))


def _digest_of(refused: Iterable[Refused], files: Sequence[Path]) -> int:
    """The sum of the digests of lines that had become rows, read again."""
    places = {(each.file, each.line) for each in refused}
    numbers = {file: {line for name, line in places if name == shown_name(file)} for file in files}
    return sum(
        digest(canonical(orjson.loads(line)))
        for file in files
        if numbers[file]
        for _, line in read_lines(file, numbers[file])
    )


def _folder_of(files: Sequence[Path]) -> Location:
    return Location(files[0].parent.name) if files else NOWHERE
