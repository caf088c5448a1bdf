"""The report as people read it: every stage, what the model is worth, and the worst slices first."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType
from rich.text import Text

from transom.cli.figures import MISSING, Axis, figure, signed, whisker, with_interval
from transom.cli.grid import WIDE, Line, grid, indented
from transom.cli.results import (
    BASELINE,
    METRICS,
    STAGES,
    Results,
    Subset,
    best_stage,
    gain,
    results_of,
    subsets_of,
)
from transom.evaluation.intervals import Estimate
from transom.evaluation.report import Report, Row

MAX_SUBSETS = 20
PLOT_WIDTH = 24

ALONE = f"{BASELINE}alone"
"""Each task trained without the others, where `compare_alone` asks for it: no simpler model, but another question."""


@dataclass(frozen=True)
class ReportView:
    """The report on one split as tables that fit the terminal.

    >>> from rich.console import Console
    >>> Console().print(ReportView(Report()))
    No example of test has gold, so there is nothing to report.
    """

    report: Report
    split: str = "test"

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """One block a task: its stages, what the model is worth, its slices and tags."""
        tasks = dict.fromkeys(row.task for row in self.report.rows if row.split == self.split)
        if not tasks:
            yield Text(f"No example of {self.split} has gold, so there is nothing to report.")
        for task in tasks:
            yield from _block(results_of(self.report.rows, task, self.split), options.max_width)


def _block(results: Results, width: int) -> Iterator[RenderableType]:
    whole = results.row(results.stages[0]) or next(iter(results.rows.values()))
    yield Text.assemble((whole.task, "bold"), (f" · {whole.split} · n = {whole.n:,}", "dim"))
    yield Text()
    yield _stage_grid(results, width)
    yield Text()
    sentences = [sentence for sentence in (_worth(results), _transfer(results)) if sentence]
    if sentences:
        yield from [indented(sentence) for sentence in sentences]
        yield Text()
    subsets = subsets_of(results)
    if subsets:
        yield from _subset_part(results, subsets, width)


def _stage_grid(results: Results, width: int) -> RenderableType:
    """A line a stage: two metrics with their intervals, and the others."""
    coverages = [row.value for stage in results.stages if (row := results.row(stage, metric="coverage"))]
    metrics = [metric for metric in results.metrics if metric != "coverage" or min(coverages, default=1) < 1]
    best = best_stage(results)
    axis = _axis([results.row(stage) for stage in results.stages]) if width >= WIDE else None
    lines: list[Line] = []
    for stage in results.stages:
        if results.baselines and stage == results.baselines[0] and lines:
            lines.append(None)
        style = "bold" if stage == best else "dim" if stage in results.baselines else ""
        cells = [_cell(results.row(stage, metric=metric), with_range=metric in metrics[:2]) for metric in metrics]
        cells[1:1] = [_plot(results.row(stage), axis)] if axis else []
        lines.append([Text(cell, style) for cell in (_name(stage), *cells)])
    headings = [METRICS[metric] for metric in metrics]
    headings[1:1] = [""] if axis else []
    return grid(["stage", *headings], lines, width, left=(0, 2) if axis else (0,))


def _worth(results: Results) -> Text | None:
    """One sentence on whether the model, or before there is one the label model, beats what is simpler."""
    simpler = [stage for stage in results.baselines if stage != ALONE]
    if results.stages[0] == "model" and simpler:
        rival, name = simpler[0], f"{_name(simpler[0])}, the best baseline"
    elif results.stages[:2] == ("label_model", "majority"):
        rival, name = "majority", "the majority vote"
    else:
        return None
    ours, theirs = results.row(results.stages[0]), results.row(rival)
    return _compared(ours, theirs, name) if ours and theirs else None


def _transfer(results: Results) -> Text | None:
    """One sentence on what a task gains or loses from those it shares the network with, if that was asked for."""
    together, alone = results.row("model"), results.row(ALONE)
    if not together or not alone:
        return None
    change, is_better = gain(together, alone)
    words, style = {
        None: ("Learning with the other tasks makes no sure difference", "bold yellow"),
        True: ("Learning with the other tasks helps", "bold green"),
        False: ("Learning with the other tasks hurts", "bold red"),
    }[is_better]
    return Text.assemble((words, style), f": {_sized(change, together.metric)} against the task alone.")


def _sized(change: Estimate, metric: str) -> str:
    low, high = (signed(side, metric) for side in (change.low, change.high))
    interval = f"{low}, {high}" if math.isfinite(change.low) else MISSING
    return f"{signed(change.value, metric)} [{interval}] {METRICS[metric]}"


def _compared(ours: Row, theirs: Row, rival: str) -> Text:
    change, is_better = gain(ours, theirs)
    size = _sized(change, ours.metric)
    subject = f"The {_name(ours.stage)}"
    if is_better is None:
        return Text.assemble((f"{subject} is not surely better", "bold yellow"), f" than {rival}: {size}.")
    if is_better:
        return Text.assemble((f"{subject} earns its keep", "bold green"), f": {size} over {rival}.")
    return Text.assemble((f"{subject} does not earn its keep", "bold red"), f": {size} against {rival}.")


def _subset_part(results: Results, subsets: list[Subset], width: int) -> Iterator[RenderableType]:
    main, *others = (stage for stage in results.stages if stage in STAGES)
    shown = subsets[:MAX_SUBSETS]
    whole = results.row(main)
    axis = _axis([whole, *(subset.row for subset in shown)]) if width >= WIDE else None
    headings = ["slice or tag", "n", _name(main), *([""] if axis else []), *map(_name, others), "vs. all"]
    worst = subsets[0] if subsets[0].drop > 0 and not subsets[0].is_small else None
    lines: list[Line] = []
    for subset in shown:
        style = _style(subset, worst)
        plot = [_plot(subset.row, axis, whole)] if axis else []
        beside = [_cell(results.row(stage, subset.row.tag), with_range=False) for stage in others]
        cells = [f"{subset.row.n:,}", _cell(subset.row, with_range=True), *plot, *beside, _delta(subset)]
        lines.append([Text(f"{_mark(subset, worst)} {subset.row.tag}", style), *(Text(cell, style) for cell in cells)])
    yield grid(headings, lines, width, left=(0, 3) if axis else (0,))
    if len(subsets) > len(shown):
        yield indented(Text(f"  … and {len(subsets) - len(shown)} more: transom report --json", "dim"))
    yield Text()
    yield indented(_worst_in_words(worst))
    marks = [_mark(subset, worst) for subset in shown]
    legend = ["▽: surely worse than the whole too."] if "▽" in marks else []
    legend += ["In brackets: too little to judge by."] if any(subset.is_small for subset in shown) else []
    if legend:
        yield indented(Text(" ".join(legend), "dim"))
    yield Text()


def _mark(subset: Subset, worst: Subset | None) -> str:
    return "▼" if subset is worst else "▽" if subset.is_surely_worse and not subset.is_small else " "


def _style(subset: Subset, worst: Subset | None) -> str:
    if subset.is_small:
        return "dim"
    return "bold red" if subset is worst else "yellow" if subset.is_surely_worse else ""


def _delta(subset: Subset) -> str:
    delta = signed(subset.delta, subset.row.metric)
    return f"({delta})" if subset.is_small else f"{delta} "


def _worst_in_words(worst: Subset | None) -> Text:
    if worst is None:
        return Text("No slice or tag with enough to judge by is worse than the whole.")
    row = worst.row
    certainty = "surely" if worst.is_surely_worse else "perhaps by chance"
    size = figure(abs(worst.delta), row.metric)
    return Text.assemble(
        (f"Worst: {row.tag}", "bold red"),
        f", {with_interval(row.value, row.low, row.high, row.metric)} {METRICS[row.metric]} on {row.n:,},"
        f" {size} worse than the whole ({certainty}).",
    )


def _name(stage: str) -> str:
    return stage.removeprefix(BASELINE) if stage.startswith(BASELINE) else stage.replace("_", " ")


def _cell(row: Row | None, *, with_range: bool) -> str:
    if row is None:
        return MISSING
    return with_interval(row.value, row.low, row.high, row.metric) if with_range else figure(row.value, row.metric)


def _axis(rows: list[Row | None]) -> Axis:
    ends = [end for row in rows if row for end in _ends(row)]
    return Axis(min(ends), max(ends), PLOT_WIDTH)


def _plot(row: Row | None, axis: Axis, whole: Row | None = None) -> str:
    return whisker(axis, row.value, *_ends(row), whole.value if whole else None) if row else ""


def _ends(row: Row) -> tuple[float, float]:
    """Where a row's line begins and ends; without an interval it is a dot."""
    return (row.value, row.value) if row.low is None or row.high is None else (row.low, row.high)
