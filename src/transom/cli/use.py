"""The verb that uses a version: predict."""

from pathlib import Path
from typing import Annotated

import typer

from transom.cli.options import HERE, Json, Project, Store
from transom.cli.quality import LIVE, Version


def predict(
    project: Project = HERE,
    file: Annotated[Path, typer.Argument(metavar="[FILE|-]", help="Records as JSON lines; - is standard input.")] = Path(
        "-"
    ),
    version: Version = LIVE,
    json: Json = False,
    store: Store = None,
) -> None:
    """Records in, predictions out, one JSON document a line."""
    from transom.cli.output import print_lines
    from transom.pipeline.answers import predict_lines

    del json  # a stream of predictions is JSON lines in any case
    refused = print_lines(predict_lines(project, file, store=store, version=version))
    if refused:
        raise typer.Exit(1)


VERBS = (predict,)
