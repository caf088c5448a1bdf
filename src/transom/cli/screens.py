"""What a person sees after `label`, `run` and `report`: the views, in the order in which they are read."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import RenderableType
from rich.text import Text

from transom.cli.data_view import data_lines
from transom.cli.extension_view import ExtensionView
from transom.cli.figures import counted
from transom.cli.options import HERE, named
from transom.cli.report_view import ReportView
from transom.cli.source_view import SourceView, chance_of
from transom.cli.verdict_view import verdict_lines
from transom.errors import Problem
from transom.evaluation.report import Report
from transom.pipeline.outcome import Run
from transom.pipeline.why import FIRST

WARNINGS_SHOWN = 10
SPLITS_BEST_FIRST = ("test", "dev", "train")
NO_GOLD = (
    "No example has gold, so quality cannot be measured. Gold on dev and test is enough; schema.yaml says which source "
    "it is from, as in `gold: [experts]`."
)
NO_SOURCES = (
    "No source votes, so there is nothing to weigh. Rules go into sources.yaml, other votes into the data; of gold "
    "alone a model learns without"
)


def run_screen(run: Run, project: Path = HERE) -> Iterator[RenderableType]:
    """Sources, quality, what was left out, and where the version is."""
    if run.data is not None and run.data.is_refused:
        yield from data_lines(run.data, project)
        return
    yield from labels_screen(run, project)
    ran = [record for record in run.stages if record.status == "ran"]
    if len(ran) < len(run.stages):
        yield from (Text(f"{record.stage} ran, as {record.why}", "dim") for record in ran if record.why != FIRST)
    if run.data is not None and (ran or run.data.anomalies):
        yield from data_lines(run.data, project)
    if run.verdict is not None:
        yield from verdict_lines(run.verdict)
    if run.version is not None:
        seconds = sum(record.seconds for record in run.stages)
        said = f"is registered, in {seconds:.1f} s" if ran else "is up to date: nothing changed"
        yield Text.assemble(
            (f"Version {run.version}", "bold green"), f" {said}. Next: transom {_next(run, named(project))}."
        )


def _next(run: Run, on: str) -> str:
    """What to do with the version: the live one is looked at and used, another is looked at and perhaps promoted.

    `on` is the project, as it follows a verb.
    """
    against = None if run.verdict is None else run.verdict.against
    if run.verdict is not None and run.verdict.is_refused:
        return f"errors{on} --version {run.version}"
    if against in (None, run.version):
        return f"errors{on}, predict{on}"
    return f"compare live {run.version}{on}, promote {run.version}{on}"


def labels_screen(run: Run, project: Path = HERE) -> Iterator[RenderableType]:
    """The sources, the quality of what was made of them, and what a person should know about both."""
    if run.sources:
        yield SourceView(run.sources, chance_of(run.tasks))
    yield ExtensionView(run.extensions)
    if run.sources or any(record.stage == "evaluate" for record in run.stages):  # else a model was yet to be measured
        yield from report_screen(run.report)
    elif not any(record.stage == "train" for record in run.stages):
        yield Text(f"{NO_SOURCES}: transom run{named(project)}.")
    yield from note_lines(run.warnings)
    if run.n_refused:
        yield Text(
            f"{counted(run.n_refused, 'line')} left out; they are in {run.refused_file}, with reasons.", "yellow"
        )


def report_screen(report: Report) -> Iterator[RenderableType]:
    """Each task on test; where test has no gold, on dev, else on train's withheld gold."""
    measured = {(row.task, row.split) for row in report.rows}
    tasks = dict.fromkeys(row.task for row in report.rows)
    for task in tasks:
        split = next(split for split in SPLITS_BEST_FIRST if (task, split) in measured)
        yield ReportView(Report(tuple(row for row in report.rows if row.task == task)), split)
    if not tasks:
        yield Text(NO_GOLD, "yellow")


def note_lines(warnings: Sequence[Problem]) -> Iterator[Text]:
    """A line for each of the first warnings, and how many there are beyond."""
    for problem in warnings[:WARNINGS_SHOWN]:
        yield Text.assemble(("! ", "yellow"), str(problem))
    if len(warnings) > WARNINGS_SHOWN:
        yield Text(f"… and {len(warnings) - WARNINGS_SHOWN:,} more warnings: --json", "dim")
