"""Erasing: all records of one example out of a data file or a segment of the log."""

import gzip
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from transom.data.files import read_file
from transom.data.jsonl import BOM
from transom.export.objects import rewrite_durably


def records(file: Path, name: str) -> Iterator[dict[str, Any]]:
    """The records of a data file that have this id: the example, its patches, predictions about it."""
    for block in read_file(file):
        yield from (orjson.loads(line) for line in block.lines if _is_of(line, name))


def count_records(file: Path, name: str) -> int:
    """How many records of a data file have this id."""
    return sum(1 for _ in records(file, name))


def rewrite(file: Path, name: str) -> int:
    """Writes a data file again without the example, and gives how many records that were; other lines stay as they are.

    A link stays a link: the file that it leads to is written.
    """
    place = file.resolve()
    n_found = count_records(place, name)
    if n_found:
        if place.suffix == ".parquet":
            content = io.BytesIO()
            rows = pl.read_parquet(place, glob=False)
            rows.filter(pl.col("id").is_null() | (pl.col("id") != name)).write_parquet(content)
            new = content.getvalue()
        else:
            is_packed = place.suffix == ".gz"
            old = gzip.decompress(place.read_bytes()) if is_packed else place.read_bytes()
            new = _without(name, old)
            new = gzip.compress(new, mtime=0) if is_packed else new
        rewrite_durably(place, new)
    return n_found


def blank_out(file: Path, name: str) -> int:
    """Overwrites the example's lines with spaces where they stand, and gives how many lines that were.

    So a server may append to the file meanwhile. A packed file, to which nobody appends, is written again.
    """
    if file.suffix == ".gz":
        return rewrite(file, name)
    n_found = 0
    with file.open("r+b") as lines:
        for start, line in _placed(lines):
            if _is_of(line, name):
                n_found += 1
                os.pwrite(lines.fileno(), b" " * len(line.rstrip(b"\r\n")), start)
        os.fsync(lines.fileno())
    return n_found


def _without(name: str, content: bytes) -> bytes:
    """The lines of a file that are not of the example, as a reader has them: a byte order mark is part of none."""
    mark = BOM if content.startswith(BOM) else b""
    return mark + b"".join(line for line in io.BytesIO(content[len(mark) :]) if not _is_of(line, name))


def _placed(lines: io.BufferedRandom) -> Iterator[tuple[int, bytes]]:
    start = 0
    for line in lines:
        yield start, line
        start += len(line)


def _is_of(line: bytes, name: str) -> bool:
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return isinstance(record, dict) and record.get("id") == name
