"""Splits: where an example goes when its tags do not say."""

from typing import Literal

import polars as pl

SPLITS = ("train", "dev", "test")

SplitRule = Literal["tags", "dev from train", "seeded"]
"""`tags`: as they say; `dev from train`: so, and a seeded tenth of train is dev; `seeded`: 80 / 10 / 10."""


def split_expression(rule: SplitRule) -> pl.Expr:
    """The split of each row, from the one in its tags and its bucket: a hash of its id or group as a share of 1."""
    given, bucket, served = pl.col("split"), pl.col("transom:bucket"), pl.col("transom:served")
    if rule == "seeded":
        drawn = (
            pl.when(bucket < 0.8).then(pl.lit("train")).when(bucket < 0.9).then(pl.lit("dev")).otherwise(pl.lit("test"))
        )
        return pl.when(served.is_null()).then(drawn).otherwise(given).alias("split")
    if rule == "dev from train":
        return pl.when((given == "train") & (bucket < 0.1)).then(pl.lit("dev")).otherwise(given).alias("split")
    return given
