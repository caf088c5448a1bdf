"""The verb that uses a version: predict."""

from pathlib import Path
from typing import Annotated

import typer

from transom.cli.options import HERE, Json, Project, Store
from transom.cli.quality import LIVE, Version

STANDARD_INPUT = Path("-")


def predict(
    project: Project = HERE,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE|-]", help="Records as JSON lines; - is standard input.")
    ] = None,
    version: Version = LIVE,
    variant: Annotated[
        str | None, typer.Option(metavar="NAME", help="One of the version's variants instead of its model.")
    ] = None,
    json: Json = False,
    store: Store = None,
) -> None:
    """Records in, predictions out, one JSON document a line. A lone FILE is read for the project of this folder."""
    from transom.cli.output import print_json
    from transom.pipeline.answers import predict_lines

    del json  # a stream of predictions is JSON lines in any case
    if file is None and not project.is_dir():
        project, file = HERE, project
    has_refused = False
    for reply in predict_lines(project, file or STANDARD_INPUT, store=store, version=version, variant=variant):
        print_json(reply)
        has_refused = has_refused or "error" in reply
    if has_refused:
        raise typer.Exit(1)


VERBS = (predict,)
