"""What `transom emit` writes: the life cycle of a project as the workflow of an orchestrator."""

import hashlib
import os
import re
from collections.abc import Sequence
from pathlib import Path

from transom.errors import Location, UsageError, did_you_mean
from transom.export.objects import rewrite_durably, write_durably
from transom.pipeline.lifecycle import LIFE_CYCLE
from transom.pipeline.workflow import MARK, Orchestrator, Workflow
from transom.pipeline.workflows.airflow import airflow
from transom.pipeline.workflows.github import github
from transom.pipeline.workflows.kubeflow import kubeflow
from transom.pipeline.workspace import open_workspace

ORCHESTRATORS: dict[str, Orchestrator] = {"airflow": airflow, "github": github, "kubeflow": kubeflow}

STEPS = tuple(stage.name for stage in LIFE_CYCLE if stage.name != "gate")
"""The gate is judged in the step `register`: a version that it refuses is registered, too."""

IMAGE = "transom:latest"

LONGEST_LINE = 4096
"""So many bytes of a file are read to see who wrote it: it may be anything, and names of folders are shorter."""

LONGEST_NAME = 63
"""So many characters Kubernetes takes in labels, and in the names of most things."""

_CRON = re.compile(r"[\d*,/A-Za-z-]+( [\d*,/A-Za-z-]+){4}")


def emit(
    target: str,
    folder: Path | str = ".",
    *,
    schedule: str | None = None,
    image: str = IMAGE,
    store: Path | str | None = None,
    settings: Sequence[str] = (),
) -> str:
    """The file with which an orchestrator runs a project stage by stage.

    `schedule` is a cron expression such as "0 3 * * *"; `image` is where Kubeflow finds transom. Every stage gets the
    `store` and the `settings` ("KEY=VALUE").

    Raises:
        UsageError: there is no such target, it cannot run this project, or the schedule is no cron expression.
        ProjectError: the project's files, or the settings, are wrong.
    """
    if target not in ORCHESTRATORS:
        known = ", ".join(ORCHESTRATORS)
        raise UsageError("T203", f"{target!r} is no target. Targets: {known}.{did_you_mean(target, ORCHESTRATORS)}")
    if schedule is not None and not _CRON.fullmatch(schedule):
        raise UsageError("T204", f"{schedule!r} is not five fields of cron. Every night at three is '0 3 * * *'.")
    place = open_workspace(folder, overrides=settings).folder.resolve()
    kept = None if store is None else Path(store).resolve()
    return ORCHESTRATORS[target](Workflow(_name(place), place, STEPS, schedule, image, kept, tuple(settings)))


def write_workflow(text: str, file: Path) -> None:
    """Writes a workflow into a file, over an older workflow only; whole or not at all.

    Raises:
        UsageError: the file is of another origin, or no file but a folder or a device.
    """
    is_new = not file.exists()
    if not is_new and not (file.is_file() and _is_workflow(file)):
        message = f"{str(file)!r} was not written by transom emit. Name another file, or delete it."
        raise UsageError("T206", message, Location(str(file)))
    file.parent.mkdir(parents=True, exist_ok=True)
    write = write_durably if is_new else rewrite_durably
    write(file, text.encode())


def _is_workflow(file: Path) -> bool:
    with file.open("rb") as written:
        return MARK.encode() in written.readline(LONGEST_LINE)


def _name(folder: Path) -> str:
    """The folder's name with small letters, digits and single dashes only, as Kubernetes wants names.

    Of a name that is too long the end gives way to a hash of the whole: long names often differ in their ends only.
    """
    name = re.sub(r"[^a-z0-9]+", "-", folder.name.lower()).strip("-") or "project"
    if len(name) <= LONGEST_NAME:
        return name
    mark = hashlib.sha256(os.fsencode(folder.name)).hexdigest()[:8]
    return f"{name[: LONGEST_NAME - 1 - len(mark)].rstrip('-')}-{mark}"
