"""The lookup: replies that were worked out before anybody asks, by key, in a file that never changes.

`lookup/` holds one SQLite database, named by what it holds, and `lookup.json`, which says which it is, its hash, and
what was precomputed. The database is on the disk before `lookup.json` is replaced, so readers find the old lookup or
the new one, whole, whenever a writer is killed.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from transom.errors import ArtifactError, Location, UsageError
from transom.export.database import writing
from transom.export.layout import LOOKUP
from transom.export.objects import write_durably

ABOUT = "lookup.json"
FORMAT = 1
_UNPUBLISHED = ".staged-"


@dataclass(frozen=True)
class About:
    """What a lookup says of itself: the version that answered, the field whose values are the keys, and when it was."""

    version: int
    key: str
    computed: str
    n_keys: int = 0

    def as_dict(self) -> dict[str, Any]:
        """What programs are told."""
        return asdict(self)


@dataclass(frozen=True)
class Entry:
    """A reply by its key; `asked` stands for the payloads that it answers, `id` is their record's."""

    key: str
    reply: bytes
    asked: bytes
    id: str | None = None


@dataclass(frozen=True)
class Lookup:
    """A lookup that is open for reading, from any thread but one at a time."""

    about: About
    _connection: sqlite3.Connection = field(repr=False)

    def find(self, key: str) -> bytes | None:
        """The reply of a key, as JSON."""
        row = self._connection.execute("SELECT reply FROM replies WHERE key = ?", (key,)).fetchone()
        return None if row is None else bytes(row[0])

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()


@dataclass(frozen=True)
class Writer:
    """Takes the entries of a lookup that nobody sees yet."""

    _connection: sqlite3.Connection

    def add(self, entries: Sequence[Entry]) -> int:
        """Adds entries, and gives how many keys are new; one that is there already may only ask the same again.

        Raises:
            UsageError: two records that differ have one key.
        """
        n_new = 0
        for entry in entries:
            row = (entry.key, entry.reply, entry.asked, entry.id)
            if self._connection.execute("INSERT OR IGNORE INTO replies VALUES (?, ?, ?, ?)", row).rowcount:
                n_new += 1
            else:
                self._require_same(entry)
        return n_new

    def _require_same(self, entry: Entry) -> None:
        (asked,) = self._connection.execute("SELECT asked FROM replies WHERE key = ?", (entry.key,)).fetchone()
        if asked != entry.asked:
            message = f"{entry.key!r} is the key of records whose payloads differ."
            raise UsageError("T230", f"{message} Choose a --key that tells them apart.")


@contextmanager
def writing_lookup(store: Path, about: About, *, require: Callable[[], None] = lambda: None) -> Iterator[Writer]:
    """Makes a new lookup, which takes the place of the one before when the block ends without an error.

    `require` is called just before that, when no other process can write to the store; it may raise, and then the one
    before stays.

    Raises:
        ArtifactError: the store cannot be written.
    """
    with _staged(store) as file:
        with closing(_new(file)) as connection, connection:
            yield Writer(connection)
        _publish(store, file, about, require)


def read_about(store: Path) -> bytes:
    """What `lookup.json` holds, to see whether there is another lookup; empty where there is none."""
    try:
        return (store / LOOKUP / ABOUT).read_bytes()
    except FileNotFoundError:
        return b""


def open_lookup(store: Path) -> Lookup | None:
    """The lookup of a store, if there is one, after its file was found to have the hash that was written down.

    Raises:
        ArtifactError: it is damaged, or of a newer format.
    """
    read = read_about(store)
    return _open(store / LOOKUP, read) if read else None


def drop_example(store: Path, example: str) -> int:
    """Makes the lookup anew without the replies to the record of this id, and gives how many those were."""
    while read := read_about(store):
        try:
            return _drop(store, read, example)
        except (_ReplacedError, ArtifactError):
            if read_about(store) == read:
                raise
    return 0


class _ReplacedError(Exception):
    """Another process has made a newer lookup."""


