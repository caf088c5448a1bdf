"""A stage of the life cycle: a pure function between frozen dataclasses, and the record of its run."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Literal

StageName = Literal[
    "check", "statistics", "label", "extend", "train", "evaluate", "export", "validate", "gate", "register"
]
Status = Literal["ran", "cached", "skipped", "failed"]

Advance = Callable[[str, float | None], None]
"""Told what is being done, and the share of it that is done (None = unknown)."""


def no_progress(_what: str, _share: float | None) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class Stage:
    """One step: `function` is "module:name", so that a stage that does not run is never imported.

    The function is called with the workspace, the results of `inputs` in that order, and the progress.
    """

    name: StageName
    function: str
    inputs: tuple[StageName, ...] = ()


@dataclass(frozen=True)
class StageRecord:
    """What happened to a stage in one run, and why."""

    stage: StageName
    status: Status
    seconds: float
    why: str

    def as_dict(self) -> dict[str, str | float]:
        """The record as `--json` prints it."""
        return {**asdict(self), "seconds": round(self.seconds, 3)}
