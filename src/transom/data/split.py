"""Splits: where an example goes when its tags do not say."""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Literal

SPLITS = ("train", "dev", "test")

SplitRule = Literal["tags", "dev from train", "seeded"]
"""`tags`: as they say; `dev from train`: so, but a tenth of train is dev; `seeded`: 80, 10 and 10 of 100."""


def buckets(texts: Sequence[str | None], seed: int) -> list[float | None]:
    """A share in [0, 1) for each text, drawn by a hash: on every machine the same for the same text and seed."""
    salt = b"%d/" % seed
    hashed = [None if text is None else blake2b(salt + text.encode(), digest_size=7).digest() for text in texts]
    return [None if each is None else int.from_bytes(each, "little") / (1 << 56) for each in hashed]


def group_of(tags: Iterable[str], prefix: str) -> str | None:
    """The one tag that begins with the prefix; None where there is no such tag, or more than one."""
    groups = {tag for tag in tags if tag.startswith(prefix)}
    return groups.pop() if len(groups) == 1 else None
