"""Where things are in a store, and what its own aliases are called."""

import os
from pathlib import Path

STORE = ".transom"
DATABASE, OBJECTS, VERSIONS, LOG, CACHE = "store.db", "objects", "versions", "log", "cache"
LOOKUP = "lookup"
FORGOTTEN, REFUSED = "forgotten.jsonl", "refused-lines.jsonl"
LIVE, CANDIDATE = "live", "candidate"


def store_of(project: Path | str, store: Path | str | None = None) -> Path:
    """The store of a project: the folder that was asked for, else `.transom` in the project."""
    return Path(project) / STORE if store is None else Path(store)


def folder_of(store: Path, number: int) -> Path:
    """Where a version is."""
    return store / VERSIONS / str(number)


def numbers(store: Path) -> tuple[int, ...]:
    """The numbers of the versions there are, ascending."""
    folder = store / VERSIONS
    if not folder.is_dir():
        return ()
    return tuple(sorted(int(name) for name in os.listdir(folder) if name.isdecimal()))
