"""A request: one call of the life cycle, with all that its stages may need to know."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar, runtime_checkable

from transom.export.aliases import Reason
from transom.pipeline.progress import Advance, Observe, no_progress, unobserved
from transom.pipeline.workspace import Workspace

ResultT = TypeVar("ResultT")


@runtime_checkable
class Remember(Protocol):
    """Works something out, unless that was done before with all the same that `narrower` may see."""

    def __call__(self, narrower: "Request", work_out: Callable[[], ResultT], /) -> ResultT:
        """What `work_out` gives, now or then; `narrower` is the part of a stage's request that it depends on."""
        ...


def forgetful(_narrower: "Request", work_out: Callable[[], ResultT], /) -> ResultT:
    """Works it out every time."""
    return work_out()


@dataclass(frozen=True)
class Request:
    """The workspace to run, how to treat broken lines, who is told of the progress, and what is known from before.

    `reason` says who registers the version, and why; `run` is the number of the run in the store. In `checkpoints`, a
    folder of this run of this stage alone, a stage keeps what it needs to go on if it is killed. `n_moves` is how often
    the alias live was moved since there is one, and `live` the version that it points to. `observe` is told of each
    stage.

    In the life cycle a stage gets a request that holds only what the stage may see, and all else at its default.
    """

    workspace: Workspace
    skip_bad_lines: bool = False
    advance: Advance = no_progress
    reason: Reason | None = None
    run: int | None = None
    remember: Remember = forgetful
    checkpoints: Path | None = None
    n_moves: int = 0
    live: int | None = None
    observe: Observe = unobserved
