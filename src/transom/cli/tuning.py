"""The verb that searches for a better model: tune."""

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
        show(*trials_screen(tuned, is_applied=apply))


VERBS = (tune,)
