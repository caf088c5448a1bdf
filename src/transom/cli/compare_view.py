"""Two versions beside each other as people read them."""

from collections.abc import Iterator, Sequence

from rich.console import Console, RenderableType
from rich.text import Text

from transom.cli.figures import MISSING, figure, signed
from transom.cli.grid import Line, grid
from transom.data.subset_names import EVERYTHING
from transom.evaluation.compare import Comparison
from transom.pipeline.comparing import Compared

SURE = 0.05
"""A difference that chance would make more seldom than this is marked, also where there are no colours."""


def compared_screen(compared: Compared) -> Iterator[RenderableType]:
    """Every metric of both versions on test and its slices; what is surely better or worse is marked."""
    yield from comparison_lines(compared.rows, f"v{compared.before}", f"v{compared.after}")  # leaves room for names


def comparison_lines(rows: Sequence[Comparison], before: str, after: str) -> Iterator[RenderableType]:
    """Every metric of two that were compared, under their names."""
    headings = ("metric", before, after, "gain", "95 %", "n")
    subset, lines = None, list[Line]()
    for row in rows:
        if (row.task, row.tag) != subset:
            subset = (row.task, row.tag)
            lines += [*([None] if lines else []), (Text(_subset(row), "bold"), "", "", "", "", f"{row.n:,}")]
        lines.append(_compared(row))
    yield grid(headings, lines, Console().width, is_folded=True)
    yield Text("Gains are improvements, whatever the metric; of ▲ and ▼ chance makes less than 1 in 20.", "dim")


def _subset(row: Comparison) -> str:
    return row.task if row.tag == EVERYTHING else f"{row.task} · {row.tag}"


def _compared(row: Comparison) -> tuple[Text | str, ...]:
    mark, style = ("▲ ", "green") if row.p_better < SURE else ("▼ ", "red") if row.p_worse < SURE else ("", "")
    interval = MISSING
    if row.low is not None and row.high is not None:
        interval = f"{signed(row.low, row.metric)} to {signed(row.high, row.metric)}"
    values = figure(row.before, row.metric), figure(row.after, row.metric)
    return (f"  {row.metric}", *values, Text(f"{mark}{signed(row.gain, row.metric)}", style), interval, "")
