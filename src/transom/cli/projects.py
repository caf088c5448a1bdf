"""Verbs that begin and check a project: init, check, schema, explain."""

from pathlib import Path
from typing import Annotated

import typer

from transom.cli.options import HERE, Json, Project, Set, Store


def init(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make.")],
    example: Annotated[str | None, typer.Option(metavar="NAME", help="A worked example with its data.")] = None,
    source: Annotated[Path | None, typer.Option("--from", metavar="FILE", help="Propose from data.")] = None,
    json: Json = False,
) -> None:
    """A new commented project, a worked example, or one proposed from a JSONL, CSV or Parquet file."""
    from rich.text import Text

    from transom.cli.output import print_json, show
    from transom.pipeline.start import init as start

    written = start(directory, example=example, source=source)
    if json:
        print_json({"project": str(directory), "files": [str(path) for path in written]})
        return
    show(Text(f"Made {directory}:"), *(Text(f"  {path.relative_to(directory)}") for path in written))
    show(Text(f"Next: transom check {directory}, then transom run {directory}"))


def check(project: Project = HERE, json: Json = False, store: Store = None, set_: Set = None) -> None:
    """Every problem of the YAML files and of every data line, at once. Imports the project's functions."""
    from transom.cli.output import print_json, progress, show
    from transom.cli.tables import problems_table
    from transom.pipeline.check import check as run_check

    with progress() as advance:
        result = run_check(project, store=store, overrides=tuple(set_ or ()), progress=advance)
    if json:
        print_json(result.as_dict())
    else:
        n_examples, n_lines = result.n_examples, result.n_lines
        show(problems_table(result.problems, result.warnings, n_examples=n_examples, n_lines=n_lines, project=project))
    if result.problems:
        raise typer.Exit(1)


def schema(project: Project = HERE, json: Json = False) -> None:
    """JSON Schemas (draft 2020-12) of the YAML files and of this project's data lines, for editors."""
    from transom.cli.output import print_json, show
    from transom.pipeline.schemas import json_schemas, write_json_schemas

    if json:
        print_json(json_schemas(project))
        return
    for path in write_json_schemas(project):
        show(str(path))


def explain(
    code: Annotated[
        str | None, typer.Argument(metavar="CODE", help="Such as T012; without it, all are listed.")
    ] = None,
    json: Json = False,
) -> None:
    """What an error code means, and how to mend it."""
    from dataclasses import asdict

    from rich.text import Text

    from transom.cli.output import print_json, show
    from transom.errors import explanations
    from transom.pipeline.explain import explain as explanation_of

    chosen = list(explanations().values()) if code is None else [explanation_of(code)]
    if json:
        print_json([asdict(one) for one in chosen] if code is None else asdict(chosen[0]))
    elif code is None:
        show(*(Text(f"{one.code}  {one.title}") for one in chosen))
    else:
        paragraphs = (" ".join(lines.split()) for lines in chosen[0].text.split("\n\n"))
        show(Text(f"{chosen[0].code}  {chosen[0].title}", style="bold"), *(Text(f"\n{each}") for each in paragraphs))


VERBS = (init, check, schema, explain)
