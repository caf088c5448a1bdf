"""Why a stage ran, as people read it."""

from collections.abc import Iterator
from pathlib import Path

from rich.console import RenderableType
from rich.text import Text

from transom.cli.grid import indented
from transom.cli.options import HERE, named
from transom.cli.run_view import STYLES
from transom.cli.version_view import minute
from transom.pipeline.history import Why


def why_lines(stage: str, why: Why | None, project: Path = HERE) -> Iterator[RenderableType]:
    """The last time that a stage ran, and below it everything that had changed."""
    if why is None:
        yield Text(f"{stage} never ran here. Next: transom run{named(project)} --until {stage}.")
        return
    yield Text.assemble(
        (stage, "bold"),
        (f" {why.status}", STYLES.get(why.status, "")),
        f" in run {why.run}, {minute(why.started)}, in {why.seconds:.1f} s:",
    )
    for line in why.changes or (why.why,):
        yield indented(Text(line))
