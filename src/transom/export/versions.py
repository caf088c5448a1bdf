"""The versions of a store, as a person looks through them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transom.export.adoption import said_of
from transom.export.aliases import aliases
from transom.export.database import reading
from transom.export.layout import numbers


@dataclass(frozen=True)
class Version:
    """A version, the aliases that point to it, the run that made it, and what its manifest says of it.

    `run` is None where the version was made elsewhere, or before runs were recorded.
    """

    number: int
    aliases: tuple[str, ...]
    run: int | None
    about: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """The version as `versions --json` prints it."""
        return {**self.about, "version": self.number, "aliases": list(self.aliases), "run": self.run}


def newest_versions(store: Path, limit: int, known: Sequence[int] | None = None) -> tuple[Version, ...]:
    """The newest versions first, by number, and in any case those that an alias points to.

    `known` are the numbers that there are, where that was found out already.
    """
    known = numbers(store) if known is None else known
    named = aliases(store)
    newest = known[max(0, len(known) - limit) :]
    shown = sorted({*newest, *(number for number in named.values() if number in known)}, reverse=True)
    entered = _entered(store, shown)
    return tuple(
        Version(
            number,
            tuple(alias for alias, target in named.items() if target == number),
            *entered.get(number) or (None, said_of(store, number)[1]),
        )
        for number in shown
    )


def _entered(store: Path, shown: Sequence[int]) -> dict[int, tuple[int | None, dict[str, Any]]]:
    """The run and the manifest's words of those versions that the database knows."""
    with reading(store) as connection:
        rows = connection.execute(
            "SELECT number, context, about FROM versions WHERE number IN (SELECT value FROM json_each(?))",
            (json.dumps(shown),),
        )
        return {number: (run, json.loads(about)) for number, run, about in rows}
