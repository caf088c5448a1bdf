"""Releases: the versions of a project, and where its aliases point."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from transom.export import aliases
from transom.export.aliases import Move, Reason, current_user
from transom.export.layout import LIVE, numbers, store_of
from transom.export.store import find_version
from transom.export.versions import Version, newest_versions

LIMIT = 20
"""How many versions and moves are shown unless more are asked for."""


@dataclass(frozen=True)
class Releases:
    """Versions and moves of aliases, the newest first, and how many versions there are in all."""

    versions: tuple[Version, ...]
    history: tuple[Move, ...]
    n_versions: int

    def as_dict(self) -> dict[str, Any]:
        """What `versions --json` prints."""
        return {
            "versions": [version.as_dict() for version in self.versions],
            "history": [move.as_dict() for move in self.history],
            "n_versions": self.n_versions,
        }


def versions(folder: Path | str = ".", *, store: Path | str | None = None, limit: int = LIMIT) -> Releases:
    """The newest versions of a project, those that an alias points to, and the newest moves of aliases."""
    place = store_of(folder, store)
    known = numbers(place)
    return Releases(newest_versions(place, limit, known), aliases.history(place, limit=limit), len(known))


def promote(
    folder: Path | str,
    version: str,
    *,
    why: str = "",
    alias: str = LIVE,
    store: Path | str | None = None,
    now: datetime | None = None,
) -> Move | None:
    """Points `live`, or another alias, to a version named by number or alias. None if it points there already.

    Raises:
        UsageError: the alias would be taken for a number.
        ArtifactError: there is no such version, or it is damaged.
    """
    place = store_of(folder, store)
    return aliases.promote(place, find_version(place, version), _reason(why, now), alias=alias)


def rollback(
    folder: Path | str = ".",
    *,
    why: str = "",
    alias: str = LIVE,
    store: Path | str | None = None,
    now: datetime | None = None,
) -> Move:
    """Points `live`, or another alias, back to the version where it was before; twice goes back twice.

    Raises:
        ArtifactError: there is nothing to go back to, or that version is damaged.
    """
    return aliases.roll_back(store_of(folder, store), _reason(why, now), alias=alias)


def _reason(why: str, now: datetime | None) -> Reason:
    return Reason(current_user(), now or datetime.now(UTC), why)
