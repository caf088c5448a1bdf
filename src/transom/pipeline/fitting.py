"""One model of a run, from the settings of its payloads to what it says of every example: the default, or a variant."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import numpy as np
from jaxtyping import Bool

from transom.data.dataset import Dataset, frame, in_split
from transom.data.decision_rules import DECISIONS, DecisionRule, Rules, ruled, rules_to_json
from transom.data.features.payloads import Features, FeatureSpec, PayloadReading, encode_features, fit_features
from transom.data.predictions import Predictions, mixed
from transom.errors import Problem, TrainingError, listed
from transom.model.forest import predict_forests
from transom.model.graph import Graph
from transom.model.network import Network, weights_of
from transom.model.saved import Model, model_files
from transom.pipeline.labeling import TaskLabels
from transom.pipeline.request import Request
from transom.pipeline.settings import ModelSettings
from transom.schema.tasks import Task
from transom.training.config import Decision, TrainingConfig
from transom.training.deciding import Known, decision_rule
from transom.training.device import device_for
from transom.training.distilling import distilled
from transom.training.doubts import doubts, one_sided
from transom.training.learner import Epoch
from transom.training.predict import predict
from transom.training.published import frozen_texts, with_vectors
from transom.training.rounds import Beginning
from transom.training.slices import Members
from transom.training.step import DivergedError
from transom.training.train import Trained, train
from transom.training.training_data import TrainingData
from transom.training.trees import train_forests

DIVERGED = "diverged_batch.json"
"""The file of a store that holds the ids of the batch from which nothing could be learned."""

MOSTLY = 0.5
"""A task is weak where less than this share of its train labels is gold."""


@dataclass(frozen=True)
class Material:
    """What all models of a run are made from.

    `values` are those of all payloads, a list each with one an example; `members` are those of the slices that the
    models have capacity for.
    """

    request: Request
    dataset: Dataset
    labels: tuple[TaskLabels, ...]
    values: Mapping[str, Sequence[Any]]
    members: Members

    @property
    def settings(self) -> ModelSettings:
        """What model.yaml says."""
        return self.request.workspace.model


@dataclass(frozen=True)
class FittedModel:
    """A model, what it was trained on, and what it says of every example.

    `said` is what it says before its `rules` decide, which may leave an example open: what another model learns from.
    """

    graph: Graph
    spec: FeatureSpec
    data: TrainingData
    said: Mapping[str, Predictions]
    predictions: Mapping[str, Predictions]
    rules: Rules
    files: Mapping[str, bytes]
    warnings: tuple[Problem, ...]


def fit_model(
    material: Material,
    graph: Graph,
    *,
    name: str = "model",
    origin: Model | None = None,
    teacher: Mapping[str, Predictions] | None = None,
) -> FittedModel:
    """Trains the network of a graph, and the trees beside it.

    Args:
        material: What it learns from.
        graph: What it looks like.
        name: What progress and checkpoints call it.
        origin: The model whose features and weights it begins with.
        teacher: The predictions that it learns from beside its targets.

    Raises:
        TrainingError: nothing can be learned; of a loss that is no number the ids of the batch are kept in a file.
    """
    settings = material.settings
    material.request.advance(f"read features of the {name}", None)
    spec = feature_spec(material.dataset, graph.readings, material.values, None if origin is None else origin.spec)
    features = encode_features(spec, material.values)
    features = with_vectors(spec, features, frozen_texts(graph), device=device_for(settings.training))
    data = training_data(material.dataset, material.labels, features, material.members)
    data = data if teacher is None else _taught(material, data, teacher)
    trained = _trained(material, graph, spec, data, config=settings.training, name=name, origin=origin)
    forests = train_forests(
        graph.tree_heads, material.values, data, config=settings.training, calibrates=settings.use_dev
    )
    learned = [*(head.task for head in trained.network.graph.heads), *(forest.task for forest in forests)]
    found = {**_said(trained, data), **predict_forests(forests, material.values)}
    rules = _rules(material, learned, found, data)
    return FittedModel(
        graph=graph,
        spec=spec,
        data=data,
        said=found,
        predictions={task.name: ruled(task, found[task.name], rules) for task in learned},
        rules=rules,
        files={**model_files(Model(trained.network, spec, forests)), DECISIONS: _json(rules_to_json(rules))},
        warnings=(
            *doubts(material.dataset.schema, graph.only([task.name for task in learned]), spec, features),
            *one_sided(learned, data.targets, data.train),
            *trained.warnings,
        ),
    )


def predict_alone(material: Material, together: FittedModel) -> dict[str, Predictions]:
    """What each task of a network would say had it been trained alone, from the beginning and to the end.

    Its decision rule is its own, too: thresholds that suit the model of all tasks would count for that model.
    """
    config = replace(material.settings.training, trunk="trained")
    found = {}
    for head in together.graph.heads:
        if head.task.name in together.predictions:
            graph = replace(together.graph.only([head.task.name]), tree_heads=())
            name = f"task {head.task.name!r} alone"
            alone = _trained(material, graph, together.spec, together.data, config=config, name=name)
            said = _said(alone, together.data)
            rules = _rules(material, [head.task], said, together.data)
            found[head.task.name] = ruled(head.task, said[head.task.name], rules)
    return found


def feature_spec(
    dataset: Dataset,
    readings: Sequence[PayloadReading],
    values: Mapping[str, Sequence[Any]],
    known: FeatureSpec | None = None,
) -> FeatureSpec:
    """How payloads become features, as their values on train say, or as is known already."""
    in_train = in_split(dataset, "train")
    before = {} if known is None else {payload.reading: payload for payload in known.payloads}
    new = [reading for reading in readings if reading not in before]
    read = {name for each in new for name in each.payloads}
    fitted = fit_features(new, {name: _chosen(values[name], in_train) for name in read})
    specs = before | {payload.reading: payload for payload in fitted.payloads}
    return FeatureSpec(tuple(specs[reading] for reading in readings))


def training_data(dataset: Dataset, labels: Sequence[TaskLabels], features: Features, members: Members) -> TrainingData:
    """What a network is trained on, and what its training may look at."""
    return TrainingData(
        features=features,
        targets={one.task.name: one.combined.targets for one in labels},
        train=in_split(dataset, "train"),
        dev=in_split(dataset, "dev"),
        gold={one.task.name: one.gold for one in labels},
        weak=frozenset(one.task.name for one in labels if one.sources and one.combined.gold_share < MOSTLY),
        members=members,
    )


def _trained(
    material: Material,
    graph: Graph,
    spec: FeatureSpec,
    data: TrainingData,
    *,
    config: TrainingConfig,
    name: str,
    origin: Model | None = None,
) -> Trained:
    """The network of the tasks that no tree learns; without a block where trees learn them all."""
    if not graph.heads:
        return Trained(Network(Graph(), spec), (), 0)
    checkpoints = material.request.checkpoints
    begin = Beginning(
        weights={} if origin is None else weights_of(origin.network),
        graph=Graph() if origin is None else origin.network.graph,
        checkpoints=None if checkpoints is None else checkpoints / sha256(name.encode()).hexdigest()[:16],
    )
    try:
        return train(
            graph,
            spec,
            data,
            config=config,
            calibrates=material.settings.use_dev,
            begin=begin,
            advance=lambda epoch: material.request.advance(_in_words(name, epoch), None),
        )
    except DivergedError as error:
        raise _with_ids(material, error) from error


def _said(trained: Trained, data: TrainingData) -> dict[str, Predictions]:
    """What a network says of every example, of dev what it said before it learned from dev."""
    said = predict(trained.network, data.features)
    if trained.new_to_dev is None:
        return said
    before = predict(trained.new_to_dev, data.features)
    return {name: mixed(predictions, before[name], data.dev) for name, predictions in said.items()}


def _taught(material: Material, data: TrainingData, teacher: Mapping[str, Predictions]) -> TrainingData:
    """Data of a student: what the teacher says of the train examples, which needs no second round."""
    tasks = [one.task for one in material.labels if one.task.name in teacher]
    targets = {
        task.name: distilled(task, data.targets[task.name], teacher[task.name], weak=task.name in data.weak)
        for task in tasks
    }
    return replace(data, targets={**data.targets, **targets}, weak=data.weak.difference(targets))


def _rules(
    material: Material, tasks: Sequence[Task], predictions: Mapping[str, Predictions], data: TrainingData
) -> dict[str, DecisionRule]:
    """The rules of the tasks that do not decide as all do; gold of dev says nothing where it may not."""
    dev = data.dev if material.settings.use_dev else np.zeros_like(data.dev)
    rules = {
        task.name: decision_rule(
            task,
            material.settings.decisions.get(task.name, Decision()),
            predictions[task.name],
            Known(data.gold[task.name], data.targets[task.name], data.train, dev),
        )
        for task in tasks
    }
    return {name: rule for name, rule in rules.items() if rule != DecisionRule()}


def _with_ids(material: Material, error: DivergedError) -> TrainingError:
    """The error with the ids of its batch, all of which are in a file."""
    ids = frame(material.dataset, ["id"])["id"].to_list()
    batch = [ids[example] for example in error.examples]
    path = material.request.workspace.store / DIVERGED
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_json(batch))
    return TrainingError(
        error.problem.code,
        f"{error.problem.message} The batch is in {path}: {listed([repr(one) for one in batch], 3)}.",
    )


def _chosen(column: Sequence[Any], keep: Bool[np.ndarray, " n_examples"]) -> list[Any]:
    return [column[row] for row in np.flatnonzero(keep).tolist()]


def _in_words(name: str, epoch: Epoch) -> str:
    return f"train the {name}, epoch {epoch.number}: loss {epoch.loss:.3f}"


def _json(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1).encode()
