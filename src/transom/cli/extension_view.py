"""What extension did to the votes, in one sentence a task."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType
from rich.text import Text

from transom.cli.figures import counted, figure
from transom.cli.grid import indented
from transom.errors import listed
from transom.supervision.extension import ExtensionRow


@dataclass(frozen=True)
class ExtensionView:
    """What extension did to each task."""

    rows: Sequence[ExtensionRow]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """A heading and a sentence a task."""
        for row in self.rows:
            yield Text.assemble((row.task, "bold"), (" · extended", "dim"))
            yield Text()
            yield indented(Text(_in_words(row)))
            yield Text()


def _in_words(row: ExtensionRow) -> str:
    parts = [
        f"{counted(row.n_added, 'vote')} added from similar examples{_thresholds(row)}",
        f"coverage {figure(row.coverage_before)} before, {figure(row.coverage_after)} after",
    ]
    if row.dev_before is not None and row.dev_after is not None:
        parts.append(f"right on dev {figure(row.dev_before)} before, {figure(row.dev_after)} after")
    if row.is_whitened:
        parts.append("the embedding is whitened")
    if row.is_fitted_again:
        parts.append("the label model learned from them, too")
    if row.stricter:
        parts.append(f"a higher threshold for {listed(row.stricter)}")
    return f"{'; '.join(parts)}."


def _thresholds(row: ExtensionRow) -> str:
    limits = {"where nothing voted": row.threshold_alone, "where something did": row.threshold_beside}
    said = [f"above {figure(limit)} {where}" for where, limit in limits.items() if limit is not None]
    return f" (similarity {' and '.join(said)})" if said else ""
