"""The stage `train`: the model, its variants, and the baselines beside them, from the targets of all tasks."""

import shutil
from collections.abc import Mapping, Sequence
from typing import Any

from transom.data.dataset import Dataset, frame
from transom.data.predictions import Predictions
from transom.errors import TrainingError
from transom.export.store import open_version
from transom.export.variants import files_of, variants_of
from transom.model.compile import compile_graph
from transom.model.graph import Graph
from transom.model.saved import Model
from transom.pipeline.fitting import FittedModel, Material, fit_model, predict_alone
from transom.pipeline.ingesting import Examples
from transom.pipeline.labeling import TaskLabels
from transom.pipeline.learned import Learned
from transom.pipeline.request import Request
from transom.pipeline.slice_capacity import slice_capacity
from transom.pipeline.stored_models import stored_model
from transom.training.baselines import Inputs, linear, linear_majority
from transom.training.config import AUTOMATIC_TEACHER
from transom.training.tree_baseline import baseline_trees

LARGE = "large"
"""The variant that teaches the others unless another is named."""


def learn(request: Request, examples: Examples, labels: tuple[TaskLabels, ...]) -> Learned:
    """One network for all tasks that have a payload, trees for those that chose them, and what they say of examples."""
    dataset, settings = examples.dataset, request.workspace.model
    capacity = slice_capacity(dataset, request.workspace.folder)
    graph = compile_graph(capacity.schema, settings.payloads)
    if not (graph.heads or graph.tree_heads):
        return Learned({}, {}, {})
    graphs = {name: compile_graph(capacity.schema, payloads) for name, payloads in settings.variants.items()}
    values = payload_values(dataset, [payload.name for payload in dataset.schema.payloads])
    material = Material(request, dataset, labels, values, capacity.members)
    model = fit_model(material, graph, origin=_origin(request))
    variants = _variants(material, graphs)
    request.advance("train baselines", None)
    baselines = _baselines(Inputs(dataset.schema, values, model.data.train, model.spec, model.data.features), labels)
    trees = baseline_trees(dataset.schema, values, model.data, config=settings.training, besides=graph)
    if trees:
        baselines["trees"] = trees
    if settings.training.compare_alone:
        baselines["alone"] = predict_alone(material, model)
    if request.checkpoints is not None:
        shutil.rmtree(request.checkpoints, ignore_errors=True)
    return Learned(
        predictions=model.predictions,
        baselines=baselines,
        files={
            **model.files,
            **{name: content for each, one in variants.items() for name, content in files_of(each, one.files).items()},
        },
        warnings=(*capacity.warnings, *model.warnings),
        variants={name: each.predictions for name, each in variants.items()},
    )


def payload_values(dataset: Dataset, names: Sequence[str]) -> dict[str, list[Any]]:
    """The values of some payloads as plain Python, one an example."""
    return frame(dataset, names).to_dict(as_series=False)


def _variants(material: Material, graphs: Mapping[str, Graph]) -> dict[str, FittedModel]:
    """All variants; the others learn from the teacher, if there is one."""
    chosen = material.settings.training.distill_from
    teaching = LARGE if chosen == AUTOMATIC_TEACHER else chosen
    fitted: dict[str, FittedModel] = {}
    for name in sorted(graphs, key=lambda name: name != teaching):
        teacher = fitted[teaching].said if teaching in fitted else None
        fitted[name] = fit_model(
            material, graphs[name], name=f"variant {name!r}", origin=_origin(material.request, name), teacher=teacher
        )
    return {name: fitted[name] for name in graphs}


def _origin(request: Request, variant: str | None = None) -> Model | None:
    """The model of the version that training begins with, if it does; None too where it lacks the variant.

    Raises:
        TrainingError: it lacks the variant, all of which a frozen trunk should keep.
    """
    training = request.workspace.model.training
    if training.start is None:
        return None
    artifact = open_version(request.workspace.store, str(training.start))
    if variant is None or variant in variants_of(artifact):
        return stored_model(artifact, variant).model
    if training.trunk == "frozen":
        raise TrainingError(
            "T129",
            f"trunk: frozen keeps what version {training.start} has, and it has no variant {variant!r}. Leave the "
            "variant out, or set training.trunk to trained.",
        )
    return None


def _baselines(inputs: Inputs, labels: Sequence[TaskLabels]) -> dict[str, dict[str, Predictions]]:
    """Linear models on the targets of the network, and on the majority votes of tasks that have sources."""
    voted = {one.task: one.combined.majority for one in labels if one.combined.majority is not None}
    return {
        "linear": linear(inputs, [one.task for one in labels], {one.task.name: one.combined.targets for one in labels}),
        "linear_majority": linear_majority(inputs, list(voted), {task.name: said for task, said in voted.items()}),
    }
