"""A version before and after it has a number: what the stages `export` and `register` give."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from transom.errors import Problem

SCHEMA, REPORT, SETTINGS, VERDICT = "schema.json", "report.json", "settings.json", "verdict.json"
STATISTICS = "statistics.json"
"""Files of a version."""


@dataclass(frozen=True)
class Package:
    """A version before it has a number: its files, and what its manifest says about it."""

    files: Mapping[str, bytes]
    about: Mapping[str, Any]
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Registered:
    """A version by its number; where it is depends on where the store is, which may be moved."""

    number: int
