"""What the verbs print: one JSON document for programs, tables and progress for people."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import orjson
from rich.console import Console, RenderableType

from transom.pipeline.progress import Advance


def print_json(document: object) -> None:
    """One JSON document on standard output."""
    sys.stdout.buffer.write(orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY) + b"\n")
    sys.stdout.buffer.flush()


def show(*parts: RenderableType) -> None:
    """Tables and text for people on standard output."""
    Console(highlight=False).print(*parts, sep="\n", crop=False)


@contextmanager
def progress() -> Iterator[Advance]:
    """A bar on the terminal that names what runs; nothing at all where standard error is no terminal."""
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        task = bar.add_task("", total=None)
        yield lambda what, share: bar.update(
            task, description=what, completed=share, total=None if share is None else 1
        )
