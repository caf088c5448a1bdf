"""Runs, and why a stage ran, as people read them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType
from rich.text import Text

from transom.cli.figures import MISSING
from transom.cli.grid import grid, indented
from transom.cli.version_view import minute
from transom.export.executions import Execution, RecordedRun
from transom.pipeline.history import Why

STYLES = {"ran": "green", "cached": "dim", "failed": "bold red"}


@dataclass(frozen=True)
class RunsView:
    """A line a run: its number, when it began, how long it took, the version it came to, and what its stages did."""

    runs: Sequence[RecordedRun]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """The runs, or where to begin."""
        if not self.runs:
            yield Text("Nothing ran yet. Next: transom run.")
            return
        yield grid(("stages", "run", "started", "seconds", "version"), list(map(_run, self.runs)), options.max_width)


def why_lines(stage: str, why: Why | None) -> Iterator[RenderableType]:
    """The last time that a stage ran, and below it everything that had changed."""
    if why is None:
        yield Text(f"{stage} never ran here. Next: transom run --until {stage}.")
        return
    yield Text.assemble(
        (stage, "bold"),
        (f" {why.status}", STYLES.get(why.status, "")),
        f" in run {why.run}, {minute(why.started)}, in {why.seconds:.1f} s:",
    )
    for line in why.changes or (why.why,):
        yield indented(Text(line))


def _run(run: RecordedRun) -> tuple[Text, ...]:
    seconds = sum(execution.seconds for execution in run.executions)
    version = MISSING if run.version is None else str(run.version)
    started = Text(minute(run.started.isoformat()), "dim")
    return _stages(run.executions), Text(str(run.number)), started, Text(f"{seconds:.1f}"), Text(version)


def _stages(executions: Sequence[Execution]) -> Text:
    """The stages that ran or failed; that the others were found says nothing new."""
    worked = [execution for execution in executions if execution.status != "cached"]
    if not worked:
        return Text("all cached" if executions else MISSING, "dim")
    return Text(" ").join(Text(execution.stage, STYLES.get(execution.status, "")) for execution in worked)
