"""Versions and the moves of aliases as people read them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console, ConsoleOptions, RenderableType
from rich.text import Text

from transom.cli.figures import MISSING, counted
from transom.cli.grid import grid, indented
from transom.cli.options import HERE, named
from transom.export.aliases import Move
from transom.export.layout import CANDIDATE, LIVE
from transom.export.versions import Version
from transom.pipeline.releases import GateSaid, Releases

HEADINGS = ("aliases", "version", "gate", "made", "run", "transom")
STYLES = {LIVE: "bold green", CANDIDATE: "yellow"}


@dataclass(frozen=True)
class VersionView:
    """A line a version and a line a move, the newest first."""

    releases: Releases
    project: Path = HERE

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """The versions, what was left out, then the history."""
        found = self.releases
        if not found.versions:
            yield Text(f"No version yet. Next: transom run{named(self.project)}.")
            return
        yield grid(
            HEADINGS, [_version(each, found.gates.get(each.number)) for each in found.versions], options.max_width
        )
        if hidden := found.n_versions - len(found.versions):
            yield indented(Text(f"… and {counted(hidden, 'older version')}: --limit {found.n_versions}", "dim"))
        yield Text()
        for move in found.history:
            yield indented(move_line(move))


def _version(version: Version, gate: GateSaid | None) -> tuple[Text, ...]:
    names = Text(" ").join(Text(alias, STYLES.get(alias, "cyan")) for alias in version.aliases)
    run = MISSING if version.run is None else str(version.run)
    made, writer = (str(version.about.get(key, MISSING)) for key in ("made", "transom"))
    return (
        names,
        Text(str(version.number)),
        _gate(gate),
        Text(minute(made), "dim"),
        Text(run, "dim"),
        Text(writer, "dim"),
    )


def _gate(said: GateSaid | None) -> Text:
    """The verdict in a word; a gate without a rule has let everything pass."""
    if said is None:
        return Text(MISSING, "dim")
    return Text(said.outcome, "bold red") if said.is_refused else Text(said.outcome if said.n_rules else "none", "dim")


def move_line(move: Move) -> Text:
    """A move in one line: when, which alias, to what, and who says why."""
    to = "none" if move.version is None else f"{move.version}{' again' if move.is_rollback else ''}"
    said = ": ".join(part for part in (move.who, move.why) if part)
    return Text.assemble(
        (f"{minute(move.when):16}  ", "dim"), (move.alias, STYLES.get(move.alias, "cyan")), f" → {to}  ", (said, "dim")
    )


def minute(time: str) -> str:
    """An ISO time without its seconds and zone; the times of a store are in UTC.

    >>> minute("2026-11-21T09:30:05+00:00")
    '2026-11-21 09:30'
    """
    return time[:16].replace("T", " ")
