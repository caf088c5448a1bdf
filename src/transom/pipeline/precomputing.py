"""Precomputing: a version's replies to all records of some files, kept by a key for products that look them up."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from transom.data.decode import quoted
from transom.data.fingerprint import canonical, digest
from transom.data.forgotten import mark_of, read_forgotten
from transom.data.jsonl import Block
from transom.data.lines import parse_line
from transom.data.records import Record, id_of
from transom.errors import Location, Problem, ProjectError, UsageError, did_you_mean
from transom.export.layout import FORGOTTEN, LIVE, store_of
from transom.export.lookups import About, Entry, writing_lookup
from transom.export.store import find_version
from transom.schema.payloads import Singleton
from transom.schema.schema import Schema
from transom.serving.predictor import Predictor, answers, problem_of
from transom.serving.versions import load

BATCH = 64
KEYS = ("text", "category", "number")
"""The kinds of values that can be keys."""

Found = tuple[Record, Location]


@dataclass(frozen=True)
class Precomputed:
    """What a lookup holds: replies to `n_records` records by `n_keys` keys, fewer where records asked the same."""

    version: int
    key: str
    n_records: int
    n_keys: int
    computed: str

    def as_dict(self) -> dict[str, Any]:
        """What `precompute --json` prints."""
        return asdict(self)


def precompute(
    folder: Path | str,
    blocks: Iterable[Block],
    *,
    key: str = "id",
    version: str = LIVE,
    store: Path | str | None = None,
    now: datetime | None = None,
) -> Precomputed:
    """Answers every record of the blocks, and keeps the replies by its id, by a payload, or by a payload's field.

    A record without payloads is a patch, which asks for nothing; what was forgotten is not answered. Servers of the
    store answer with the new lookup as soon as it is complete, and with the one before until then.

    Raises:
        ProjectError: records do not fit the schema or have no key; there is no new lookup then.
        UsageError: no such field can be a key, two records that differ have one key, or one was forgotten meanwhile.
        ArtifactError: there is no such version, it cannot be served, or the store cannot be written.
    """
    place = store_of(folder, store)
    predictor = load(place, find_version(place, version))
    path = _path_of(key, predictor.schema)
    computed = (now or datetime.now(UTC)).isoformat(timespec="seconds")
    forgotten = read_forgotten(place / FORGOTTEN)
    asking = _asking(blocks, forgotten)
    problems: list[Problem] = []
    n_records = n_keys = 0
    about, require = About(predictor.version, key, computed), partial(_require_as_before, place, forgotten)
    with writing_lookup(place, about, require=require) as writer:
        while batch := list(islice(asking, BATCH)):
            problems += [each for each in batch if isinstance(each, Problem)]
            found = [each for each in batch if not isinstance(each, Problem)]
            problems += [wrong for record, at in found if (wrong := _problem_of(predictor, record, at, path))]
            if not problems:
                n_keys += writer.add(_entries(predictor, [record for record, _ in found], path))
            n_records += len(found)
        if problems:
            raise ProjectError(problems)
    return Precomputed(predictor.version, key, n_records, n_keys, computed)


def _require_as_before(store: Path, forgotten: frozenset[str]) -> None:
    """What was forgotten meanwhile may stand in the new lookup."""
    if read_forgotten(store / FORGOTTEN) != forgotten:
        raise UsageError("T200", f"{FORGOTTEN} changed while replies were worked out. Precompute again.")


def _path_of(key: str, schema: Schema) -> tuple[str, ...]:
    """Where the key stands in a record.

    Raises:
        UsageError: there is no such field, or it holds no text and no number.
    """
    paths: dict[str, tuple[str, ...]] = {"id": ("id",)}
    for payload in schema.payloads:
        if isinstance(payload, Singleton) and payload.value in KEYS:
            paths[payload.name] = ("payloads", payload.name)
        elif isinstance(payload, Singleton):
            known = [field.name for field in payload.fields if field.value in KEYS]
            paths |= {f"{payload.name}.{name}": ("payloads", payload.name, name) for name in known}
    if key not in paths:
        raise UsageError(
            "T232", f"{key!r} cannot be a key. Choose one of {', '.join(paths)}.{did_you_mean(key, paths)}"
        )
    return paths[key]


def _asking(blocks: Iterable[Block], forgotten: frozenset[str]) -> Iterator[Found | Problem]:
    """The records that ask for an answer, and what is wrong with lines that are none."""
    for block in blocks:
        for number, line in enumerate(block.lines, block.first):
            if not line.strip():
                continue
            parsed, at = parse_line(line), Location(block.file, number)
            if isinstance(parsed, Problem):
                yield Problem(parsed.code, parsed.message, at, parsed.pointer)
            elif "payloads" in parsed[0] and not _is_forgotten(parsed[0], forgotten):
                yield parsed[0], at
        if block.damage is not None:
            yield Problem("T177", f"the file cannot be read to its end: {block.damage}.", Location(block.file))


def _is_forgotten(record: Record, forgotten: frozenset[str]) -> bool:
    name = id_of(record) if forgotten else None
    return name is not None and mark_of(name) in forgotten


def _problem_of(predictor: Predictor, record: Record, at: Location, path: Sequence[str]) -> Problem | None:
    """Why a record cannot be answered, or not be found again."""
    problem = problem_of(predictor, record, at)
    if problem is not None:
        return problem
    key = _value(record, path)
    if isinstance(key, bool) or not isinstance(key, str | int | float) or key == "":
        what = f"{quoted(key)} is no key" if key is not None else "the record has no key"
        return Problem("T231", f"{what}. Give each record text or a number there.", at, "/" + "/".join(path))
    return None


def _value(record: Record, path: Sequence[str]) -> Any:
    value: Any = record
    for part in path:
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _entries(predictor: Predictor, records: Sequence[Record], path: Sequence[str]) -> list[Entry]:
    if not records:
        return []
    return [
        Entry(
            _text(_value(record, path)),
            orjson.dumps(reply),
            digest(canonical(record["payloads"])).to_bytes(16, "little"),
            id_of(record),
        )
        for record, reply in zip(records, answers(predictor, records), strict=True)
    ]


def _text(key: str | float) -> str:
    """The key as it stands in a URL: text as it is, numbers as JSON has them."""
    return key if isinstance(key, str) else orjson.dumps(key).decode()
