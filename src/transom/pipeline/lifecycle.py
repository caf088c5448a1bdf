"""The life cycle: the one list of its stages, and a run of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from transom.errors import UsageError, did_you_mean
from transom.export.aliases import Reason, current_user
from transom.pipeline.lineage_events import listening
from transom.pipeline.outcome import Run, with_data_verdicts
from transom.pipeline.progress import Advance, no_progress
from transom.pipeline.request import Request
from transom.pipeline.reuse import Reuse
from transom.pipeline.runner import run_stages
from transom.pipeline.stage import Stage, StageName
from transom.pipeline.views import (
    files_of_rules,
    files_of_training,
    is_extended,
    lines_read,
    seen_by_check,
    seen_by_evaluate,
    seen_by_export,
    seen_by_extend,
    seen_by_gate,
    seen_by_guards,
    seen_by_label,
    seen_by_register,
    seen_by_statistics,
    seen_by_train,
    seen_by_validate,
)
from transom.pipeline.workspace import open_workspace

SLICE_GUARD = Stage("guard", "transom.pipeline.subsets:try_slices", ("check",), seen_by_evaluate)
"""Whether every slice can be found, before anything is trained; what is in it is found where it is needed."""

DATA_GUARD = Stage("guard", "transom.pipeline.expectations:judge_data", ("check", "statistics"), seen_by_guards)
RULE_GUARD = Stage(
    "guard", "transom.pipeline.expectations:judge_rules", ("check", "statistics", "label"), seen_by_guards
)
"""Whether data are what they were; asked after a stage, and not among them, as no result depends on the answer."""

LIFE_CYCLE = (
    Stage("check", "transom.pipeline.ingesting:ingest_project", (), seen_by_check, lines_read, guard=SLICE_GUARD),
    Stage("statistics", "transom.pipeline.statistics:describe", ("check",), seen_by_statistics, guard=DATA_GUARD),
    Stage("label", "transom.pipeline.labeling:label", ("check",), seen_by_label, files_of_rules, guard=RULE_GUARD),
    Stage(
        "extend",
        "transom.pipeline.extending:extend_labels",
        ("check", "label"),
        seen_by_extend,
        is_needed=is_extended,
        otherwise="label",
    ),
    Stage("train", "transom.pipeline.learning:learn", ("check", "extend"), seen_by_train, files_of_training),
    Stage("evaluate", "transom.pipeline.measuring:measure", ("check", "extend", "train"), seen_by_evaluate),
    Stage("export", "transom.pipeline.packaging:package", ("check", "extend", "train", "evaluate"), seen_by_export),
    Stage("validate", "transom.pipeline.validating:validate", ("export",), seen_by_validate),
    Stage("gate", "transom.pipeline.gating:gate", ("check", "extend", "train", "evaluate"), seen_by_gate),
    Stage(
        "register",
        "transom.pipeline.packaging:register_version",
        ("check", "statistics", "extend", "export", "gate"),
        seen_by_register,
    ),
)
"""To add a stage is to add its line here, and to give its name to the stages that take what it gives."""

EVERYTHING = Reuse()
"""All that is still right is taken over."""

SUMMARY = Stage("summary", "transom.pipeline.summary:summarize", sees=seen_by_evaluate)
"""What all stages of a run say together; worked out after the last of them, and not one of them."""

ANALYSIS = Stage("summary", "transom.pipeline.source_analysis:summarize_with_analysis", sees=seen_by_evaluate)
"""The same, with what a look at the sources finds."""


def run(
    folder: Path | str = ".",
    *,
    store: Path | str | None = None,
    settings: Sequence[str] = (),
    until: str | None = None,
    reuse: Reuse = EVERYTHING,
    skip_bad_lines: bool = False,
    progress: Advance = no_progress,
) -> Run:
    """Runs the life cycle of a project, from its files to a registered version; what did not change is not run again.

    `settings` are "KEY=VALUE" pairs over model.yaml and deploy.yaml; `until` names the last stage to run. `reuse` says
    what may be taken over from earlier runs: `Reuse(force=("train",))` trains again.

    Raises:
        ProjectError: the project's files are wrong; all problems are in it, and nothing was written.
        UsageError: `until` or `reuse.force` is no stage, or a file changed while it was read.
        ArtifactError: the store cannot be written.
    """
    stages = LIFE_CYCLE if until is None else LIFE_CYCLE[: position_of(until) + 1]
    for name in reuse.force:
        position_of(name)
    workspace = open_workspace(folder, store=store, overrides=settings)
    reason = Reason(current_user(), datetime.now(UTC), "registered by transom run")
    with listening(workspace) as listener:
        request = Request(workspace, skip_bad_lines, progress, reason, observe=listener.observe)
        done = _concluded(stages, request, SUMMARY, reuse)
    return replace(done, warnings=(*done.warnings, *listener.problems))


def label(
    folder: Path | str = ".",
    *,
    store: Path | str | None = None,
    settings: Sequence[str] = (),
    analyse: bool = False,
    progress: Advance = no_progress,
) -> Run:
    """Applies the sources and weighs them: the run as far as its labels, with their quality against gold.

    With `analyse` it also says which sources disagree, which subsets they leave alone, and where a rule would help.
    """
    stages = [replace(stage, guard=None) for stage in LIFE_CYCLE[: position_of("extend") + 1]]
    request = Request(open_workspace(folder, store=store, overrides=settings), advance=progress)
    return _concluded(stages, request, ANALYSIS if analyse else SUMMARY, EVERYTHING)


def _concluded(stages: Sequence[Stage], request: Request, summary: Stage, reuse: Reuse) -> Run:
    run: Run
    run, records, verdicts = run_stages(stages, request, summary, reuse)
    return replace(with_data_verdicts(run, verdicts), stages=records)


def position_of(stage: str) -> int:
    """The place of a stage in the life cycle, from 0.

    Raises:
        UsageError: there is no such stage.
    """
    names: list[StageName] = [each.name for each in LIFE_CYCLE]
    for number, name in enumerate(names):
        if name == stage:
            return number
    raise UsageError("T176", f"{stage!r} is not a stage. Stages: {', '.join(names)}.{did_you_mean(stage, names)}")
