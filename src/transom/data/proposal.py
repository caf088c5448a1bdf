"""What is proposed of a data file: a schema, why, and the file's rows as data lines."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from transom.schema.schema import Schema


@dataclass(frozen=True)
class Proposal:
    """A schema that the rows fit; `notes` say by payload or task what was guessed, `remarks` what else to know.

    `records` are the data lines to write; None where the file holds them already.
    """

    schema: Schema
    notes: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    records: Iterable[Mapping[str, Any]] | None = None
