"""A plain grid that fits the terminal: no frames, one flexible column, numbers to the right."""

import re
from collections.abc import Iterator, Sequence

from rich import box
from rich.cells import cell_len, chop_cells
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

WIDE = 100
"""From this many characters on, tables show what is good to have."""
GAP = 2
INDENT = 1
NARROWEST = 8

_WORD = re.compile(r"\s*\S+\s*")
_PART = re.compile(r".*?[\s_:/.-]+|.+")
"""What of a word ends where a name may be broken: after a sign."""

Cell = Text | str
Line = Sequence[Cell] | None
"""The cells of one line; None is an empty line between groups."""


def grid(
    headings: Sequence[str], lines: Sequence[Line], width: int, *, left: Sequence[int] = (0,), is_folded: bool = False
) -> Padding:
    """A table of at most `width` characters; its first column is cut, or `is_folded`, where the others leave no room.

    The columns `left` are aligned to the left, the others to the right.
    """
    widths = _widths(headings, lines)
    room = max(NARROWEST, width - INDENT - sum(widths[1:]) - GAP * (len(widths) - 1))
    table = Table(
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        border_style="dim",
        header_style="dim",
    )
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="left" if number in left else "right", no_wrap=True, overflow="ellipsis")
    for line in lines:
        if line is None:
            table.add_row()
        else:
            table.add_row(folded(line[0], room) if is_folded else shortened(line[0], room), *line[1:])
    return indented(table)


def fits(headings: Sequence[str], lines: Sequence[Line], width: int) -> bool:
    """Whether the table needs no more than `width` characters."""
    widths = _widths(headings, lines)
    return INDENT + sum(widths) + GAP * (len(widths) - 1) <= width


def _widths(headings: Sequence[str], lines: Sequence[Line]) -> list[int]:
    cells = [line for line in lines if line is not None]
    return [max(cell_len(str(cell)) for cell in column) for column in zip(headings, *cells, strict=True)]


def indented(part: RenderableType) -> Padding:
    """A part as far from the left edge as tables are, also where its lines wrap."""
    return Padding(part, (0, 0, 0, INDENT), expand=False)


def folded(cell: Cell, width: int) -> Text:
    """The text, on as many lines as that width needs; a word is broken, after a sign if it has some, where it must."""
    text = Text(cell) if isinstance(cell, str) else cell
    breaks, line, place = list[int](), "", 0
    for piece in _pieces(text.plain, width):
        if line and cell_len(f"{line}{piece}".rstrip()) > width:
            breaks.append(place)
            line = ""
        line, place = line + piece, place + len(piece)
    lines = text.divide(breaks)
    for each in lines:
        each.rstrip()
    return Text("\n").join(lines)


def _pieces(text: str, width: int) -> Iterator[str]:
    """A text in pieces of at most that width, spaces at their ends apart: words, or else parts of them."""
    for word in _WORD.findall(text):
        if cell_len(word.rstrip()) <= width:
            yield word
        else:
            for part in _PART.findall(word):
                yield from [part] if cell_len(part.rstrip()) <= width else chop_cells(part, width)


def shortened(cell: Cell, width: int) -> Text:
    """The text, cut with an ellipsis where it is wider than that."""
    text = cell.copy() if isinstance(cell, Text) else Text(cell)
    text.truncate(width, overflow="ellipsis")
    return text
