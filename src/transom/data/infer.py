"""A project proposed from a data file: what its payloads and tasks seem to be, and its rows as data lines."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from transom.data.files import SUFFIXES, read_file, shown_name
from transom.data.infer_records import propose_from_records
from transom.data.infer_table import propose_from_table
from transom.data.lines import parse_line
from transom.data.proposal import Proposal
from transom.data.validate import KEYS
from transom.errors import Location, Problem, ProjectError, UsageError
from transom.schema.yaml_text import schema_text

SEPARATED = {".csv": ",", ".tsv": "\t"}


def propose_project(file: Path, into: Path) -> list[Path]:
    """Writes the project that a JSONL, CSV or Parquet file seems to hold: schema.yaml and data.

    A file of data lines is copied, and its schema inferred. Of a table, or of other objects a line, each column
    becomes the id, the split, the time, the label, a payload or a field of one; comments say what was guessed.

    Raises:
        UsageError: the file is missing, of another kind or empty, or has patches alone.
        ProjectError: its lines are not JSON objects; with all problems.
    """
    proposal = _propose(file)
    opening = (
        f"What the model sees and predicts, proposed from {file.name}. Read it, correct it, then run: transom check",
        *proposal.remarks,
    )
    (into / "data").mkdir(parents=True, exist_ok=True)
    schema = into / "schema.yaml"
    schema.write_text(schema_text(proposal.schema, proposal.notes, opening), encoding="utf-8")
    return [schema, _write_data(proposal, file, into / "data")]


def _propose(file: Path) -> Proposal:
    if not file.is_file():
        raise UsageError("T063", f"there is no file {str(file)!r}.")
    if file.suffix in SEPARATED:
        return propose_from_table(_checked(_read_separated(file), file))
    if not file.name.endswith(SUFFIXES):
        raise UsageError(
            "T063", f"{file.name!r} is not a file that can be read. Give a .jsonl, .csv, .tsv or .parquet file."
        )
    records = _records(file)
    if any(isinstance(record.get("payloads"), dict) for record in records):
        return propose_from_records(records)
    if _are_patches(records):
        raise UsageError(
            "T063",
            "the file has votes and no payloads: patches of examples that stand elsewhere. Give the file that has the "
            "examples, then put this one beside it into the project's folder 'data'.",
            Location(file.name),
        )
    if file.suffix == ".parquet":
        return propose_from_table(_checked(pl.read_parquet(file, glob=False), file))
    return propose_from_table(_checked(pl.DataFrame(_of_one_kind(records), infer_schema_length=None), file))


def _read_separated(file: Path) -> pl.DataFrame:
    read = partial(pl.read_csv, file, separator=_separator(file), glob=False)
    try:
        table = read(infer_schema_length=None, try_parse_dates=True)
        numbers = [column.name for column in table if column.dtype.is_numeric()]
        as_written = read(infer_schema=False).select(numbers)
        return table.with_columns(column for column in as_written if _has_codes(column))
    except pl.exceptions.PolarsError as error:
        reason = str(error).partition("\n")[0]
        raise UsageError("T063", f"the table cannot be read: {reason}", Location(file.name)) from None


def _separator(file: Path) -> str:
    """What stands between the names of the columns: spreadsheets write semicolons where a comma is the decimal mark."""
    usual = SEPARATED[file.suffix]
    with file.open("rb") as lines:
        header = lines.readline()
    others = (each for each in ";\t," if each.encode() in header)
    return usual if usual.encode() in header else next(others, usual)


def _has_codes(column: pl.Series) -> bool:
    """Whether digits stand for names and not for numbers: numbers would lose a zero in front, or digits beyond 18."""
    return bool(column.str.contains(r"^[+-]?(0\d|\d{19})").any())


def _checked(table: pl.DataFrame, file: Path) -> pl.DataFrame:
    """A table with something in it."""
    if not len(table):
        raise UsageError("T063", "the file has no row, so that nothing can be proposed.", Location(file.name))
    return table


def _records(file: Path) -> list[dict[str, Any]]:
    records, problems = list[dict[str, Any]](), list[Problem]()
    for block in read_file(file):
        if block.damage is not None:
            raise UsageError("T063", f"the file cannot be read: {block.damage}.", Location(file.name))
        for number, line in enumerate(block.lines, block.first):
            parsed = parse_line(line) if line.strip() else None
            if isinstance(parsed, Problem):
                problems.append(replace(parsed, at=Location(shown_name(file), number)))
            elif parsed is not None:
                records.append(parsed[0])
    if problems:
        raise ProjectError(problems)
    return records


def _are_patches(records: Sequence[dict[str, Any]]) -> bool:
    """Whether records without payloads are data lines all the same, with votes by task and source."""
    tasks = [record["tasks"] for record in records if record.get("tasks") is not None]
    return (
        all(record.keys() <= KEYS.keys() and "id" in record for record in records)
        and any(tasks)
        and all(isinstance(each, dict) and all(isinstance(votes, dict) for votes in each.values()) for each in tasks)
    )


def _of_one_kind(records: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Flat objects as rows of a table: a column whose values, or their elements, are of different kinds is text."""
    kinds: dict[str, set[tuple[int, type]]] = {}
    for record in records:
        for name, value in record.items():
            kinds.setdefault(name, set()).update(_kinds(value))
    mixed = {name for name, found in kinds.items() if len({depth for depth, _ in found}) < len(found)}
    return [
        {name: _text(value) if name in mixed else _with_floats(value) for name, value in record.items()}
        for record in records
    ]


def _kinds(value: Any, depth: int = 0) -> Iterator[tuple[int, type]]:
    """The kind of a value that is there, and those of the elements of a list, which stand deeper."""
    if value is not None:
        yield depth, float if type(value) is int else type(value)
    for element in value if isinstance(value, list) else ():
        yield from _kinds(element, depth + 1)


def _with_floats(value: Any) -> Any:
    """A list with its whole numbers as floats, as Polars takes no list of both."""
    if not isinstance(value, list):
        return value
    return [float(element) if type(element) is int else _with_floats(element) for element in value]


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else orjson.dumps(value).decode()


def _write_data(proposal: Proposal, file: Path, folder: Path) -> Path:
    if proposal.records is None:
        return Path(shutil.copy(file, folder / file.name))
    written = folder / f"{file.name.partition('.')[0] or 'data'}.jsonl"
    with written.open("wb") as out:
        out.writelines(orjson.dumps(record) + b"\n" for record in proposal.records)
    return written
