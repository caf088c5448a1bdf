"""Verbs of the model: model, tune."""

from typing import Annotated

import typer

from transom.cli.options import HERE, Json, Project, Set, Store


def tune(
    project: Project = HERE,
    budget: Annotated[
        str | None, typer.Option(metavar="120s", help="Stop after so long; model.yaml's without it.")
    ] = None,
    trials: Annotated[int | None, typer.Option(min=1, help="Stop after so many trials.")] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Try so many at once, each in its own process.")] = 1,
    apply: Annotated[bool, typer.Option("--apply", help="Write what is best into model.yaml.")] = False,
    json: Json = False,
    store: Store = None,
    set_: Set = None,
) -> None:
    """Search for better settings of the model on dev. A search that was interrupted goes on."""
    from transom.cli.output import print_json, progress, show
    from transom.cli.trial_view import trials_screen
    from transom.pipeline.model_file import write_settings
    from transom.pipeline.tuning import tune as run_search

    with progress() as advance:
        tuned = run_search(
            project,
            store=store,
            settings=tuple(set_ or ()),
            n_trials=trials,
            budget=budget,
            n_jobs=jobs,
            progress=advance,
        )
    if apply:
        write_settings(project, tuned.keys)
    if json:
        print_json(tuned.as_dict())
    else:
        show(*trials_screen(tuned, is_applied=apply, project=project))


def model(
    project: Project = HERE,
    version: Annotated[str | None, typer.Option("--version", metavar="V", help="A trained model, counted.")] = None,
    variant: Annotated[str | None, typer.Option("--variant", metavar="NAME", help="A variant of model.yaml.")] = None,
    dot: Annotated[bool, typer.Option("--dot", help="For Graphviz.")] = False,
    mermaid: Annotated[bool, typer.Option("--mermaid", help="As a Mermaid flowchart.")] = False,
    json: Json = False,
    store: Store = None,
    set_: Set = None,
) -> None:
    """The graph that the project's files compile to: blocks, shapes and what they cost."""
    from transom.cli.output import print_json, print_text, show
    from transom.cli.plan_view import plan_screen
    from transom.model import plan as drawing
    from transom.pipeline.planning import plan

    found = plan(project, store=store, settings=tuple(set_ or ()), version=version, variant=variant)
    if json:
        print_json(found.as_dict())
    elif dot or mermaid:
        print_text((drawing.dot if dot else drawing.mermaid)(found.blocks) + "\n")
    else:
        show(*plan_screen(found, project))


VERBS = (model, tune)
