"""Locks between processes: of two runs that want the same result, one works it out and the other waits for it."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

N_FILES = 256
"""Locks share this many files, which are never deleted; that two keys share one only makes a run wait in vain."""


@contextmanager
def locked(cache: Path, key: str) -> Iterator[None]:
    """Holds the lock of a key, in hex; it is free again as soon as its process ends, however it does.

    A process that holds one asks for no other, so no two can wait for each other.

    Raises:
        OSError: the folder cannot be written.
    """
    folder = cache / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{int(key, 16) % N_FILES:02x}").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
