"""Rows of Parquet files as the lines of JSON that they stand for."""

import math
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from transom.data.jsonl import Block

BLOCK_ROWS = 4096


def read_rows(path: Path, name: str) -> Iterator[Block]:
    """All rows of a file, numbered from 1. Null and NaN are absent: Parquet has no other way to say so."""
    first = 1
    try:
        for rows in pl.scan_parquet(path, glob=False).collect_batches(chunk_size=BLOCK_ROWS, maintain_order=True):
            lines = [orjson.dumps(_present(row), default=_as_json) for row in rows.to_dicts()]
            yield Block(name, first, lines)
            first += len(lines)
    except (OSError, pl.exceptions.PolarsError) as error:
        yield Block(name, first, [], damage=str(error).partition("\n")[0])


def _present(value: Any) -> Any:
    """A value without the keys whose value is null or NaN; an infinity becomes text, so that checking refuses it."""
    if isinstance(value, dict):
        return {key: _present(each) for key, each in value.items() if each is not None and not _is_nan(each)}
    if isinstance(value, list):
        return [None if _is_nan(each) else _present(each) for each in value]
    return str(value) if isinstance(value, float) and math.isinf(value) else value


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _as_json(value: Any) -> Any:
    """What orjson cannot write: decimals are numbers, bytes and all else are text."""
    if isinstance(value, Decimal):
        return float(value)
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
