"""The verb that hands a project to an orchestrator: emit."""

from pathlib import Path
from typing import Annotated

import typer

from transom.cli.options import HERE, Json, Project, Set, Store


def emit(
    target: Annotated[str, typer.Argument(metavar="TARGET", help="airflow, github or kubeflow.")],
    project: Project = HERE,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write it there.")] = None,
    schedule: Annotated[
        str | None, typer.Option("--schedule", metavar="CRON", help="When to run, such as '0 3 * * *'.")
    ] = None,
    image: Annotated[
        str, typer.Option("--image", metavar="IMAGE", help="The container image that holds transom, for kubeflow.")
    ] = "transom:latest",
    json: Json = False,
    store: Store = None,
    set_: Set = None,
) -> None:
    """A workflow for Airflow, GitHub Actions or Kubeflow that runs the life cycle stage by stage."""
    from transom.cli.output import print_json, print_text, show
    from transom.pipeline.emitting import emit as workflow_for
    from transom.pipeline.emitting import write_workflow

    text = workflow_for(target, project, schedule=schedule, image=image, store=store, settings=set_ or ())
    if out is not None:
        write_workflow(text, out)
    if json:
        print_json({"target": target, "file": None if out is None else str(out), "workflow": text})
    elif out is None:
        print_text(text)
    else:
        show(f"Wrote {out}.")


VERBS = (emit,)
