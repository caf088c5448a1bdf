"""The store: numbered versions under `.transom/versions`, each an artifact that never changes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from transom.errors import ArtifactError, Location, listed
from transom.export.artifact import Artifact, open_artifact, write_artifact

LIVE = "live"


def versions(store: Path) -> tuple[int, ...]:
    """The numbers of the versions there are, ascending."""
    folder = store / "versions"
    if not folder.is_dir():
        return ()
    return tuple(sorted(int(entry.name) for entry in folder.iterdir() if entry.name.isdigit()))


def register(store: Path, files: Mapping[str, bytes], about: Mapping[str, Any]) -> int:
    """Writes a new version and gives its number; two runs at once get two numbers."""
    while True:
        number = max(versions(store), default=0) + 1
        folder = store / "versions" / str(number)
        try:
            write_artifact(folder, files, {**about, "version": number})
        except OSError as problem:
            if folder.is_dir():
                continue  # another run took the number; the next is free
            raise ArtifactError("T146", f"the version cannot be written: {problem}.", Location(str(store))) from problem
        return number


def open_version(store: Path, version: str = LIVE) -> Artifact:
    """The version of that number, or with `live` the newest one.

    Raises:
        ArtifactError: there is no such version, or it is damaged.
    """
    known = versions(store)
    if not known:
        raise ArtifactError("T147", "there is no version yet. Run: transom run.", Location(str(store)))
    number = str(known[-1]) if version == LIVE else version.removeprefix("v")
    if number not in map(str, known):
        raise ArtifactError(
            "T148",
            f"there is no version {version!r}. Versions: {listed([LIVE, *map(str, reversed(known))])}.",
            Location(str(store)),
        )
    return open_artifact(store / "versions" / number)
