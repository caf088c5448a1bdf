"""Aliases: names that point to a version, and every move that they ever made.

The moves are the only record: where an alias points is its last move, so the history cannot contradict the present.
"""

import getpass
import os
import re
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from transom.errors import ArtifactError, Location, UsageError, listed
from transom.export.adoption import adopt
from transom.export.artifact import open_artifact
from transom.export.database import reading, writing
from transom.export.layout import CANDIDATE, LIVE, folder_of, numbers

NAME = re.compile(r"(?!v\d+$)[A-Za-z][A-Za-z0-9_.-]*")


@dataclass(frozen=True)
class Reason:
    """Who moves an alias, when and why; all three are kept."""

    who: str
    when: datetime
    why: str = ""


def current_user() -> str:
    """The name of whoever runs this process, as the environment or the system knows it; else the user's number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run as a user whom it does not know
        return str(os.getuid())


@dataclass(frozen=True)
class Move:
    """An alias that was pointed to a version, or to none; `when` is an ISO time, empty where it is not known."""

    alias: str
    version: int | None
    who: str
    when: str
    why: str
    is_rollback: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The move as `versions --json` prints it."""
        return {"alias": self.alias, "version": self.version, "who": self.who, "when": self.when, "why": self.why}


def alias_of(store: Path, name: str) -> int | None:
    """The number of the version that the alias points to, or None; cheap enough to ask before every request."""
    with reading(store) as connection:
        return points_to(connection, name)


def aliases(store: Path) -> dict[str, int]:
    """Every alias that points to a version."""
    with reading(store) as connection:
        found = connection.execute(
            "SELECT alias, version FROM moves WHERE id IN (SELECT max(id) FROM moves GROUP BY alias) "
            "AND version IS NOT NULL ORDER BY alias"
        )
        return dict(found.fetchall())


def history(store: Path, alias: str | None = None, *, limit: int = -1) -> tuple[Move, ...]:
    """The moves of one alias, or of all, the newest first; their order is that in which they were made."""
    with reading(store) as connection:
        return moves_of(connection, alias, limit)


def promote(store: Path, version: int, reason: Reason, *, alias: str = LIVE) -> Move | None:
    """Points an alias to a version that is whole; the live version is no candidate any more. None if it does already.

    Raises:
        UsageError: the alias would be taken for a number.
        ArtifactError: there is no such version, or it is damaged.
    """
    if not NAME.fullmatch(alias):
        rule = "Begin with a letter; letters, digits, '.', '-' and '_' may follow."
        raise UsageError("T164", f"{alias!r} is no name for an alias. {rule}")
    _require_whole(store, version)
    with writing(store) as connection:
        adopt(connection, store)
        if points_to(connection, alias) == version:
            return None
        move = point(connection, alias, version, reason)
        if alias == LIVE and points_to(connection, CANDIDATE) == version:
            point(connection, CANDIDATE, None, Reason(reason.who, reason.when, f"version {version} is live"))
        return move


def roll_back(store: Path, reason: Reason, *, alias: str = LIVE) -> Move:
    """Points an alias back to where it was before it came to its present version; twice goes back twice.

    Raises:
        ArtifactError: there is nothing to go back to, or that version is damaged.
    """
    likely = _before(store, alias, history(store, alias))
    _require_whole(store, likely)  # reads all its files, so not while others wait
    with writing(store) as connection:
        version = _before(store, alias, moves_of(connection, alias))
        if version != likely:
            _require_whole(store, version)
        return point(connection, alias, version, reason, is_rollback=True)


def point(
    connection: sqlite3.Connection, alias: str, version: int | None, reason: Reason, *, is_rollback: bool = False
) -> Move:
    """Enters a move into the history."""
    move = Move(alias, version, reason.who, reason.when.isoformat(timespec="seconds"), reason.why, is_rollback)
    connection.execute(
        "INSERT INTO moves (alias, version, who, moment, why, is_rollback) VALUES (?, ?, ?, ?, ?, ?)",
        (move.alias, move.version, move.who, move.when, move.why, move.is_rollback),
    )
    return move


def points_to(connection: sqlite3.Connection, alias: str) -> int | None:
    """Where an alias points now."""
    row = connection.execute("SELECT version FROM moves WHERE alias = ? ORDER BY id DESC LIMIT 1", (alias,)).fetchone()
    return None if row is None else row[0]


def moves_of(connection: sqlite3.Connection, alias: str | None = None, limit: int = -1) -> tuple[Move, ...]:
    """The moves of one alias, or of all, the newest first."""
    rows = connection.execute(
        "SELECT alias, version, who, moment, why, is_rollback FROM moves WHERE ?1 IS NULL OR alias = ?1 "
        "ORDER BY id DESC LIMIT ?2",
        (alias, limit),
    )
    return tuple(Move(name, version, who, when, why, bool(back)) for name, version, who, when, why, back in rows)


def _before(store: Path, alias: str, moves: tuple[Move, ...]) -> int:
    """The version where the alias was before the present one, without those that were rolled back from."""
    path: list[int] = []
    for move in reversed(moves):
        if move.is_rollback:
            path.pop()
        elif move.version is not None:
            path.append(move.version)
    if len(path) < 2:
        now = f"it has only been on version {path[0]}" if path else "it points to no version"
        message = f"{alias!r} cannot be rolled back: {now}. Name a version: transom promote V."
        raise ArtifactError("T159", message, Location(str(store)))
    return path[-2]


def _require_whole(store: Path, version: int) -> None:
    known = numbers(store)
    if version not in known:
        message = f"there is no version {version}. Versions: {listed([str(number) for number in reversed(known)])}."
        raise ArtifactError("T148", message, Location(str(store)))
    open_artifact(folder_of(store, version))
