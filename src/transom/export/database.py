"""The database `store.db`: how it is opened, made and brought to the newest layout.

Readers write nothing, not even a newer layout: what is older is copied into memory and brought up to date there.
"""

import errno
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from transom.errors import ArtifactError, Location
from transom.export.adoption import adopt
from transom.export.layout import DATABASE
from transom.export.migrations import LAYOUT, layout_of, migrate
from transom.export.objects import UNFINISHED

NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS})
"""What FAT, some network mounts and some disks of users' own say of a hard link."""

BUSY_S = 60.0
"""How long a writer waits for the others; each of their transactions takes milliseconds."""


@contextmanager
def reading(store: Path) -> Iterator[sqlite3.Connection]:
    """A connection that cannot write; a store without a database reads like one whose folders were just taken in.

    Raises:
        ArtifactError: the database is damaged, or of a newer transom.
    """
    path = store / DATABASE
    with _translated(path, "T156", "cannot be read"), closing(_opened(path)) as connection:
        if layout_of(connection) == LAYOUT:
            yield connection
            return
        with closing(_in_memory()) as copy:
            connection.backup(copy)
            _bring_up_to_date(copy, store)
            yield copy


@contextmanager
def writing(store: Path) -> Iterator[sqlite3.Connection]:
    """One transaction, which no other writer interrupts; kept as a whole, or given up when an error leaves it.

    Raises:
        ArtifactError: the store cannot be written, is damaged, or is of a newer transom.
    """
    path = store / DATABASE
    with _translated(path, "T146", "cannot be written"):
        if not path.exists():
            _create(store)
        with closing(_connect(path.resolve().as_uri() + "?mode=rw")) as connection:
            if layout_of(connection) != LAYOUT:
                with _transaction(connection):
                    _bring_up_to_date(connection, store)
            connection.execute("PRAGMA foreign_keys = ON")
            with _transaction(connection):
                yield connection


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _bring_up_to_date(connection: sqlite3.Connection, store: Path) -> None:
    before = layout_of(connection)
    if before > LAYOUT:
        raise ArtifactError(
            "T155",
            f"the store has layout {before}, this transom knows {LAYOUT}. Upgrade transom.",
            Location(str(store / DATABASE)),
        )
    if before < LAYOUT:
        migrate(connection)
    if before == 0:
        adopt(connection, store, newest_is_live=True)


def _opened(path: Path) -> sqlite3.Connection:
    """A connection for reading, also where nobody may write, so that SQLite cannot make its files for locking."""
    if not path.exists():
        return _in_memory()
    address = path.resolve().as_uri() + "?mode=ro"
    connection = _connect(address)
    try:
        layout_of(connection)
    except sqlite3.OperationalError:
        connection.close()
        if path.with_name(f"{DATABASE}-wal").exists():
            raise
        connection = _connect(address + "&immutable=1")
    return connection


def _create(store: Path) -> None:
    """Makes the database beside its place and links it there, so that of several makers one wins.

    Where the disk knows no links an empty one is put there: whoever writes first brings it up to date under its lock.
    """
    store.mkdir(parents=True, exist_ok=True)
    handle, unfinished = tempfile.mkstemp(prefix=UNFINISHED, dir=store)
    os.close(handle)
    try:
        with closing(_connect(Path(unfinished).resolve().as_uri())) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            with _transaction(connection):
                _bring_up_to_date(connection, store)
        os.chmod(unfinished, 0o644)  # mkstemp makes a private file, but a server may run as another user
        os.link(unfinished, store / DATABASE)
    except FileExistsError:
        return  # another process was faster
    except OSError as problem:
        if problem.errno not in NO_LINKS:
            raise
        (store / DATABASE).touch()
    finally:
        os.unlink(unfinished)


def _connect(address: str) -> sqlite3.Connection:
    return sqlite3.connect(address, uri=True, timeout=BUSY_S, isolation_level=None)


def _in_memory() -> sqlite3.Connection:
    return _connect("file::memory:")


@contextmanager
def _translated(path: Path, code: str, what: str) -> Iterator[None]:
    """Problems of files and of SQLite as errors that a user can mend."""
    try:
        yield
    except sqlite3.OperationalError as problem:
        raise ArtifactError(code, f"the store {what}: {problem}.", Location(str(path))) from problem
    except sqlite3.DatabaseError as problem:
        if type(problem) is not sqlite3.DatabaseError:
            raise  # its subclasses say that our SQL is wrong
        message = f"the store's database is damaged: {problem}. Bring it back from a backup, or move it away."
        raise ArtifactError("T157", message, Location(str(path))) from problem
    except OSError as problem:
        raise ArtifactError(code, f"the store {what}: {problem}.", Location(str(path))) from problem
