"""Runs as people read them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console, ConsoleOptions, RenderableType
from rich.text import Text

from transom.cli.figures import MISSING
from transom.cli.grid import grid
from transom.cli.options import HERE, named
from transom.cli.version_view import minute
from transom.export.executions import Execution, RecordedRun

STYLES = {"ran": "green", "cached": "dim", "failed": "bold red", "refused": "bold red"}


@dataclass(frozen=True)
class RunsView:
    """A line a run: its number, when it began, how long it took, the version it came to, and what its stages did."""

    runs: Sequence[RecordedRun]
    project: Path = HERE

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """The runs, or where to begin."""
        if not self.runs:
            yield Text(f"Nothing ran yet. Next: transom run{named(self.project)}.")
            return
        yield grid(("stages", "run", "started", "seconds", "version"), list(map(_run, self.runs)), options.max_width)


def _run(run: RecordedRun) -> tuple[Text, ...]:
    seconds = sum(execution.seconds for execution in run.executions)
    version = MISSING if run.version is None else str(run.version)
    started = Text(minute(run.started.isoformat()), "dim")
    return _stages(run.executions), Text(str(run.number)), started, Text(f"{seconds:.1f}"), Text(version)


def _stages(executions: Sequence[Execution]) -> Text:
    """The stages that ran or failed, and what ended the run; that others were found says nothing new."""
    worked = [execution for execution in executions if execution.status != "cached"]
    if not worked:
        return Text(f"cached up to {executions[-1].stage}" if executions else MISSING, "dim")
    return Text(" ").join(map(_stage, worked))


def _stage(execution: Execution) -> Text:
    said = "data refused" if execution.status == "refused" else execution.stage
    return Text(said, STYLES.get(execution.status, ""))
