"""What must hold between records: an id of their own, a split for all or for none, vectors of one length."""

from pathlib import Path

import numpy as np
import polars as pl

from transom.data.checking import Refused, refuse
from transom.data.dataset import BUCKET, FILE, LINE, ROW, SERVED, scan_parts
from transom.data.decode import at_pointer, quoted
from transom.data.split import SplitRule
from transom.errors import Problem
from transom.schema.payloads import Sequence, Singleton
from transom.schema.schema import Schema

Late = dict[int, Refused]
"""Rows of the parts that may not stay after all, and why."""


def duplicates(folder: Path) -> Late:
    """Rows whose id an earlier row has. A served prediction may: it was asked for again.

    Only 64 bits of each id are in memory; the ids of which two agree in these are read again.
    """
    hashed = scan_parts(folder).select(pl.col("id").hash()).collect(engine="streaming").to_series().to_numpy()
    hashed = np.sort(hashed)
    repeated = np.unique(hashed[1:][hashed[1:] == hashed[:-1]])
    if not len(repeated):
        return {}
    rows = scan_parts(folder).with_row_index(ROW).filter(pl.col("id").hash().is_in(pl.Series(repeated)))
    suspects = rows.select(ROW, "id", FILE, LINE, pl.col(SERVED).is_not_null()).collect()
    first = suspects.unique("id", keep="first", maintain_order=True)
    later = suspects.join(first, on="id", suffix="_first", maintain_order="left").filter(
        pl.col(ROW) != pl.col(f"{ROW}_first")
    )
    columns = [ROW, FILE, LINE, SERVED, "id", f"{FILE}_first", f"{LINE}_first"]
    return {
        row: refuse(file, line, [] if is_served else [_taken(name, f"{first_file}:{first_line}")])
        for row, file, line, is_served, name, first_file, first_line in later.select(columns).iter_rows()
    }


def _taken(name: str, first: str) -> Problem:
    message = f"{quoted(name)} is already the id of {first}. Give each record its own; a patch has no 'payloads'."
    return Problem("T041", message, pointer="/id")


def split_rule(folder: Path, late: Late) -> SplitRule:
    """Where the examples go: as their tags say, as far as any says so."""
    said = _rows(folder, late).select(pl.col("split").unique()).collect().to_series().to_list()
    if said in ([], [None]):
        return "seeded"
    return "tags" if "dev" in said else "dev from train"


def without_split(folder: Path, late: Late, rule: SplitRule) -> Late:
    """Rows whose tags do not say a split, where those of others do. A served prediction need not."""
    if rule == "seeded":
        return {}
    rows = _rows(folder, late).filter(pl.col("split").is_null() & pl.col(SERVED).is_null())
    message = "no tag says its split, while those of other examples do. Add one of the tags train, dev, test."
    problem = Problem("T047", message, pointer="/tags")
    return {
        row: refuse(file, line, [problem]) for row, file, line in rows.select(ROW, FILE, LINE).collect().iter_rows()
    }


def without_group(folder: Path, late: Late, rule: SplitRule, prefix: str) -> Late:
    """Rows that must be put into a split by their group and do not have one."""
    drawn = pl.col("split") == "train" if rule == "dev from train" else pl.col(SERVED).is_null()
    rows = _rows(folder, late).filter(pl.lit(rule != "tags") & drawn & pl.col(BUCKET).is_null())
    found = rows.select(ROW, FILE, LINE, "tags").collect().iter_rows()
    return {row: refuse(file, line, [_no_group(tags, prefix)]) for row, file, line, tags in found}


def _no_group(tags: list[str], prefix: str) -> Problem:
    groups = [quoted(tag) for tag in dict.fromkeys(tags) if tag.startswith(prefix)]
    by = f"with {quoted(prefix)}, by which model.yaml splits"
    message = f"{' and '.join(groups)} all begin {by}. Keep one." if groups else f"no tag begins {by}. Add one."
    return Problem("T056", message, pointer="/tags")


def uneven_vectors(folder: Path, late: Late, schema: Schema) -> Late:
    """Rows with a vector that has not as many numbers as the first one of its payload."""
    refused: Late = {}
    for payload in schema.payloads:
        if isinstance(payload, Singleton | Sequence) and payload.value == "vector":
            refused |= _uneven(folder, late, payload)
    return refused


def _uneven(folder: Path, late: Late, payload: Singleton | Sequence) -> Late:
    column = pl.col(payload.name)
    is_sequence = isinstance(payload, Sequence)
    lengths = column.list.eval(pl.element().list.len()) if is_sequence else pl.concat_list(column.list.len())
    rows = _rows(folder, late).filter(column.is_not_null()).select(ROW, FILE, LINE, lengths.alias("lengths"))
    first = rows.filter(pl.col("lengths").list.len() > 0).head(1).collect()
    if not len(first):
        return {}
    _, first_file, first_line, (length, *_) = first.row(0)
    uneven = rows.filter(pl.col("lengths").list.eval(pl.element() != length).list.any()).collect()
    refused: Late = {}
    for row, file, line, found in uneven.iter_rows():
        place, other = next((place, other) for place, other in enumerate(found) if other != length)
        message = f"the length is {other}, but that of the first vector, in {first_file}:{first_line}, is {length}."
        problem = at_pointer(Problem("T057", message), "payloads", payload.name, *([place] if is_sequence else []))
        refused[row] = refuse(file, line, [problem])
    return refused


def _rows(folder: Path, late: Late) -> pl.LazyFrame:
    """The rows that may stay so far, numbered."""
    rows = scan_parts(folder).with_row_index(ROW)
    return rows.filter(~pl.col(ROW).is_in(list(late))) if late else rows
