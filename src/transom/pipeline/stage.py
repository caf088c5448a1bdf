"""A stage of the life cycle: a pure function between frozen dataclasses, and the record of its run."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from transom.pipeline.request import Request
from transom.pipeline.workspace import Workspace

StageName = Literal[
    "check",
    "statistics",
    "label",
    "extend",
    "train",
    "evaluate",
    "export",
    "validate",
    "gate",
    "register",
    "guard",
    "summary",
]


def everything(request: Request) -> Request:
    """A stage that may see all of a request, and so runs again whenever anything in it changes."""
    return request


def no_files(_workspace: Workspace) -> Iterable[Path]:
    """A stage that reads no file of the project."""
    return ()


def always(_workspace: Workspace) -> bool:
    """A stage that every project needs."""
    return True


@dataclass(frozen=True)
class Stage:
    """One step: `function` is "module:name", so that a stage that does not run is never imported.

    The function is called with a request and the results of `inputs`, in that order. The request is what `sees` leaves
    of it: a stage depends on nothing else, so a change elsewhere does not make it run. `reads` are the files of the
    project that it reads. Where the project does not need it (`is_needed`), the result of the stage `otherwise` stands
    for its own. Once it is up to date its `guard` is asked, whose verdict, or error, may end the run; no stage depends
    on it.
    """

    name: StageName
    function: str
    inputs: tuple[StageName, ...] = ()
    sees: Callable[[Request], Request] = everything
    reads: Callable[[Workspace], Iterable[Path]] = no_files
    is_needed: Callable[[Workspace], bool] = always
    otherwise: StageName | None = None
    guard: "Stage | None" = None


@dataclass(frozen=True)
class StageRecord:
    """What happened to a stage in one run, and why: it `ran`, or was `cached`, `skipped` or `failed`.

    A guard has a record where it `refused` to go on, or `failed`.
    """

    stage: str
    status: str
    seconds: float
    why: str

    def as_dict(self) -> dict[str, str | float]:
        """The record as `--json` prints it."""
        return {**asdict(self), "seconds": round(self.seconds, 3)}
