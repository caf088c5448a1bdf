"""The verb that supervises: label."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from transom.cli.options import HERE, Json, Project, Set, Store

LOOK_S = 0.2
"""Seconds between two looks at the files of a project that is watched."""


def label(
    project: Project = HERE,
    watch: Annotated[
        bool, typer.Option("--watch", help="Stay, and show what each save of the project's files changes.")
    ] = False,
    conflicts: Annotated[
        bool, typer.Option("--conflicts", help="Show which sources disagree, on what, and who is right on gold.")
    ] = False,
    slices: Annotated[bool, typer.Option("--slices", help="Show what the sources do in each slice and tag.")] = False,
    suggest: Annotated[
        bool, typer.Option("--suggest", help="Show what examples without a vote, or in dispute, have in common.")
    ] = False,
    json: Json = False,
    store: Store = None,
    set_: Set = None,
) -> None:
    """Apply the sources, weigh them, and show how good each is and how good the labels are."""
    if watch:
        _refuse({"--conflicts": conflicts, "--slices": slices, "--suggest": suggest})
        _watch(project, is_json=json, store=store, settings=tuple(set_ or ()))
        return
    from rich.console import Console

    from transom.cli.analysis_view import conflicts_screen, reach_screen, suggestions_screen
    from transom.cli.output import print_json, progress, show
    from transom.cli.screens import labels_screen
    from transom.pipeline.lifecycle import label as run_label

    is_analysed = json or conflicts or slices or suggest
    with progress() as advance:
        result = run_label(project, store=store, settings=tuple(set_ or ()), analyse=is_analysed, progress=advance)
    found, width = result.analysis, Console().width
    if json:
        print_json(result.as_dict())
    elif found is None:
        show(*labels_screen(result, project))
    else:
        show(
            *(conflicts_screen(found.conflicts, width) if conflicts else ()),
            *(reach_screen(found.reach, width) if slices else ()),
            *(suggestions_screen(found.suggestions, width) if suggest else ()),
        )


def _refuse(options: Mapping[str, bool]) -> None:
    """Refuses options of the analysis, which is too slow for the loop that shows each save."""
    from transom.errors import UsageError, listed

    if given := [option for option, is_given in options.items() if is_given]:
        message = f"--watch shows what each save changes, not {listed(given)}. Run label without --watch for that."
        raise UsageError("T240", message)


def _watch(project: Path, *, is_json: bool, store: Path | None, settings: tuple[str, ...]) -> None:
    """Shows rounds until it is interrupted, which is how one ends it and no failure."""
    import time
    from functools import partial

    from rich.console import Console

    from transom.cli.change_view import as_document, round_screen
    from transom.cli.output import print_json, show
    from transom.pipeline.watching import watch
    from transom.pipeline.workspace import open_workspace

    reopen = partial(open_workspace, project, store=store, overrides=settings)
    try:
        for latest in watch(reopen, partial(time.sleep, LOOK_S)):
            if is_json:
                print_json(as_document(latest))
            else:
                show(*round_screen(latest, Console().width))
    except KeyboardInterrupt:
        return


VERBS = (label,)
