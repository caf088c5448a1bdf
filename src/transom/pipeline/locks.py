"""Locks between processes: of two runs that want the same result, one works it out and the other waits for it."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

N_FILES = 256
"""Locks share this many files, which are never deleted; that two keys share one only makes a run wait in vain."""


@contextmanager
def locked(cache: Path, key: str) -> Iterator[None]:
    """Holds the lock of a key, in hex; it is free again as soon as its process ends, however it does.

    A process that holds one asks for no other, so no two can wait for each other.

    Raises:
        OSError: the folder cannot be written.
    """
    with _lock_file(cache, key) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def locked_if_free(cache: Path, key: str) -> Iterator[bool]:
    """Holds the lock of a key unless another holds it, without waiting; says whether it does.

    Raises:
        OSError: the folder cannot be written.
    """
    with _lock_file(cache, key) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            is_held = False
        else:
            is_held = True
        yield is_held


def _lock_file(cache: Path, key: str) -> TextIO:
    folder = cache / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    return (folder / f"{int(key, 16) % N_FILES:02x}").open("a")
