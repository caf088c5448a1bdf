"""Verbs of the life cycle: run, runs, why."""

from typing import Annotated

import typer

from transom.cli.options import HERE, Json, Project, Set, Store


def run(
    project: Project = HERE,
    until: Annotated[str | None, typer.Option(metavar="STAGE", help="Stop after this stage.")] = None,
    force: Annotated[
        list[str] | None,
        typer.Option("--force", metavar="STAGE", help="Run this stage even if nothing changed; may be repeated."),
    ] = None,
    rehash: Annotated[
        bool, typer.Option("--rehash", help="Read every file again, also those that look unchanged.")
    ] = False,
    cache_size: Annotated[
        str, typer.Option("--cache-size", metavar="SIZE", help="How much the cache may keep: 500MB, 5GB.")
    ] = "5GB",
    skip_bad_lines: Annotated[
        bool,
        typer.Option("--skip-bad-lines", help="Leave broken data lines out and write them, with reasons, to a file."),
    ] = False,
    json: Json = False,
    store: Store = None,
    set_: Set = None,
) -> None:
    """The life cycle, from the files to a registered version; what did not change is not run again."""
    from transom.cli.output import print_json, progress, show
    from transom.cli.screens import run_screen
    from transom.pipeline.lifecycle import run as run_lifecycle
    from transom.pipeline.reuse import Reuse

    with progress() as advance:
        result = run_lifecycle(
            project,
            store=store,
            settings=tuple(set_ or ()),
            until=until,
            reuse=Reuse(tuple(force or ()), rehash, cache_size),
            skip_bad_lines=skip_bad_lines,
            progress=advance,
        )
    if json:
        print_json(result.as_dict())
    else:
        show(*run_screen(result, project))
    if result.verdict is not None and result.verdict.is_refused:
        raise typer.Exit(1)


def runs(
    project: Project = HERE,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many runs to show.")] = 20,
    json: Json = False,
    store: Store = None,
) -> None:
    """What ran, the newest first."""
    from transom.cli.output import print_json, show
    from transom.cli.run_view import RunsView
    from transom.export.executions import runs as list_runs
    from transom.export.layout import store_of

    found = list_runs(store_of(project, store), limit)
    if json:
        print_json([each.as_dict() for each in found])
    else:
        show(RunsView(found, project))


def why(
    stage: Annotated[str, typer.Argument(metavar="STAGE", help="Such as train.")],
    project: Project = HERE,
    json: Json = False,
    store: Store = None,
) -> None:
    """Why a stage ran, the last time that it did: everything that had changed."""
    from transom.cli.output import print_json, show
    from transom.cli.why_view import why_lines
    from transom.pipeline.history import why as find_why

    found = find_why(stage, project, store=store)
    if json:
        print_json(None if found is None else found.as_dict())
    else:
        show(*why_lines(stage, found, project))


VERBS = (run, runs, why)
