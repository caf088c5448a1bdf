"""Slices: named subsets that matter."""

from dataclasses import dataclass, field

from transom.errors import NOWHERE, Location

FUNCTION = {"pattern": r"^[^\W\d][\w.]*:[^\W\d]\w*$", "description": "a function written as module:function"}
"""How a YAML file names a Python function of the project."""


@dataclass(frozen=True)
class Slice:
    """A subset of examples, named by exactly one of a tag, an SQL expression or a Python function.

    `capacity` says whether the model gets an expert for it, or whether it is only reported.
    """

    name: str
    tag: str | None = None
    where: str | None = None
    python: str | None = field(default=None, metadata=FUNCTION)
    capacity: bool = True
    at: Location = field(default=NOWHERE, compare=False, repr=False)
