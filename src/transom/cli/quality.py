"""Verbs that show how good a version is: report, errors."""

from typing import Annotated

import typer

from transom.cli.options import HERE, Json, Project, Set, Store

Version = Annotated[str, typer.Option("--version", metavar="V", help="A version's number, or live.")]
LIVE = "live"


def report(project: Project = HERE, version: Version = LIVE, json: Json = False, store: Store = None) -> None:
    """Quality per task, tag and slice, every stage beside the others."""
    from transom.cli.output import print_json, show
    from transom.cli.screens import note_lines, report_screen
    from transom.pipeline.reports import report as read_report

    stored = read_report(project, store=store, version=version)
    if json:
        warnings = [problem.as_dict() for problem in stored.warnings]
        print_json({"version": stored.version, "rows": stored.report.as_dicts(), "warnings": warnings})
    else:
        show(*report_screen(stored.report), *note_lines(stored.warnings))


def errors(
    project: Project = HERE,
    task: Annotated[str | None, typer.Option(help="One task; all of them without it.")] = None,
    split: Annotated[str, typer.Option(help="train, dev or test.")] = "dev",
    version: Version = LIVE,
    json: Json = False,
    store: Store = None,
    set_: Set = None,
) -> None:
    """The examples that a version gets wrong, and what it takes for what."""
    from transom.cli.mistake_view import MistakeView
    from transom.cli.output import print_json, progress, show
    from transom.pipeline.reports import find_mistakes

    with progress() as advance:
        found = find_mistakes(
            project, task=task, split=split, store=store, settings=set_ or (), version=version, progress=advance
        )
    if json:
        print_json([one.as_dict() for one in found])
    else:
        show(*map(MistakeView, found))


def compare(
    before: Annotated[str, typer.Argument(metavar="A", help="A version's number, or an alias.")],
    after: Annotated[str, typer.Argument(metavar="B", help="The version to compare with it.")],
    project: Project = HERE,
    json: Json = False,
    store: Store = None,
) -> None:
    """Two versions on today's test rows, per task and slice, and whether they surely differ."""
    from transom.cli.compare_view import compared_screen
    from transom.cli.output import print_json, progress, show
    from transom.pipeline.comparing import compare as compare_versions

    with progress() as advance:
        compared = compare_versions(project, before, after, store=store, progress=advance)
    if json:
        print_json(compared.as_dict())
    else:
        show(*compared_screen(compared))


VERBS = (report, errors, compare)