def _drop(store: Path, read: bytes, example: str) -> int:
    lookup = _open(store / LOOKUP, read)
    lookup.close()
    with _staged(store) as file:
        shutil.copyfile(store / LOOKUP / Path(json.loads(read)["file"]).name, file)
        with closing(sqlite3.connect(file)) as connection:
            with connection:
                n_dropped = connection.execute("DELETE FROM replies WHERE id = ?", (example,)).rowcount
            connection.execute("VACUUM")  # what is deleted stays in the file otherwise
        if n_dropped:
            _publish(store, file, lookup.about, partial(_require_current, store, read))
    return n_dropped


def _require_current(store: Path, read: bytes) -> None:
    if read_about(store) != read:
        raise _ReplacedError


def _open(folder: Path, read: bytes) -> Lookup:
    at = Location(str(folder / ABOUT))
    try:
        found = json.loads(read)
        if found["format"] != FORMAT:
            message = f"the lookup has format {found['format']!r}, this transom reads format {FORMAT}. Upgrade transom."
            raise ArtifactError("T229", message, at)
        name, expected, about = Path(found["file"]).name, found["sha256"], About(**found["about"])
    except (ValueError, KeyError, TypeError) as broken:
        raise ArtifactError(
            "T229", "what the lookup says of itself cannot be read. Precompute it again.", at
        ) from broken
    try:
        actual = _hash(folder / name)
    except OSError as missing:
        raise ArtifactError(
            "T229", f"{name!r} cannot be read: {missing.strerror}. Precompute it again.", at
        ) from missing
    if actual != expected:
        raise ArtifactError("T229", f"{name!r} has changed since it was written. Precompute it again.", at)
    # Only to read: a file that a newer lookup has replaced just now would be made anew, empty.
    address = f"{(folder / name).absolute().as_uri()}?mode=ro&immutable=1"
    try:
        return Lookup(about, sqlite3.connect(address, uri=True, check_same_thread=False))
    except sqlite3.OperationalError as gone:
        raise ArtifactError("T229", f"{name!r} cannot be opened: {gone}. Precompute it again.", at) from gone


@contextmanager
def _staged(store: Path) -> Iterator[Path]:
    """A place for a database that nobody sees yet; what is not published is deleted at the end."""
    try:
        (store / LOOKUP).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=_UNPUBLISHED, dir=store / LOOKUP) as folder:
            yield Path(folder) / "replies"
    except (OSError, sqlite3.Error) as problem:
        message = f"the lookup cannot be written: {problem}."
        raise ArtifactError("T146", message, Location(str(store))) from problem


def _new(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA journal_mode = OFF")  # a file that is not finished is thrown away
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute(
        "CREATE TABLE replies (key TEXT PRIMARY KEY, reply BLOB NOT NULL, asked BLOB NOT NULL, id TEXT) WITHOUT ROWID"
    )
    return connection


def _publish(store: Path, file: Path, about: About, require: Callable[[], None]) -> None:
    """Moves a finished database to its place, says that it is the lookup, and deletes the others."""
    with closing(sqlite3.connect(file)) as connection:
        (n_keys,) = connection.execute("SELECT count(*) FROM replies").fetchone()
    sha256 = _hash(file)
    place = store / LOOKUP / f"replies-{sha256[:16]}.db"
    found = {"format": FORMAT, "file": place.name, "sha256": sha256, "about": {**about.as_dict(), "n_keys": n_keys}}
    with writing(store):  # its lock: of two at once, neither may delete what the other has just named
        require()
        with file.open("rb") as written:
            os.fsync(written.fileno())
        file.chmod(0o644)  # SQLite makes files as the umask has it, but a server may run as another user
        file.replace(place)
        write_durably(store / LOOKUP / ABOUT, json.dumps(found, indent=1).encode())
        for other in (store / LOOKUP).glob("replies-*.db"):
            if other != place:
                other.unlink()


def _hash(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
