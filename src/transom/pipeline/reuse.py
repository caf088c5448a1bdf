"""What a run may take over from earlier ones, and how much of its own it leaves behind."""

import re
from dataclasses import dataclass

from transom.errors import UsageError

UNITS = {"": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
CACHE_SIZE = "5GB"


@dataclass(frozen=True)
class Reuse:
    """Stages named in `force` run even if nothing changed. With `rehash` every file is read for its fingerprint.

    Without it a file counts as unchanged if its size, its times and its inode are as they were. What was used longest
    ago is deleted where the cache holds more than `cache_size`.

    Raises:
        UsageError: `cache_size` is no size.
    """

    force: tuple[str, ...] = ()
    rehash: bool = False
    cache_size: str = CACHE_SIZE

    def __post_init__(self) -> None:
        bytes_of(self.cache_size)

    @property
    def limit_bytes(self) -> int:
        """The size that the cache may have."""
        return bytes_of(self.cache_size)


def bytes_of(size: str) -> int:
    """A size in bytes.

    >>> bytes_of("1.5 GB")
    1500000000

    Raises:
        UsageError: it is no size.
    """
    found = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([KMGT]B)?\s*", size, re.IGNORECASE)
    if not found:
        raise UsageError("T202", f"{size!r} is no size. Write a number with KB, MB, GB or TB, such as {CACHE_SIZE}.")
    return int(float(found[1]) * UNITS[(found[2] or "").upper()])
