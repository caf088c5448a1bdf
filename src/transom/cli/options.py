"""The arguments and options that every verb takes."""

from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

Project = Annotated[Path, typer.Argument(help="The project's folder.", show_default="the current folder")]
Json = Annotated[bool, typer.Option("--json", help="Print exactly one JSON document.")]
Store = Annotated[Path | None, typer.Option("--store", help="Where versions go.", show_default="PROJECT/.transom")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override a key of model.yaml or deploy.yaml; may be repeated."),
]
HERE = Path()


def named(project: Path) -> str:
    """The project as it follows a verb in advice, as it was given; nothing for the current folder.

    >>> f"transom run{named(Path('my project'))}", f"transom run{named(HERE)}"
    ("transom run 'my project'", 'transom run')
    """
    return "" if project == HERE else f" {quote(str(project))}"
