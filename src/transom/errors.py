"""Every error that transom shows: what is wrong, where, and what to do.

TransomError                 the user can mend it: no traceback, exit code 2
├── ProjectError             the files of a project are wrong (all problems of the folder)
├── UsageError               a command or a function was given something it cannot use
├── MissingExtraError        an optional dependency is not installed
├── LabelModelError          votes from which no label model can be fitted
├── TrainingError            a model cannot be trained from this schema and these targets
└── ArtifactError            a stored version is missing, damaged or of another kind

Codes are stable (`T012`); `explanations` holds what `transom explain` prints for each.
"""

import difflib
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Literal


@dataclass(frozen=True)
class Location:
    """A place in a file of the project; line and column count from 1."""

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)


NOWHERE = Location("")


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a project, as `check` prints it.

    `message` says what is wrong with the value quoted, then what to do. `pointer` is the JSON pointer
    into a data line; it stands where a YAML problem has its column.
    """

    code: str
    message: str
    at: Location = NOWHERE
    pointer: str | None = None
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        place = f"{self.at} " if self.at.file else ""
        pointer = f"{self.pointer}: " if self.pointer is not None else ""
        return f"{place}{self.code} {pointer}{self.message}"

    def as_dict(self) -> dict[str, str | int | None]:
        """The problem as the fields that `--json` prints."""
        return {
            "code": self.code,
            "message": self.message,
            "file": self.at.file or None,
            "line": self.at.line,
            "column": self.at.column,
            "pointer": self.pointer,
            "severity": self.severity,
        }


class TransomError(Exception):
    """Something that the user can mend; `problem` says what, where and how."""

    def __init__(self, code: str, message: str, at: Location = NOWHERE, pointer: str | None = None) -> None:
        self.problem = Problem(code, message, at, pointer)
        super().__init__(str(self.problem))


class ProjectError(TransomError):
    """The files of a project are wrong: `problems` holds all of them, `problem` the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        first = self.problems[0]
        super().__init__(first.code, first.message, first.at, first.pointer)


class UsageError(TransomError):
    """A command or a function was given something it cannot use."""


class MissingExtraError(TransomError):
    """An optional dependency is not installed."""

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(
            "T160",
            f"{purpose} needs the package {package!r}, which is not installed. Run: pip install 'transom[{extra}]'.",
        )


class LabelModelError(TransomError):
    """Votes from which no label model can be fitted."""


class TrainingError(TransomError):
    """A model cannot be trained from this schema and these targets."""


class ArtifactError(TransomError):
    """A stored version is missing, damaged or of another kind."""


def reason_of(error: BaseException) -> str:
    """What went wrong, for a record or a warning that another failure is told in."""
    return error.problem.message if isinstance(error, TransomError) else f"{type(error).__name__}: {error}"


@dataclass(frozen=True)
class Explanation:
    """What `transom explain CODE` prints."""

    code: str
    title: str
    text: str = field(repr=False)


@cache
def explanations() -> dict[str, Explanation]:
    """Every error code with its explanation, in the order of the codes."""
    source = resources.files("transom").joinpath("error_codes.toml").read_text(encoding="utf-8")
    entries = tomllib.loads(source)
    return {code: Explanation(code, entry["title"], entry["text"].strip()) for code, entry in sorted(entries.items())}


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """' Did you mean X?' for the nearest of the known names, or an empty string."""
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f" Did you mean {near[0]}?" if near else ""


def listed(names: Sequence[str], limit: int = 12) -> str:
    """'a, b, c' for a message; a long list is cut and its rest counted."""
    shown = ", ".join(names[:limit])
    return f"{shown} and {len(names) - limit} more" if len(names) > limit else shown
