"""Releases: the versions of a project, and where its aliases point."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from transom.export import aliases
from transom.export.aliases import Move, Reason, current_user
from transom.export.layout import LIVE, folder_of, numbers, store_of
from transom.export.store import find_version
from transom.export.versions import Version, newest_versions
from transom.pipeline.package import VERDICT

LIMIT = 20
"""How many versions and moves are shown unless more are asked for."""


@dataclass(frozen=True)
class GateSaid:
    """What the gate said of a version when it was made: `passed` or `refused`, why, and by how many rules."""

    outcome: str
    why: str
    n_rules: int

    @property
    def is_refused(self) -> bool:
        """Whether it was made live, if it is, by a person and against the gate."""
        return self.outcome == "refused"

    def as_dict(self) -> dict[str, Any]:
        """The words of the gate as `versions --json` and `promote --json` print them."""
        return asdict(self)


@dataclass(frozen=True)
class Releases:
    """Versions and moves of aliases, the newest first, and how many versions there are in all.

    `gates` is what the gate said, by the version's number; a version that says nothing of it is not there.
    """

    versions: tuple[Version, ...]
    history: tuple[Move, ...]
    n_versions: int
    gates: Mapping[int, GateSaid] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """What `versions --json` prints."""
        said = {number: gate.as_dict() for number, gate in self.gates.items()}
        return {
            "versions": [{**version.as_dict(), "gate": said.get(version.number)} for version in self.versions],
            "history": [move.as_dict() for move in self.history],
            "n_versions": self.n_versions,
        }


def versions(folder: Path | str = ".", *, store: Path | str | None = None, limit: int = LIMIT) -> Releases:
    """The newest versions of a project, those that an alias points to, and the newest moves of aliases."""
    place = store_of(folder, store)
    known = numbers(place)
    shown = newest_versions(place, limit, known)
    gates = {version.number: said for version in shown if (said := gate_of(place, version.number)) is not None}
    return Releases(shown, aliases.history(place, limit=limit), len(known), gates)


def gate_of(store: Path, number: int) -> GateSaid | None:
    """What the gate said of a version, by the file that it keeps; None where that is missing or cannot be read."""
    try:
        verdict = json.loads((folder_of(store, number) / VERDICT).read_bytes())
        return GateSaid(str(verdict["outcome"]), str(verdict["why"]), len(verdict["judgements"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


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
