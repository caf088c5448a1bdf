"""What the verbs print: one JSON document for programs, tables and progress for people."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import orjson
from rich.console import Console, RenderableType
from typer import Exit

from transom.pipeline.progress import Advance


def print_json(document: object) -> None:
    """One JSON document on standard output."""
    line = orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY) + b"\n"
    with _while_read():
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()


def print_text(text: str) -> None:
    """A document that is no JSON on standard output, as it is."""
    with _while_read():
        sys.stdout.write(text)
        sys.stdout.flush()


def show(*parts: RenderableType) -> None:
    """Tables and text for people on standard output; brackets and colons of names and paths are no markup."""
    with _while_read():
        Console(highlight=False, markup=False, emoji=False).print(*parts, sep="\n", crop=False)


@contextmanager
def _while_read() -> Iterator[None]:
    """Ends the verb, as done, where the reader went away (`transom predict | head`), which is no error of ours."""
    try:
        yield
    except (BrokenPipeError, SystemExit) as gone:  # the second is how rich leaves then
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left in buffers goes nowhere
        raise Exit from gone


@contextmanager
def progress() -> Iterator[Advance]:
    """A bar on the terminal that names what runs; nothing at all where standard error is no terminal."""
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
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
