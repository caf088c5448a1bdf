"""Fingerprints of files: a hash of what each holds, not worked out again while the file stays as it was."""

import hashlib
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from transom.pipeline.checked_file import read_checked, write_checked

MEMO = "fingerprints.json"
MISSING = ""
"""The fingerprint of a file that is not there."""

SETTLED_NS = 2_000_000_000
"""A file that was written within so many nanoseconds of being read may change again and look the same."""

Stamp = tuple[int, int, int, int]
"""Size in bytes, time of the last write and of the last change of any kind in nanoseconds, and inode."""


@dataclass(frozen=True)
class Fingerprints:
    """SHA-256 of files by path, with the stamps that the files had when they were read.

    `known` is from earlier runs; `fresh` was worked out or looked at since, and is what is kept.
    """

    known: Mapping[str, tuple[Stamp, str]] = field(default_factory=dict)
    fresh: dict[str, tuple[Stamp, str]] = field(default_factory=dict)


def fingerprint_of(path: Path, fingerprints: Fingerprints) -> str:
    """SHA-256 in hex of what the file holds, `MISSING` if it is not there.

    A file whose size, times and inode are as they were is not read again.
    """
    name, now = str(path.resolve()), time.time_ns()
    try:
        stamp = stamp_of(path)
        for known in (fingerprints.fresh, fingerprints.known):
            if name in known and known[name][0] == stamp:
                digest = known[name][1]
                break
        else:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return MISSING
    if max(stamp[1], stamp[2]) + SETTLED_NS < now:
        fingerprints.fresh[name] = (stamp, digest)
    return digest


def stamp_of(path: Path) -> Stamp:
    """What the file system says of a file, so that whatever writes to the file changes it."""
    status = os.stat(path)
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def load_fingerprints(cache: Path) -> Fingerprints:
    """What is known from earlier runs: nothing where that was deleted or damaged."""
    content = read_checked(cache / MEMO)
    entries = orjson.loads(content) if content else {}
    return Fingerprints({name: (tuple(stamp), digest) for name, (stamp, digest) in entries.items()})


def save_fingerprints(cache: Path, fingerprints: Fingerprints) -> None:
    """Keeps what was worked out for the next run; of two runs at once one may win."""
    merged = {**fingerprints.known, **fingerprints.fresh}
    if merged != fingerprints.known:
        write_checked(cache / MEMO, orjson.dumps(merged))
