"""Verbs of the registry: versions, promote, rollback, push, pull, lineage, forget."""

from pathlib import Path
from typing import Annotated

import typer

from transom.cli.options import HERE, Json, Project, Store, named

Version = Annotated[str, typer.Argument(metavar="V", help="A version's number, or an alias.")]
Alias = Annotated[str, typer.Option("--alias", metavar="NAME", help="Another alias than live; any name will do.")]
Why = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Kept in the history, with your name and the time.")]
Address = Annotated[str, typer.Argument(metavar="DIR", help="A folder, or a URL such as s3://bucket/models.")]


def versions(
    project: Project = HERE,
    limit: Annotated[int, typer.Option("--limit", min=0, help="How many versions and moves to show.")] = 20,
    json: Json = False,
    store: Store = None,
) -> None:
    """The versions, where the aliases point, and every move that they made."""
    from transom.cli.output import print_json, show
    from transom.cli.version_view import VersionView
    from transom.pipeline.releases import versions as list_versions

    releases = list_versions(project, store=store, limit=limit)
    if json:
        print_json(releases.as_dict())
    else:
        show(VersionView(releases, project))


def promote(
    version: Version, project: Project = HERE, alias: Alias = "live", reason: Why = "", json: Json = False,
    store: Store = None,
) -> None:  # fmt: skip
    """Points live, or another alias, to a version that is whole."""
    from rich.text import Text

    from transom.cli.output import print_json, show
    from transom.export.layout import store_of
    from transom.pipeline.releases import gate_of
    from transom.pipeline.releases import promote as promote_version

    move = promote_version(project, version, why=reason, alias=alias, store=store)
    gate = None if move is None or move.version is None else gate_of(store_of(project, store), move.version)
    if json:
        print_json(None if move is None else {**move.as_dict(), "gate": None if gate is None else gate.as_dict()})
    elif move is None:
        show(f"{alias} points to version {version} already.")
    else:
        show(f"{alias} points to version {move.version}.")
        if gate is not None and gate.is_refused:
            show(Text(f"The gate refused version {move.version}: {gate.why}.", "yellow"))


def rollback(
    project: Project = HERE, alias: Alias = "live", reason: Why = "", json: Json = False, store: Store = None
) -> None:
    """Points live, or another alias, back to the version where it was before."""
    from transom.cli.output import print_json, show
    from transom.pipeline.releases import rollback as roll_back

    move = roll_back(project, why=reason, alias=alias, store=store)
    if json:
        print_json(move.as_dict())
    else:
        show(f"{alias} points to version {move.version} again.")


def push(version: Version, address: Address, project: Project = HERE, json: Json = False, store: Store = None) -> None:
    """Copies a version to DIR/V, from where another machine can pull it, or to an MLflow server (mlflow:URL)."""
    from transom.cli.output import print_json, show
    from transom.pipeline.pushing import push as push_version

    pushed = push_version(project, version, address, store=store)
    if json:
        print_json(pushed.as_dict())
    else:
        show(f"Version {pushed.version} is in {pushed.address}.")


def pull(
    version: Annotated[int, typer.Argument(metavar="V", help="The version's number.", min=1)],
    address: Address,
    project: Project = HERE,
    json: Json = False,
    store: Store = None,
) -> None:
    """Brings the version in DIR/V into the store, after every byte of it was checked."""
    from transom.cli.output import print_json, show
    from transom.export.bundle import pull as pull_version
    from transom.export.layout import store_of

    is_new = pull_version(store_of(project, store), version, address)
    if json:
        print_json({"version": version, "is_new": is_new})
    elif is_new:
        show(f"Version {version} is here. To answer with it: transom promote {version}{named(project)}.")
    else:
        show(f"Version {version} was here already.")


def lineage(
    version: Version,
    project: Project = HERE,
    mermaid: Annotated[bool, typer.Option("--mermaid", help="Print a diagram in Mermaid's language.")] = False,
    json: Json = False,
    store: Store = None,
) -> None:
    """What a version came from: files, rules, settings, libraries and stages; and where its aliases were."""
    from transom.cli.lineage_view import LineageView
    from transom.cli.output import print_json, print_text, show
    from transom.export.layout import store_of
    from transom.export.lineage import lineage as lineage_of
    from transom.export.lineage_diagram import mermaid as diagram
    from transom.export.store import find_version

    place = store_of(project, store)
    found = lineage_of(place, find_version(place, version))
    if json:
        print_json(found.as_dict())
    elif mermaid:
        print_text(diagram(found))
    else:
        show(LineageView(found))


def forget(
    example: Annotated[str | None, typer.Argument(metavar="[ID]", help="The example's id.")] = None,
    project: Project = HERE,
    ids: Annotated[
        Path | None, typer.Option("--ids", metavar="FILE", help="Erase all examples of this file: an id a line.")
    ] = None,
    reason: Why = "",
    data: Annotated[bool, typer.Option("--data", help="Write the project's data files again without it.")] = False,
    json: Json = False,
    store: Store = None,
) -> None:
    """Erases examples from datasets, cache, objects and log; says which files and versions still hold them.

    Beside --ids the one argument is the project. Exit code 1: of some example nothing was found.
    """
    from transom.cli.forgotten_view import forgotten_lines, not_held_line
    from transom.cli.output import print_json, show
    from transom.pipeline.forgetting import forget as forget_example
    from transom.pipeline.forgetting import read_ids

    named, project = _to_forget(example, project, is_listed=ids is not None)
    all_done = []
    for name in (named,) if ids is None else read_ids(ids):
        done = forget_example(name, project, why=reason, rewrite_data=data, store=store)
        all_done.append(done)
        if not json:
            show(*forgotten_lines(done))
    not_held = [done.id for done in all_done if not done.was_held]
    if json and ids is None:
        print_json(all_done[0].as_dict())
    elif json:
        print_json({"forgotten": [done.as_dict() for done in all_done], "not_held": not_held})
    elif ids is not None:
        show(not_held_line(len(all_done), not_held))
    if not_held:
        raise typer.Exit(1)


def _to_forget(example: str | None, project: Path, *, is_listed: bool) -> tuple[str, Path]:
    """The one id, and the project: which is what is named where the ids are listed in a file."""
    from transom.errors import UsageError

    if is_listed and example is not None and project != HERE:
        raise UsageError("T170", f"{example!r} stands beside --ids. Give one id, or --ids FILE for all of them.")
    if not is_listed and not example:
        raise UsageError("T170", "no id is given. Name an example: transom forget ID, or --ids FILE.")
    return (example or "", project) if not is_listed or example is None else ("", Path(example))


VERBS = (versions, promote, rollback, push, pull, lineage, forget)
