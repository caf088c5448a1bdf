"""The sources as people read them: those that need a look first, and why."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from rich.console import Console, ConsoleOptions, RenderableType
from rich.text import Text

from transom.cli.figures import MISSING, counted, figure, with_interval
from transom.cli.grid import fits, grid, indented, shortened
from transom.cli.results import FEW
from transom.errors import listed
from transom.evaluation.intervals import Estimate
from transom.schema.tasks import Bitvector, Multiclass, Task
from transom.supervision.source_row import SourceRow

NARROW_COLUMNS = {
    "source": "source",
    "gold": "on gold",
    "n": "n",
    "estimated": "est.",
    "coverage": "cov.",
    "conflict": "conf.",
    "finding": "",
}
WIDE_COLUMNS = {
    "source": "source",
    "gold": "accuracy on gold",
    "n": "n",
    "estimated": "estimated",
    "coverage": "coverage",
    "overlap": "overlap",
    "conflict": "conflict",
    "polarity": "votes for",
    "finding": "",
}
WORDS = frozenset({"polarity", "finding"})
OVERRATED_BY = 0.05
"""By how much an estimated accuracy must exceed the interval on gold to be called too high."""
LONGEST_WORDS = 24
MARKS = {"bad": ("✗", "bold red"), "doubtful": ("!", "yellow"), "fine": (" ", "")}


@dataclass(frozen=True)
class Finding:
    """What is most wrong with a source: it does harm or nothing (bad), or needs a look (doubtful)."""

    severity: Literal["bad", "doubtful", "fine"]
    words: str = ""


@dataclass(frozen=True)
class SourceView:
    """The table of sources, one block a task; `chance` holds the accuracy of guessing for tasks that have one."""

    rows: Sequence[SourceRow]
    chance: Mapping[str, float]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """One block a task: the sources, those that need a look first, and a sentence on them."""
        for task in dict.fromkeys(row.task for row in self.rows):
            rows = [row for row in self.rows if row.task == task]
            yield from _block(task, rows, self.chance.get(task), options.max_width)


def chance_of(tasks: Iterable[Task]) -> dict[str, float]:
    """The accuracy of guessing on each task of classes or bits."""
    return {
        task.name: 1 / len(task.classes) if isinstance(task, Multiclass) else 0.5
        for task in tasks
        if isinstance(task, Multiclass | Bitvector)
    }


def finding(row: SourceRow, chance: float | None) -> Finding:
    """What is most wrong with a source.

    It is judged by gold where at least 30 items that it voted on have it, and else by how it relates to the others.
    """
    gold = _on_gold(row)
    if row.coverage == 0:
        return Finding("bad", "never votes")
    if gold is not None and row.n_gold >= FEW:
        return _judged(row, gold, chance)
    if row.conflict is not None and row.overlap > 0 and row.conflict > 0.5 * row.overlap and not _is_trusted(row):
        return Finding("doubtful", "contradicted")
    return _copying(row)


def _is_trusted(row: SourceRow) -> bool:
    """Whether the label model takes a source for right more often than wrong: then those against it are not."""
    return row.accuracy_estimated is not None and row.accuracy_estimated > 0.5


def _judged(row: SourceRow, gold: Estimate, chance: float | None) -> Finding:
    if chance is not None and gold.high < chance:
        return Finding("bad", "below chance")
    if chance is not None and gold.low <= chance:
        return Finding("doubtful", "like chance")
    if row.accuracy_estimated is not None and row.accuracy_estimated > gold.high + OVERRATED_BY:
        return Finding("doubtful", "trusted too much")
    return _copying(row)


def _copying(row: SourceRow) -> Finding:
    return Finding("doubtful", f"copies {', '.join(row.copies)}") if row.copies else Finding("fine")


def _on_gold(row: SourceRow) -> Estimate | None:
    if row.accuracy_gold is None or row.low is None or row.high is None:
        return None
    return Estimate(row.accuracy_gold, row.low, row.high)


def _block(task: str, rows: Sequence[SourceRow], chance: float | None, width: int) -> Iterator[RenderableType]:
    found = {row.source: finding(row, chance) for row in rows}
    severities = list(MARKS)
    ordered = sorted(rows, key=lambda row: (severities.index(found[row.source].severity), _accuracy(row), row.source))
    yield Text.assemble((task, "bold"), (f" · {counted(len(rows), 'source')}", "dim"))
    yield Text()
    yield _source_grid(ordered, found, width)
    yield Text()
    yield indented(_in_words(ordered, found))
    yield Text()


def _source_grid(rows: Sequence[SourceRow], found: Mapping[str, Finding], width: int) -> RenderableType:
    """All columns where they fit, else those that matter most."""
    is_judged = any(row.n_gold for row in rows)  # numbers never are: a 0 would say that gold is missing
    lines = [_line(row, found[row.source], is_judged=is_judged) for row in rows]
    columns, cells = WIDE_COLUMNS, [[line[column] for column in WIDE_COLUMNS] for line in lines]
    if not fits(list(columns.values()), cells, width):
        columns, cells = NARROW_COLUMNS, [[line[column] for column in NARROW_COLUMNS] for line in lines]
    left = [0, *(number for number, column in enumerate(columns) if column in WORDS)]
    return grid(list(columns.values()), cells, width, left=left)


def _accuracy(row: SourceRow) -> float:
    """What the source is ranked by: on gold, else as estimated; sources of which neither is known come last."""
    known = (value for value in (row.accuracy_gold, row.accuracy_estimated) if value is not None)
    return next(known, 1.0)


def _line(row: SourceRow, found: Finding, *, is_judged: bool) -> dict[str, Text]:
    """The cells of a source by column; `is_judged` says that gold says something of the task's sources."""
    mark, style = MARKS[found.severity]
    gold = _on_gold(row)
    cells = {
        "source": f"{mark} {row.source}",
        "gold": MISSING if gold is None else with_interval(gold.value, gold.low, gold.high),
        "n": f"{row.n_gold:,}" if is_judged else MISSING,
        "estimated": MISSING if row.accuracy_estimated is None else figure(row.accuracy_estimated),
        "coverage": figure(row.coverage),
        "overlap": figure(row.overlap),
        "conflict": MISSING if row.conflict is None else figure(row.conflict),
        "polarity": ", ".join(row.polarity),
        "finding": found.words,
    }
    texts = {column: Text(cell, style) for column, cell in cells.items()}
    return texts | {column: shortened(texts[column], LONGEST_WORDS) for column in WORDS}


def _in_words(rows: Sequence[SourceRow], found: Mapping[str, Finding]) -> Text:
    """Which sources need a look, for those who read the table without colours, too."""
    named = [f"{row.source} ({found[row.source].words})" for row in rows if found[row.source].severity != "fine"]
    if not named:
        return Text("No source stands out as bad." if any(map(_can_be_judged, rows)) else _unjudged(rows))
    verb = "needs" if len(named) == 1 else "need"
    return Text.assemble((f"{len(named)} of {len(rows)} {verb} a look", "bold yellow"), f": {listed(named)}.")


def _can_be_judged(row: SourceRow) -> bool:
    """Whether anything could have spoken against a source: gold, or sources that vote on the same items."""
    return (_on_gold(row) is not None and row.n_gold >= FEW) or (row.conflict is not None and row.overlap > 0)


def _unjudged(rows: Sequence[SourceRow]) -> str:
    if all(row.conflict is None for row in rows):
        return "No source is judged: numbers are neither right nor wrong, and do not conflict."
    return f"No source is judged: none has gold on {FEW} of its votes, and no two vote on the same item."
