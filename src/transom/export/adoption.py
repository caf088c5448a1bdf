"""How the database comes to know the versions in the folders of a store."""

import hashlib
import json
import sqlite3
from pathlib import Path
from typing import Any

from transom.export.artifact import MANIFEST
from transom.export.layout import LIVE, folder_of, numbers


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
            "INSERT INTO moves (alias, version, who, moment, why) "
            "SELECT ?, number, '', coalesce(json_extract(about, '$.made'), ''), ? FROM versions WHERE number = ?",
            (LIVE, "the newest version of a store without aliases", found[-1]),
        )


def enter(connection: sqlite3.Connection, store: Path, number: int, *, run: int | None = None) -> None:
    """Enters a version with what its manifest says; of a damaged one only the number is known."""
    manifest, about = said_of(store, number)
    connection.execute(
        "INSERT INTO versions (number, digest, about, context) VALUES (?, ?, ?, ?)",
        (number, hashlib.sha256(manifest).hexdigest(), json.dumps(about), run),
    )


def said_of(store: Path, number: int) -> tuple[bytes, dict[str, Any]]:
    """The manifest of a version and what it says of it; empty where the manifest cannot be read."""
    try:
        manifest = (folder_of(store, number) / MANIFEST).read_bytes()
        return manifest, dict(json.loads(manifest)["about"])
    except (OSError, ValueError, KeyError, TypeError):
        return b"", {}
