"""Why a stage ran the last time."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transom.export.executions import last_work
from transom.export.layout import OBJECTS, store_of
from transom.pipeline.lifecycle import position_of
from transom.pipeline.why import changes


@dataclass(frozen=True)
class Why:
    """The last time that a stage ran or failed: in which run, why, and all that had changed since the time before."""

    stage: str
    run: int
    status: str
    started: str
    seconds: float
    why: str
    changes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The answer as `why --json` prints it."""
        return {
            "stage": self.stage,
            "run": self.run,
            "status": self.status,
            "started": self.started,
            "seconds": round(self.seconds, 3),
            "why": self.why,
            "changes": list(self.changes),
        }


def why(stage: str, folder: Path | str = ".", *, store: Path | str | None = None) -> Why | None:
    """Why a stage ran the last time that it did; None if it never ran.

    Raises:
        UsageError: there is no such stage.
    """
    position_of(stage)  # so that a slip is told, and not that it never ran
    place = store_of(folder, store)
    found = last_work(place, stage)
    if not found:
        return None
    execution, *earlier = found
    changed = changes(earlier[0].components, execution.components, place / OBJECTS) if earlier else ()
    started = execution.started.isoformat(timespec="seconds")
    return Why(stage, execution.run, execution.status, started, execution.seconds, execution.why, changed)
