"""Mistakes as people read them: what is taken for what, and the wrong examples with what everyone said."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from rich.console import Console, ConsoleOptions, RenderableType
from rich.text import Text

from transom.cli.figures import counted, figure
from transom.cli.grid import Line, fits, grid, shortened
from transom.evaluation.confusion import Confusion
from transom.pipeline.mistakes import Mistake, Mistakes

MAX_PAIRS = 12
CORNER = "gold"
SNIPPET_INDENT = 6


@dataclass(frozen=True)
class MistakeView:
    """The mistakes of one task, fitted to the terminal."""

    mistakes: Mistakes

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """The confusion, then the rows."""
        found = self.mistakes
        said = f"{found.n_wrong:,} of {found.n:,} wrong" if found.n else "no gold to judge by"
        yield Text.assemble((found.task, "bold"), (f" · {said}", "dim"))
        yield Text()
        if found.confusion.counts.any():
            yield from (_confusion(found.confusion, options.max_width), Text())
        is_number = not found.confusion.gold
        if found.rows and len(found.rows) < found.n_wrong:
            which = "largest" if is_number else "most confident"
            yield Text(f"The {which} {counted(len(found.rows), 'mistake')}:", "dim")
        for row in found.rows:
            yield from _mistake(row, "mae" if is_number else "accuracy", options.max_width)
        yield Text()


def _confusion(confusion: Confusion, width: int) -> RenderableType:
    """The matrix where it fits, else the most frequent pairs."""
    columns = [CORNER, *(f"→ {name}" for name in confusion.predicted)]
    largest = int(np.where(confusion.is_right, 0, confusion.counts).max())
    lines: list[list[Text]] = []
    for gold, counts, are_right in zip(
        confusion.gold, confusion.counts.tolist(), confusion.is_right.tolist(), strict=True
    ):
        cells = [_cell(count, is_right, largest) for count, is_right in zip(counts, are_right, strict=True)]
        lines.append([Text(gold), *cells])
    return grid(columns, lines, width) if fits(columns, lines, width) else _pairs(confusion, width)


def _cell(count: int, is_right: bool, largest: int) -> Text:
    """A count; the most frequent confusions stand out, and what is right or never happens stands back."""
    style = (
        "dim" if is_right or not count else "bold red" if count == largest else "yellow" if 2 * count > largest else ""
    )
    return Text(f"{count:,}" if count else "·", style)


def _pairs(confusion: Confusion, width: int) -> RenderableType:
    wrong = np.where(confusion.is_right, 0, confusion.counts)
    order = np.argsort(-wrong, axis=None, kind="stable")[:MAX_PAIRS]
    lines: list[Line] = []
    for gold, predicted in zip(*np.unravel_index(order, wrong.shape), strict=True):
        n, n_gold = int(wrong[gold, predicted]), int(confusion.counts[gold].sum())
        if n:
            lines.append([confusion.gold[gold], confusion.predicted[predicted], f"{n:,}", figure(n / n_gold)])
    return grid(["gold", "taken for", "n", "share of gold"], lines, width, left=(0, 1))


def _mistake(row: Mistake, metric: str, width: int) -> Iterator[RenderableType]:
    """Up to three lines: how sure of what, the text, and what the sources said."""
    place = row.id if row.element is None else f"{row.id}[{row.element}]"
    what = ((row.gold, "green"), " taken for ", (row.predicted, "red"), (f"  {place}", "dim"))
    yield shortened(Text.assemble((f" {figure(row.confidence, metric):>4} ", "bold"), *what), width)
    room = width - SNIPPET_INDENT
    if row.text:
        yield Text(" " * SNIPPET_INDENT) + shortened(" ".join(row.text.split()), room)
    if row.votes:
        votes = Text(" · ").join(
            Text.assemble((f"{source} ", "dim"), (vote, "green" if vote == row.gold else "red"))
            for source, vote in row.votes.items()
        )
        yield Text(" " * SNIPPET_INDENT) + shortened(votes, room)
