"""Verbs that use a version: predict, export."""

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


def export(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
    project: Project = HERE,
    format_: Annotated[
        str, typer.Option("--format", metavar="F", help="onnx, onnx-int8, torch or executorch.")
    ] = "onnx",
    version: Version = LIVE,
    variant: Annotated[str | None, typer.Option("--variant", metavar="NAME", help="A variant of the model.")] = None,
    json: Json = False,
    store: Store = None,
) -> None:
    """The network of a version in another form, tried on recorded examples."""
    from transom.cli.export_view import export_screen
    from transom.cli.output import print_json, show
    from transom.pipeline.exports import export_version

    done = export_version(project, directory, format=format_, version=version, variant=variant, store=store)
    if json:
        print_json(done.as_dict())
    else:
        show(*export_screen(done))
    if done.refused is not None:
        raise typer.Exit(1)


VERBS = (predict, export)
