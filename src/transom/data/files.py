"""Data files, whatever their kind, as blocks of lines."""

from collections.abc import Iterator
from pathlib import Path

from transom.data.jsonl import Block, read_blocks
from transom.data.parquet import read_rows

SUFFIXES = (".jsonl", ".jsonl.gz", ".parquet")


def shown_name(file: Path) -> str:
    """What messages call a file: its name after that of its folder."""
    return f"{file.parent.name}/{file.name}" if file.parent.name else file.name


def read_file(file: Path) -> Iterator[Block]:
    """All lines of a data file, from the first; `Block.damage` tells of what cannot be read."""
    read = read_rows if file.suffix == ".parquet" else read_blocks
    return read(file, shown_name(file))


def read_lines(file: Path, numbers: set[int]) -> Iterator[tuple[int, bytes]]:
    """Some lines of a data file, with their numbers."""
    for block in read_file(file):
        for number, line in enumerate(block.lines, block.first):
            if number in numbers:
                yield number, line
