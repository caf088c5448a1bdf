"""The life cycle: the one list of its stages, and a run of them."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

from transom.errors import Problem, UsageError, did_you_mean
from transom.evaluation.report import Report
from transom.pipeline.ingesting import Examples
from transom.pipeline.labeling import TaskLabels
from transom.pipeline.measuring import measure_labels
from transom.pipeline.request import Request
from transom.pipeline.stage import Advance, Stage, StageName, StageRecord, no_progress
from transom.pipeline.workspace import Workspace, open_workspace
from transom.schema.tasks import Task
from transom.supervision.analysis import SourceRow

LIFE_CYCLE = (
    Stage("check", "transom.pipeline.ingesting:ingest_project"),
    Stage("label", "transom.pipeline.labeling:label", ("check",)),
    Stage("train", "transom.pipeline.learning:learn", ("check", "label")),
    Stage("evaluate", "transom.pipeline.measuring:measure", ("check", "label", "train")),
    Stage("export", "transom.pipeline.packaging:package", ("check", "label", "train", "evaluate")),
    Stage("register", "transom.pipeline.packaging:register_version", ("export",)),
)


@dataclass(frozen=True)
class Run:
    """What came of a run: the report, the sources, what each stage did, and the version if there is one."""

    report: Report
    sources: tuple[SourceRow, ...]
    tasks: tuple[Task, ...]
    stages: tuple[StageRecord, ...]
    warnings: tuple[Problem, ...]
    n_refused: int
    refused_file: Path | None
    version: int | None

    def as_dict(self) -> dict[str, Any]:
        """The run as `run --json` prints it."""
        return {
            "rows": self.report.as_dicts(),
            "sources": [row.as_dict() for row in self.sources],
            "stages": [record.as_dict() for record in self.stages],
            "warnings": [problem.as_dict() for problem in self.warnings],
            "n_refused": self.n_refused,
            "refused_file": None if self.refused_file is None else str(self.refused_file),
            "version": self.version,
            "verdict": None,
        }


def run(
    folder: Path | str = ".",
    *,
    store: Path | str | None = None,
    settings: Sequence[str] = (),
    until: str | None = None,
    skip_bad_lines: bool = False,
    progress: Advance = no_progress,
) -> Run:
    """Runs the life cycle of a project, from its files to a registered version.

    `settings` are "KEY=VALUE" pairs over model.yaml and deploy.yaml; `until` names the last stage to run.

    Raises:
        ProjectError: the project's files are wrong; all problems are in it, and nothing was written.
        UsageError: `until` is no stage.
    """
    stages = _stages_until(until)
    workspace = open_workspace(Path(folder), store=None if store is None else Path(store), overrides=tuple(settings))
    request = Request(workspace, skip_bad_lines, progress)
    results: dict[StageName, Any] = {}
    records = []
    for stage in stages:
        progress(stage.name, None)
        started = time.perf_counter()
        results[stage.name] = resolve_name(stage.function)(request, *(results[name] for name in stage.inputs))
        records.append(StageRecord(stage.name, "ran", time.perf_counter() - started, "always runs"))
    if "label" in results and "evaluate" not in results:
        results["evaluate"] = measure_labels(request, results["check"], results["label"])
    return _summary(workspace, results, tuple(records))


def label(
    folder: Path | str = ".",
    *,
    store: Path | str | None = None,
    settings: Sequence[str] = (),
    progress: Advance = no_progress,
) -> Run:
    """Applies the sources and weighs them: the run as far as its labels, with their quality against gold."""
    return run(folder, store=store, settings=settings, until="label", progress=progress)


def _stages_until(until: str | None) -> tuple[Stage, ...]:
    names = [stage.name for stage in LIFE_CYCLE]
    if until is None:
        return LIFE_CYCLE
    if until not in names:
        raise UsageError("T176", f"{until!r} is not a stage. Stages: {', '.join(names)}.{did_you_mean(until, names)}")
    return LIFE_CYCLE[: names.index(until) + 1]


def _summary(workspace: Workspace, results: Mapping[StageName, Any], records: tuple[StageRecord, ...]) -> Run:
    examples: Examples = results["check"]
    labels: tuple[TaskLabels, ...] = results.get("label", ())
    return Run(
        report=results.get("evaluate", Report()),
        sources=tuple(row for one in labels for row in one.table),
        tasks=examples.dataset.schema.tasks,
        stages=records,
        warnings=(*_not_applied(workspace), *_warnings(results)),
        n_refused=examples.n_refused,
        refused_file=examples.refused_file,
        version=results.get("register"),
    )


def _warnings(results: Mapping[StageName, Any]) -> tuple[Problem, ...]:
    """What every stage that ran has to say, in their order."""
    of_labels = [warning for one in results.get("label", ()) for warning in one.combined.warnings]
    of_model = results["train"].warnings if "train" in results else ()
    return (*results["check"].warnings, *of_labels, *of_model)


def _not_applied(workspace: Workspace) -> list[Problem]:
    """Settings that are read and checked, but that no stage applies yet: nobody should think they took effect."""
    settings = workspace.model
    given = {"extend": settings.extend, "search": settings.search, "variants": settings.variants}
    return [
        Problem("T152", f"{name!r} is checked, but no stage applies it yet. Leave it out.", severity="warning")
        for name, value in given.items()
        if value
    ]
