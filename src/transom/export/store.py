"""The store: numbered versions, each an artifact that never changes, found by number or by alias."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from transom.errors import ArtifactError, Location, did_you_mean, listed
from transom.export.adoption import adopt, enter
from transom.export.aliases import Reason, aliases, point, points_to
from transom.export.artifact import Artifact, open_artifact, publish, staged
from transom.export.database import writing
from transom.export.layout import CANDIDATE, LIVE, VERSIONS, folder_of, numbers


def register(
    store: Path,
    files: Mapping[str, bytes],
    about: Mapping[str, Any],
    reason: Reason,
    *,
    alias: str | None = CANDIDATE,
    run: int | None = None,
) -> int:
    """Writes a new version and gives its number; the version and its alias appear together.

    The files are written before the store is locked, so any number of processes may register at once.

    Args:
        store: the folder of the store.
        files: the content of each file of the artifact.
        about: what its manifest says of it, beside its number and when it was made.
        reason: who registers it, when and why.
        alias: what points to it; a candidate becomes live where no version is, and None is for a refused version.
        run: the run that made it.

    Raises:
        ArtifactError: the store cannot be written.
    """
    try:
        with staged(store / VERSIONS, files) as artifact, writing(store) as connection:
            adopt(connection, store)
            number = 1 + connection.execute("SELECT coalesce(max(number), 0) FROM versions").fetchone()[0]
            made = reason.when.isoformat(timespec="seconds")
            publish(artifact, folder_of(store, number), {**about, "version": number, "made": made})
            enter(connection, store, number, run=run)
            if alias == CANDIDATE and points_to(connection, LIVE) is None:
                alias = LIVE
            if alias is not None:
                point(connection, alias, number, reason)
            return int(number)
    except OSError as problem:
        raise ArtifactError("T146", f"the version cannot be written: {problem}.", Location(str(store))) from problem


def open_version(store: Path, version: str = LIVE) -> Artifact:
    """The version of that number or alias, after every file was found whole.

    Raises:
        ArtifactError: there is no such version, or it is damaged.
    """
    return open_artifact(folder_of(store, find_version(store, version)))


def find_version(store: Path, version: str) -> int:
    """The number of a version that is named by number (`7`, `v7`) or by alias.

    Raises:
        ArtifactError: there is no such version.
    """
    known = numbers(store)
    if not known and not store.parent.is_dir():
        message = f"there is no folder {str(store.parent)!r}. Name a project's folder, or its store with --store DIR."
        raise ArtifactError("T147", message)
    if not known:
        raise ArtifactError("T147", "there is no version yet. Run: transom run.", Location(str(store)))
    names, newest_first = aliases(store), [str(number) for number in reversed(known)]
    number = str(names.get(version, version.removeprefix("v")))
    if number in newest_first:
        return int(number)
    if version == LIVE and LIVE not in names:
        message = f"no version is live. Versions: {listed(newest_first)}. Run: transom promote {newest_first[0]}."
        raise ArtifactError("T161", message, Location(str(store)))
    gone = f"{version!r} points to version {number}, whose folder is gone"
    what = gone if version in names else f"there is no version {version!r}"
    message = f"{what}. Versions: {listed([*names, *newest_first])}."
    raise ArtifactError("T148", f"{message}{did_you_mean(version, names)}", Location(str(store)))
