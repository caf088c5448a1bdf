"""What a person sees of one save while a project is watched: what it changed, before → after."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from transom.cli.figures import MISSING, counted, figure
from transom.cli.grid import grid
from transom.cli.screens import labels_screen
from transom.errors import Problem
from transom.evaluation.report import Row
from transom.pipeline.rule_changes import Change, ChangedRows
from transom.pipeline.rule_loop import as_run
from transom.pipeline.watching import Round
from transom.supervision.source_row import SourceRow

MARKS = {"added": ("+", "green"), "removed": ("-", "red"), "changed": ("~", "yellow")}
MAIN_METRICS = frozenset({"accuracy", "micro_f1", "entity_f1", "mae"})
FEW_IDS = 5
SOURCE_COLUMNS = ("source", "coverage", "overlap", "conflict", "estimated", "on gold", "n")
QUALITY_COLUMNS = ("labels", "split", "metric", "before → after")


def round_screen(latest: Round, width: int) -> Iterator[RenderableType]:
    """The whole tables of a project that was read anew, else what changed; of a broken project what is wrong."""
    if latest.problems:
        yield from _problems(latest.problems)
        yield Text("The labels are still those of the last save that worked.", "dim")
    elif latest.change is None:
        yield from labels_screen(as_run(latest.state))
        yield from _problems(latest.state.problems)
    else:
        yield from change_screen(latest.change, width)
    yield Text()


def as_document(latest: Round) -> dict[str, Any]:
    """The round as `--watch --json` prints it: what `label --json` prints, a change, or problems."""
    if latest.problems:
        return {"problems": [problem.as_dict() for problem in latest.problems]}
    if latest.change is not None:
        return latest.change.as_dict()
    left_out = [problem.as_dict() for problem in latest.state.problems]
    return {**as_run(latest.state).as_dict(), "problems": left_out}


def change_screen(change: Change, width: int) -> Iterator[RenderableType]:
    """The rules that changed, what that did to the labels, and to figures of these rules and of the labels."""
    if change == Change(problems=change.problems):
        yield Text("Nothing changed in the labels.", "dim")
    for rule in change.rules:
        mark, style = MARKS[rule.what]
        yield Text.assemble((f"{mark} {rule.rule}", style), f" {rule.what}: {_counted(rule.rows, 'vote')}")
    for label in change.labels:
        yield Text.assemble((f"  {label.task}", "bold"), f": {_counted(label.rows, 'label')}")
    edited = {(rule.task, rule.rule) for rule in change.rules}
    lines = [
        _source_line(each.before, each.after)
        for each in change.sources
        for row in (each.after or each.before,)
        if row and (row.task, row.source) in edited
    ]
    if lines:
        yield from (Text(), grid(SOURCE_COLUMNS, lines, width))
    quality = [
        _quality_line(each.before, each.after)
        for each in change.quality
        for row in (each.after or each.before,)
        if row and row.metric in MAIN_METRICS and row.split != "test"  # rules that are tried by test wear it out
    ]
    if quality:
        yield from (Text(), grid(QUALITY_COLUMNS, quality, width, left=(0, 1, 2)))
    yield from _problems(change.problems)


def _problems(problems: Sequence[Problem]) -> Iterator[Text]:
    for problem in problems:
        mark = ("✗ ", "bold red") if problem.severity == "error" else ("! ", "yellow")
        yield Text.assemble(mark, str(problem))


def _counted(rows: ChangedRows, noun: str) -> str:
    """How many examples have another vote or label, and which they are."""
    verb = "has" if rows.n == 1 else "have"
    shown = ", ".join(rows.ids[:FEW_IDS])
    more = ", …" if rows.n > FEW_IDS else ""
    return f"{counted(rows.n, 'example')} {verb} another {noun}" + (f" ({shown}{more})" if shown else "")


def _source_line(before: SourceRow | None, after: SourceRow | None) -> list[str]:
    row = after or before
    known = [
        (each.coverage, each.overlap, each.conflict, each.accuracy_estimated, each.accuracy_gold)
        if each
        else (None,) * 5
        for each in (before, after)
    ]
    return [
        row.source if row else "",
        *(_arrow(old, new) for old, new in zip(*known, strict=True)),
        f"{row.n_gold:,}" if row else "",
    ]


def _quality_line(before: Row | None, after: Row | None) -> list[str]:
    row = after or before
    if row is None:
        return []
    values = (before.value if before else None, after.value if after else None)
    return [f"{row.task} · {row.stage}", row.split, row.metric, _arrow(*values, metric=row.metric)]


def _arrow(before: float | None, after: float | None, metric: str = "accuracy") -> str:
    """'.81 → .84', or one figure where both look the same."""
    old, new = (MISSING if value is None else figure(value, metric) for value in (before, after))
    return new if old == new else f"{old} → {new}"
