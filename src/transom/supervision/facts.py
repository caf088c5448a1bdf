"""Files of facts that rules match with examples: tables, and lists of names."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import polars as pl

from transom.errors import NOWHERE, Location, Problem, ProjectError

FactsT = TypeVar("FactsT")


def read_table(path: Path) -> pl.DataFrame:
    """A CSV or Parquet file with every value as text.

    Raises:
        OSError: the file cannot be opened.
        pl.exceptions.PolarsError: it is not what its name says.
    """
    if path.suffix == ".parquet":
        return pl.read_parquet(path, glob=False).cast(pl.String)
    return pl.read_csv(path, infer_schema=False, encoding="utf8", glob=False)


def read_entries(path: Path) -> list[str]:
    """The entries of a text file, one a line; blank lines and those that begin with # say nothing.

    Raises:
        OSError: the file cannot be opened.
        UnicodeDecodeError: it is not UTF-8 text.
    """
    lines = [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def read_fact_file(read: Callable[[Path], FactsT], folder: Path, name: str, at: Location = NOWHERE) -> FactsT:
    """What `read_table` or `read_entries` makes of a file of the project.

    Raises:
        ProjectError: the file is not there or cannot be read; `at` is where the rule names it.
    """
    try:
        return read(folder / name)
    except FileNotFoundError:
        message = f"There is no file {name!r} in the project's folder."
    except (OSError, UnicodeDecodeError, pl.exceptions.PolarsError) as error:
        message = f"{name!r} cannot be read: {str(error).split(chr(10), 1)[0].rstrip('.')}."
    raise ProjectError([Problem("T086", message, at)])
