"""The layouts of `store.db`, one after the other: what each adds to the one before it."""

import hashlib
import sqlite3
from collections.abc import Sequence

MIGRATIONS: tuple[Sequence[str], ...] = (
    (  # 1: artifacts, executions, contexts and events as in ML Metadata; versions; every move of an alias
        "CREATE TABLE contexts (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, started TEXT NOT NULL)",
        "CREATE TABLE components (id INTEGER PRIMARY KEY, document TEXT NOT NULL UNIQUE)",
        """CREATE TABLE executions (
            id INTEGER PRIMARY KEY, context INTEGER NOT NULL REFERENCES contexts, stage TEXT NOT NULL,
            key TEXT NOT NULL, components INTEGER NOT NULL REFERENCES components, status TEXT NOT NULL,
            started TEXT NOT NULL, seconds REAL NOT NULL, why TEXT NOT NULL)""",
        "CREATE INDEX executions_of_key ON executions (stage, key, status)",
        "CREATE INDEX executions_of_stage ON executions (stage, id)",
        "CREATE INDEX executions_of_context ON executions (context)",
        "CREATE INDEX executions_of_components ON executions (components)",
        "CREATE TABLE artifacts (id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE)",
        """CREATE TABLE events (
            execution INTEGER NOT NULL REFERENCES executions, is_output INTEGER NOT NULL, position INTEGER NOT NULL,
            artifact INTEGER NOT NULL REFERENCES artifacts, PRIMARY KEY (execution, is_output, position)
            ) WITHOUT ROWID""",
        "CREATE INDEX events_of_artifact ON events (artifact, is_output)",
        """CREATE TABLE versions (
            number INTEGER PRIMARY KEY, digest TEXT NOT NULL, about TEXT NOT NULL,
            context INTEGER REFERENCES contexts)""",
        "CREATE INDEX versions_of_context ON versions (context)",
        """CREATE TABLE moves (
            id INTEGER PRIMARY KEY, alias TEXT NOT NULL, version INTEGER REFERENCES versions (number),
            who TEXT NOT NULL, moment TEXT NOT NULL, why TEXT NOT NULL, is_rollback INTEGER NOT NULL DEFAULT 0)""",
        "CREATE INDEX moves_of_alias ON moves (alias, id)",
    ),
    (  # 2: components are found by their hash: an index over their whole text took as much space as they did
        "CREATE TABLE documents (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, document TEXT NOT NULL)",
        "INSERT INTO documents SELECT id, sha256(document), document FROM components",
        "DROP TABLE components",
        "ALTER TABLE documents RENAME TO components",
    ),
)
LAYOUT = len(MIGRATIONS)


def layout_of(connection: sqlite3.Connection) -> int:
    """The number of the layout that a database has; 0 = nothing in it yet."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection) -> None:
    """Brings a database to the newest layout; call it inside a transaction, so that it happens as a whole.

    Foreign keys must not be enforced meanwhile, as tables are replaced by others of their name.
    """
    connection.create_function("sha256", 1, lambda text: hashlib.sha256(text.encode()).digest(), deterministic=True)
    for statements in MIGRATIONS[layout_of(connection) :]:
        for statement in statements:
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {LAYOUT}")
