"""Forgetting: one example erased from the store, and from the project's own files where that is asked for.

What cannot be erased is named: the versions that learned from the example, and files that are the user's.
"""

import shutil
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from transom.data.forgotten import MARK, mark_of, read_forgotten
from transom.data.ingest import data_files
from transom.errors import ArtifactError, Location, UsageError
from transom.export.aliases import Reason, current_user
from transom.export.database import writing
from transom.export.layout import CACHE, FORGOTTEN, LOG, OBJECTS, REFUSED, VERSIONS, folder_of, numbers, store_of
from transom.export.lineage import read_steps
from transom.export.lookups import drop_example
from transom.export.objects import write_durably
from transom.pipeline.erasing import blank_out, count_records, records, rewrite
from transom.pipeline.ingesting import DATA
from transom.pipeline.workspace import SCHEMA

ERASING = ".erasing-"
"""How the name of a folder begins that is being deleted."""


@dataclass(frozen=True)
class Holder:
    """A data file of the project that held records of the example; `is_erased` says whether they are gone."""

    file: str
    n_records: int
    is_erased: bool


@dataclass(frozen=True)
class Forgotten:
    """What became of an example: lines of the log and replies of the lookup that were erased, and where else it was.

    `versions` were made from a file that holds it; `recorded` are files of versions with a recorded request like it.
    """

    id: str
    n_log_lines: int
    n_replies: int
    data_files: tuple[Holder, ...]
    versions: tuple[int, ...]
    recorded: tuple[str, ...]

    @property
    def was_held(self) -> bool:
        """Whether anything was found of it; where nothing was, its id may be another."""
        return bool(self.n_log_lines or self.n_replies or self.data_files or self.versions or self.recorded)

    def as_dict(self) -> dict[str, Any]:
        """The result as `forget --json` prints it."""
        return asdict(self)


def forget(
    example: str,
    folder: Path | str = ".",
    *,
    why: str = "",
    rewrite_data: bool = False,
    store: Path | str | None = None,
    now: datetime | None = None,
) -> Forgotten:
    """Erases an example from datasets, cache, objects, log and lookup, and keeps a mark so that it stays away.

    The project's data files are its owner's: they are only listed, and written again with `rewrite_data`.

    Raises:
        UsageError: there is neither a project nor a store.
        ArtifactError: the store, or a data file, cannot be written, or a packed data file not be read to its end.
    """
    folder, place = Path(folder), store_of(folder, store)
    if not place.exists() and not (folder / SCHEMA).is_file():
        problem = f"{str(folder)!r} has neither a {SCHEMA} nor a store, so nothing can be forgotten there."
        raise UsageError("T001", f"{problem} Name a project's folder, or its store with --store DIR.")
    segments = tuple((place / LOG).rglob("*.jsonl*"))
    try:
        _mark(place, example, Reason(current_user(), now or datetime.now(UTC), why))
        _drop(place, (CACHE, OBJECTS))
        recorded = tuple(_recorded(place, _payloads((*data_files(folder / DATA), *segments), example)))
        n_log_lines = sum(blank_out(segment, example) for segment in segments)
        _drop_refused(place / REFUSED, example)
        n_replies = drop_example(place, example)
        holders = tuple(_holders(folder, example, is_erased=rewrite_data))
        return Forgotten(example, n_log_lines, n_replies, holders, _versions_from(place, holders), recorded)
    except (OSError, EOFError, zlib.error) as problem:  # the last two: a packed file that is cut off or damaged
        raise ArtifactError("T146", f"the example cannot be erased: {problem}.", Location(str(place))) from problem


def read_ids(file: Path) -> tuple[str, ...]:
    """The ids in a text file, one a line, each once; empty lines are none.

    Raises:
        UsageError: the file is missing, is no text, or has no id.
    """
    try:
        lines = file.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as problem:
        message = f"the ids cannot be read from {str(file)!r}: {problem}. Name a text file with an id a line."
        raise UsageError("T177", message) from None
    ids = tuple(dict.fromkeys(line.removesuffix("\r") for line in lines if line.strip()))
    if not ids:
        raise UsageError("T177", f"there is no id in {str(file)!r}. Write an id a line.")
    return ids


def _mark(store: Path, example: str, reason: Reason) -> None:
    """Notes that the example may not come back; first of all, so that a run that begins now leaves it out."""
    file = store / FORGOTTEN
    with writing(store):  # its lock, so that of two at once none is lost
        if mark_of(example) not in read_forgotten(file):
            when = reason.when.isoformat(timespec="seconds")
            line = {MARK: mark_of(example), "who": reason.who, "when": when, "why": reason.why}
            before = file.read_bytes() if file.exists() else b""
            write_durably(file, before + orjson.dumps(line) + b"\n")


def _drop(store: Path, names: Iterable[str]) -> None:
    """Deletes folders that can be made again; they are out of the way at once, whoever else uses them."""
    for name in names:
        if (store / name).exists():
            (store / name).rename(tempfile.mkdtemp(prefix=ERASING, dir=store))
    for left in store.glob(f"{ERASING}*"):
        shutil.rmtree(left, ignore_errors=True)


def _payloads(files: Iterable[Path], example: str) -> list[Any]:
    """What the example looked like, wherever it is written."""
    found = (record.get("payloads") for file in files for record in records(file, example))
    return [_without_nulls(payloads) for payloads in found if payloads]


def _recorded(store: Path, payloads: Sequence[Any]) -> Iterator[str]:
    """The files of versions with recorded requests of which one has these payloads; ids are not kept there."""
    for file in sorted((store / VERSIONS).glob("*/*.jsonl")):
        lines = map(orjson.loads, file.read_bytes().splitlines())
        if any(_without_nulls(line.get("payloads")) in payloads for line in lines):
            yield str(file)


def _without_nulls(value: Any) -> Any:
    """A JSON value in which what is missing is not written, as there are two ways to write it."""
    if isinstance(value, Mapping):
        return {key: _without_nulls(each) for key, each in value.items() if each is not None}
    return [_without_nulls(each) for each in value] if isinstance(value, list) else value


def _drop_refused(file: Path, example: str) -> None:
    """Leaves those refused lines that do not speak of the example."""
    if file.exists():
        lines = file.read_bytes().splitlines(keepends=True)
        write_durably(file, b"".join(line for line in lines if example not in orjson.loads(line)["text"]))


def _holders(folder: Path, example: str, *, is_erased: bool) -> Iterator[Holder]:
    erase = rewrite if is_erased else count_records
    for file in data_files(folder / DATA):
        if n_records := erase(file, example):
            yield Holder(file.relative_to(folder).as_posix(), n_records, is_erased)


def _versions_from(store: Path, holders: Iterable[Holder]) -> tuple[int, ...]:
    """The versions that were made from a data file of one of these names."""
    names = {f"data:{holder.file}" for holder in holders}
    return tuple(
        number
        for number in numbers(store)
        if any(names & step.components.keys() for step in read_steps(folder_of(store, number)))
    )
