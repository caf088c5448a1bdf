"""Sweeping the cache: what was used longest ago goes when the cache is larger than it may be."""

import math
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from transom.export.layout import CACHE, LOOKUP, OBJECTS, VERSIONS
from transom.pipeline.cache import CHECKPOINTS, REMEMBERED
from transom.pipeline.datasets import datasets_of
from transom.pipeline.locks import locked_if_free

GRACE_S = 600.0
"""What was used so recently stays: this run needs it, or another that goes on right now."""

ABANDONED_S = 24 * 3600.0
"""A file that nobody finished within this time was left by a run that was killed."""

CHECKPOINTS_LAST_S = 7 * 24 * 3600.0
"""A run that was killed and not repeated within a week does not go on where it was."""

UNFINISHED = ".*-*"
"""How the names of files and folders look that are being written: `.reading-x1y2`."""


@dataclass(frozen=True)
class Kept:
    """A file or folder of the cache, how much it holds, and when it was used.

    It goes `lasts_s` seconds later even where there is room. `key` is that of the stage that writes it while it runs.
    """

    path: Path
    size_bytes: int
    used_s: float
    lasts_s: float = math.inf
    key: str | None = None


def sweep(store: Path, *, limit_bytes: int, now_s: float) -> int:
    """Deletes what was used longest ago until the cache holds at most `limit_bytes`; gives the bytes that went.

    What was used within the last ten minutes stays, and so do the checkpoints of a stage that runs. Versions, the
    database and the log are not part of the cache.
    """
    for path in _unfinished(store):
        if now_s - _used(path) > ABANDONED_S:
            _delete(path)
    kept = sorted((*_kept(store), *_checkpoints(store)), key=lambda each: each.used_s)
    size = sum(each.size_bytes for each in kept)
    swept = 0
    for each in kept:
        age_s = now_s - each.used_s
        is_too_much = size - swept > limit_bytes and age_s >= GRACE_S
        if (is_too_much or age_s >= each.lasts_s) and _is_deleted(each, store):
            swept += each.size_bytes
    return swept


def _kept(store: Path) -> Iterator[Kept]:
    files = [*(store / OBJECTS).glob("??/*"), *(store / CACHE / REMEMBERED).glob("??/*")]
    for path in (path for path in files if not path.name.startswith(".")):
        yield Kept(path, _size(path), _used(path))
    for folder in datasets_of(store).glob("[!.]*"):
        yield Kept(folder, sum(map(_size, folder.glob("*"))), _used(folder))  # of a folder that is gone, nothing


def _checkpoints(store: Path) -> Iterator[Kept]:
    for folder in (store / CACHE / CHECKPOINTS).glob("*"):
        files = [path for path in folder.rglob("*") if path.is_file()]
        sizes, used = zip(*map(_status, files or [folder]), strict=True)
        yield Kept(folder, sum(sizes), max(used), CHECKPOINTS_LAST_S, folder.name)


def _is_deleted(kept: Kept, store: Path) -> bool:
    """Deletes it, unless a stage that runs right now writes it."""
    if kept.key is None:
        _delete(kept.path)
        return True
    with locked_if_free(store / CACHE, kept.key) as is_ours:
        if is_ours:
            _delete(kept.path)
        return is_ours


def _unfinished(store: Path) -> Iterator[Path]:
    remembered = store / CACHE / REMEMBERED / "??"
    places = (store, store / VERSIONS, store / LOOKUP, store / OBJECTS / "??", store / CACHE)
    for folder in (*places, datasets_of(store), remembered):
        yield from folder.parent.glob(f"{folder.name}/{UNFINISHED}")


def _size(path: Path) -> int:
    return _status(path)[0]


def _used(path: Path) -> float:
    return _status(path)[1]


def _status(path: Path) -> tuple[int, float]:
    """Size in bytes and time of the last use; another run may have deleted the file just now."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return 0, 0.0
    return status.st_size, status.st_mtime


def _delete(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
