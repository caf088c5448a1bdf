"""What each stage may see of a request, and which files of the project it reads: what its cache key covers.

A view keeps what its stage depends on and leaves all else at its default, so that the stage cannot depend on it.
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from transom.data.ingest import data_files
from transom.export.aliases import alias_of, history
from transom.export.artifact import MANIFEST
from transom.export.layout import FORGOTTEN, LIVE, folder_of
from transom.model.settings import Pretrained
from transom.pipeline.deployment import Deployment
from transom.pipeline.ingesting import DATA
from transom.pipeline.request import Request
from transom.pipeline.settings import ModelSettings
from transom.pipeline.workspace import Workspace
from transom.schema.schema import Schema
from transom.supervision.rule_kinds import GazetteerRule, TableRule

NOTHING = Workspace(Path(), Path(), Schema(), (), ModelSettings(), Deployment())
"""A workspace that says nothing: every view begins with it."""


def seen_by_check(request: Request) -> Request:
    """The schema but its slices, how groups are split, and whether broken lines may be skipped."""
    workspace = request.workspace
    model = ModelSettings(split_by=workspace.model.split_by)
    seen = _only(request, replace(NOTHING, schema=_without_slices(workspace.schema), model=model))
    return replace(seen, skip_bad_lines=request.skip_bad_lines)


def seen_by_statistics(request: Request) -> Request:
    """The schema but its slices."""
    return _only(request, replace(NOTHING, schema=_without_slices(request.workspace.schema)))


def seen_by_guards(request: Request) -> Request:
    """The schema but its slices, the sources, what is an anomaly, and which version is live."""
    workspace = request.workspace
    deploy = Deployment(statistics=workspace.deploy.statistics)
    schema = _without_slices(workspace.schema)
    seen = _only(request, replace(NOTHING, schema=schema, sources=workspace.sources, deploy=deploy))
    return replace(seen, live=alias_of(workspace.store, LIVE))


def seen_by_label(request: Request) -> Request:
    """The schema but its slices, the sources, and how votes are weighed."""
    workspace = request.workspace
    schema = _without_slices(workspace.schema)
    return _only(request, replace(NOTHING, schema=schema, sources=workspace.sources, model=_weighing(workspace.model)))


def seen_by_extend(request: Request) -> Request:
    """The schema but its slices, how votes are weighed, and how they are extended."""
    workspace = request.workspace
    model = replace(_weighing(workspace.model), extend=workspace.model.extend)
    return _only(request, replace(NOTHING, schema=_without_slices(workspace.schema), model=model))


def seen_by_train(request: Request) -> Request:
    """The schema with the slices that get capacity, and model.yaml but for how votes are weighed and for the search."""
    schema, model = request.workspace.schema, request.workspace.model
    with_capacity = tuple(each for each in schema.slices if each.capacity)
    unseen = ModelSettings()
    learned = replace(
        model,
        label_models=unseen.label_models,
        use_gold=unseen.use_gold,
        split_by=unseen.split_by,
        extend=unseen.extend,
        search=unseen.search,
    )
    return _only(request, replace(NOTHING, schema=replace(schema, slices=with_capacity), model=learned))


def seen_by_evaluate(request: Request) -> Request:
    """The whole schema: slices that are only reported are measured, too."""
    return _only(request, replace(NOTHING, schema=request.workspace.schema))


def seen_by_export(request: Request) -> Request:
    """The whole schema and model.yaml: a version says what it was made with."""
    return _only(request, replace(NOTHING, schema=request.workspace.schema, model=request.workspace.model))


def seen_by_validate(request: Request) -> Request:
    """Nothing: what was exported is tried as it is."""
    return _only(request, NOTHING)


def seen_by_gate(request: Request) -> Request:
    """The whole schema, the gate, and how often live was moved, against which a candidate is judged."""
    workspace = request.workspace
    seen = _only(request, replace(NOTHING, schema=workspace.schema, deploy=Deployment(gate=workspace.deploy.gate)))
    return replace(seen, n_moves=max(len(history(workspace.store, LIVE)) - 1, 0))


def seen_by_register(request: Request) -> Request:
    """The whole schema: a version keeps how large its slices are."""
    return _only(request, replace(NOTHING, schema=request.workspace.schema))


def is_extended(workspace: Workspace) -> bool:
    """Whether votes are extended at all."""
    return workspace.model.extend is not None


def lines_read(workspace: Workspace) -> Iterable[Path]:
    """The data files, and what may not come back from them."""
    yield from data_files(workspace.folder / DATA)
    if (workspace.store / FORGOTTEN).exists():
        yield workspace.store / FORGOTTEN


def files_of_rules(workspace: Workspace) -> Iterable[Path]:
    """The tables and gazetteers of the sources."""
    for source in workspace.sources:
        if isinstance(source, TableRule):
            yield workspace.folder / source.table
        elif isinstance(source, GazetteerRule):
            yield workspace.folder / source.gazetteer


def files_of_training(workspace: Workspace) -> Iterable[Path]:
    """What training begins with: the manifest of a version, and pretrained models that stand in a folder."""
    model = workspace.model
    if model.training.start is not None:
        yield folder_of(workspace.store, model.training.start) / MANIFEST
    for payloads in (model.payloads, *model.variants.values()):
        for chosen in payloads.values():
            if isinstance(chosen.encoder, Pretrained):
                folder = Path(chosen.encoder.model).expanduser()
                yield from sorted(file for file in folder.rglob("*") if file.is_file())


def _only(request: Request, seen: Workspace) -> Request:
    workspace = replace(seen, folder=request.workspace.folder, store=request.workspace.store)
    return replace(request, workspace=workspace, skip_bad_lines=False)


def _without_slices(schema: Schema) -> Schema:
    return replace(schema, slices=())


def _weighing(model: ModelSettings) -> ModelSettings:
    return ModelSettings(label_models=model.label_models, use_gold=model.use_gold, use_dev=model.use_dev)
