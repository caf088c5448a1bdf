"""Splits: where an example goes when its tags do not say."""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Literal

import polars as pl

SPLITS = ("train", "dev", "test")

SplitRule = Literal["tags", "dev from train", "seeded"]
"""`tags`: as they say; `dev from train`: so, but a tenth of train is dev; `seeded`: 80, 10 and 10 of 100."""

BUCKET, SERVED = "transom:bucket", "transom:served"
"""Columns with an example's bucket, and with what the log says if it is a served prediction."""


def buckets(texts: Sequence[str | None], seed: int) -> list[float | None]:
    """A share in [0, 1) for each text, drawn by a hash: on every machine the same for the same text and seed."""
    salt = b"%d/" % seed
    hashed = [None if text is None else blake2b(salt + text.encode(), digest_size=7).digest() for text in texts]
    return [None if each is None else int.from_bytes(each, "little") / (1 << 56) for each in hashed]


def group_of(tags: Iterable[str], prefix: str) -> str | None:
    """The one tag that begins with the prefix; None where there is no such tag, or more than one."""
    groups = {tag for tag in tags if tag.startswith(prefix)}
    return groups.pop() if len(groups) == 1 else None


def split_expression(rule: SplitRule) -> pl.Expr:
    """The split of each row, from the one that its tags say and its bucket. A served prediction gets none."""
    said, share = pl.col("split"), pl.col(BUCKET)
    if rule == "dev from train":
        return pl.when((said == "train") & (share < 0.1)).then(pl.lit("dev")).otherwise(said).alias("split")
    if rule == "seeded":
        drawn = (
            pl.when(share < 0.8).then(pl.lit("train")).when(share < 0.9).then(pl.lit("dev")).otherwise(pl.lit("test"))
        )
        return pl.when(pl.col(SERVED).is_null()).then(drawn).alias("split")
    return said
