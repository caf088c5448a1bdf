"""Examples that were forgotten: known by a mark that does not say which they were."""

import hashlib
from pathlib import Path

import orjson

MARK = "sha256"


def mark_of(name: str) -> str:
    """The mark of an example's id."""
    return hashlib.sha256(name.encode()).hexdigest()


def read_forgotten(file: Path) -> frozenset[str]:
    """The marks in a file of JSON lines; none where there is no file."""
    if not file.exists():
        return frozenset()
    return frozenset(orjson.loads(line)[MARK] for line in file.read_bytes().splitlines() if line.strip())
