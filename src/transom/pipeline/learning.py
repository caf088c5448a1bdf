"""The stage `train`: features, network and linear baselines, from the targets of all tasks."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool

from transom.data.dataset import Dataset, frame, in_split
from transom.data.features.payloads import Features, FeatureSpec, encode_features, fit_features
from transom.data.predictions import Predictions
from transom.model.compile import compile_graph
from transom.model.graph import Graph
from transom.model.saved import Model, model_files
from transom.pipeline.ingesting import Examples
from transom.pipeline.labeling import TaskLabels
from transom.pipeline.learned import Learned
from transom.pipeline.request import Request
from transom.training.baselines import Inputs, linear, linear_majority
from transom.training.doubts import doubts
from transom.training.learner import Epoch
from transom.training.predict import predict
from transom.training.train import TrainingData, train


def learn(request: Request, examples: Examples, labels: tuple[TaskLabels, ...]) -> Learned:
    """One network for all tasks that have a payload, and what it says of every example."""
    dataset, settings = examples.dataset, request.workspace.model
    graph = compile_graph(dataset.schema, settings.payloads)
    if not graph.heads:
        return Learned({}, {}, {})
    values = payload_values(dataset, [payload.name for payload in dataset.schema.payloads])
    request.advance("read features", None)
    spec = feature_spec(dataset, graph, values)
    features = encode_features(spec, values)
    data = training_data(dataset, labels, features)
    trained = train(
        graph,
        spec,
        data,
        config=settings.training,
        calibrates=settings.use_dev,
        advance=lambda epoch: request.advance(_in_words(epoch), None),
    )
    request.advance("train baselines", None)
    return Learned(
        predictions=predict(trained.network, features),
        baselines=_baselines(Inputs(dataset.schema, values, data.train, spec, features), labels),
        files=model_files(Model(trained.network, spec)),
        warnings=doubts(dataset.schema, trained.network.graph, features),
    )


def payload_values(dataset: Dataset, names: Sequence[str]) -> dict[str, list[Any]]:
    """The values of some payloads as plain Python, one an example."""
    return frame(dataset, names).to_dict(as_series=False)


def feature_spec(dataset: Dataset, graph: Graph, values: Mapping[str, Sequence[Any]]) -> FeatureSpec:
    """How the payloads that a graph reads become features, as their values on train say."""
    in_train = in_split(dataset, "train")
    return fit_features(graph.readings, {each.name: _chosen(values[each.name], in_train) for each in graph.readings})


def training_data(dataset: Dataset, labels: Sequence[TaskLabels], features: Features) -> TrainingData:
    """What a network is trained on, and what its training may look at."""
    return TrainingData(
        features=features,
        targets={one.task.name: one.combined.targets for one in labels},
        train=in_split(dataset, "train"),
        dev=in_split(dataset, "dev"),
        gold={one.task.name: one.gold for one in labels},
        weak=frozenset(one.task.name for one in labels if one.sources),
    )


def _baselines(inputs: Inputs, labels: Sequence[TaskLabels]) -> dict[str, dict[str, Predictions]]:
    """Linear models on the targets of the network, and on the majority votes of tasks that have sources."""
    voted = [one for one in labels if one.sources]
    return {
        "linear": linear(inputs, [one.task for one in labels], {one.task.name: one.combined.targets for one in labels}),
        "linear_majority": linear_majority(
            inputs, [one.task for one in voted], {one.task.name: one.combined.majority for one in voted}
        ),
    }


def _chosen(column: Sequence[Any], keep: Bool[np.ndarray, " n_examples"]) -> list[Any]:
    return [column[row] for row in np.flatnonzero(keep).tolist()]


def _in_words(epoch: Epoch) -> str:
    return f"train, epoch {epoch.number}: loss {epoch.loss:.3f}"
