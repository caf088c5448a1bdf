"""Small files of the cache that prove to be whole: what they hold stands behind its hash."""

import hashlib
from pathlib import Path

from transom.export.objects import write_durably

_DIGEST = 32  # bytes of a SHA-256


def read_checked(path: Path) -> bytes | None:
    """What was written into the file; None where there is none, or it has changed since."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    content = data[_DIGEST:]
    return content if hashlib.sha256(content).digest() == data[:_DIGEST] else None


def write_checked(path: Path, content: bytes) -> None:
    """Writes the file, which appears whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    write_durably(path, hashlib.sha256(content).digest() + content)
