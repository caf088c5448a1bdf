"""The verb that supervises: label."""

from transom.cli.options import HERE, Json, Project, Set, Store


def label(project: Project = HERE, json: Json = False, store: Store = None, set_: Set = None) -> None:
    """Apply the sources, weigh them, and show how good each is and how good the labels are."""
    from transom.cli.output import print_json, progress, show
    from transom.cli.screens import labels_screen
    from transom.pipeline.lifecycle import label as run_label

    with progress() as advance:
        result = run_label(project, store=store, settings=tuple(set_ or ()), progress=advance)
    if json:
        print_json(result.as_dict())
    else:
        show(*labels_screen(result))


VERBS = (label,)
