"""Files of facts that rules match with examples: tables, and lists of names."""

from pathlib import Path

import polars as pl


def read_table(path: Path) -> pl.DataFrame:
    """A CSV or Parquet file with every value as text.

    Raises:
        OSError: the file cannot be opened.
        pl.exceptions.PolarsError: it is not what its name says.
    """
    if path.suffix == ".parquet":
        return pl.read_parquet(path).cast(pl.String)
    return pl.read_csv(path, infer_schema=False, encoding="utf8")


def read_entries(path: Path) -> list[str]:
    """The entries of a text file, one a line; blank lines and those that begin with # say nothing.

    Raises:
        OSError: the file cannot be opened.
        UnicodeDecodeError: it is not UTF-8 text.
    """
    lines = [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines()]
    return [line for line in lines if line and not line.startswith("#")]
