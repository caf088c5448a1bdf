"""The verb that runs the life cycle: run."""

from typing import Annotated

import typer

from transom.cli.options import HERE, Json, Project, Set, Store


def run(
    project: Project = HERE,
    until: Annotated[str | None, typer.Option(metavar="STAGE", help="Stop after this stage.")] = None,
    skip_bad_lines: Annotated[
        bool,
        typer.Option("--skip-bad-lines", help="Leave broken data lines out and write them, with reasons, to a file."),
    ] = False,
    json: Json = False,
    store: Store = None,
    set_: Set = None,
) -> None:
    """The life cycle: check, label, train, evaluate, export, register."""
    from transom.cli.output import print_json, progress, show
    from transom.cli.screens import run_screen
    from transom.pipeline.lifecycle import run as run_lifecycle

    with progress() as advance:
        result = run_lifecycle(
            project,
            store=store,
            settings=tuple(set_ or ()),
            until=until,
            skip_bad_lines=skip_bad_lines,
            progress=advance,
        )
    if json:
        print_json(result.as_dict())
    else:
        show(*run_screen(result))


VERBS = (run,)
