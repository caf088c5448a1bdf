"""The folders of versions: which there are, and how the database comes to know those that it did not make."""

import hashlib
import json
import sqlite3
from pathlib import Path

from transom.export.artifact import MANIFEST

VERSIONS = "versions"
LIVE = "live"


def folder_of(store: Path, number: int) -> Path:
    """Where a version is."""
    return store / VERSIONS / str(number)


def numbers(store: Path) -> tuple[int, ...]:
    """The numbers of the versions there are, ascending."""
    folder = store / VERSIONS
    if not folder.is_dir():
        return ()
    return tuple(sorted(int(entry.name) for entry in folder.iterdir() if entry.name.isdigit()))


def adopt(connection: sqlite3.Connection, store: Path, *, newest_is_live: bool = False) -> None:
    """Enters the versions that are in folders only: of an older layout, copied in, or cut off before they were entered.

    `newest_is_live` is what `live` meant before there were aliases.
    """
    known = {number for (number,) in connection.execute("SELECT number FROM versions")}
    found = [number for number in numbers(store) if number not in known]
    for number in found:
        enter(connection, store, number)
    if newest_is_live and found:
        connection.execute(
            "INSERT INTO moves (alias, version, who, moment, why) SELECT ?, number, '', "
            "coalesce(json_extract(about, '$.made'), ''), 'the newest version of a store without aliases' "
            "FROM versions WHERE number = ?",
            (LIVE, found[-1]),
        )


def enter(connection: sqlite3.Connection, store: Path, number: int, *, run: int | None = None) -> None:
    """Enters a version with what its manifest says; a folder that is none is entered without a word.

    Raises:
        ArtifactError: the folder cannot be read.
    """
    try:
        manifest = (folder_of(store, number) / MANIFEST).read_bytes()
        about = json.loads(manifest)["about"]
    except (OSError, ValueError, KeyError, TypeError):
        manifest, about = b"", {}
    connection.execute(
        "INSERT INTO versions (number, digest, about, context) VALUES (?, ?, ?, ?)",
        (number, hashlib.sha256(manifest).hexdigest(), json.dumps(about), run),
    )
