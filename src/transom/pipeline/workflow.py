"""A workflow: a project's life cycle as steps that another program runs on a schedule."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

MARK = "Written by `transom emit"
"""In the first line of every file that `emit` writes, so that it never overwrites one of another origin."""


@dataclass(frozen=True)
class Workflow:
    """What an orchestrator is to run: each of `stages` in order, on `folder`, which is absolute.

    `name` has letters, digits and dashes only. `schedule` is a cron expression of five fields; None = when asked to.
    `image` is the container image that holds transom, for orchestrators that run containers. `store` is absolute; None
    = in the project. `settings` are what `--set` was given.
    """

    name: str
    folder: Path
    stages: tuple[str, ...]
    schedule: str | None
    image: str
    store: Path | None = None
    settings: tuple[str, ...] = ()


class Orchestrator(Protocol):
    """One that runs workflows."""

    def __call__(self, workflow: Workflow, /) -> str:
        """The file that makes it run the workflow.

        Raises:
            UsageError: it cannot run this workflow.
        """
        ...


def command(
    stage: str, project: Path | str, store: Path | str | None = None, settings: Iterable[str] = ()
) -> tuple[str, ...]:
    """What brings a project up to date as far as a stage; the stages before it are found in the store."""
    where = () if store is None else ("--store", str(store))
    chosen = (word for setting in settings for word in ("--set", setting))
    return ("transom", "run", str(project), "--until", stage, *where, *chosen)


def first_line(orchestrator: str, workflow: Workflow) -> str:
    """What the file says of itself."""
    return f"The life cycle of {workflow.name}, stage by stage. {MARK} {orchestrator}`."
