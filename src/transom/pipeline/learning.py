"""The stage `train`: features, network and linear baselines, from the targets of all tasks."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool

from transom.data.dataset import Dataset, frame, in_split
from transom.data.features.payloads import encode_features, fit_features
from transom.model.compile import compile_graph
from transom.pipeline.ingesting import Examples
from transom.pipeline.labeling import TaskLabels
from transom.pipeline.learned import Learned
from transom.pipeline.model_files import Model, model_files
from transom.pipeline.request import Request
from transom.training.loop import Epoch
from transom.training.predict import predict
from transom.training.train import TrainingData, train

Values = Mapping[str, Sequence[Any]]
"""The values of each payload, one an example."""


def learn(request: Request, examples: Examples, labels: tuple[TaskLabels, ...]) -> Learned:
    """One network for all tasks that have a payload, and what it says of every example."""
    dataset, settings = examples.dataset, request.workspace.model
    graph = compile_graph(dataset.schema, settings.payloads)
    if not graph.heads:
        return Learned({}, {}, {})
    in_train = in_split(dataset, "train")
    values = payload_values(dataset, [reading.name for reading in graph.readings])
    request.advance("read features", None)
    spec = fit_features(graph.readings, {name: _chosen(column, in_train) for name, column in values.items()})
    features = encode_features(spec, values)
    data = TrainingData(
        features=features,
        targets={one.task.name: one.combined.targets for one in labels},
        train=in_train,
        dev=in_split(dataset, "dev"),
        gold={one.task.name: one.gold for one in labels},
        weak=frozenset(one.task.name for one in labels if one.sources),
    )
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
        baselines={},
        files=model_files(Model(spec, trained.network)),
    )


def payload_values(dataset: Dataset, names: Sequence[str]) -> dict[str, list[Any]]:
    """The values of some payloads as plain Python, one an example."""
    return frame(dataset, names).to_dict(as_series=False)


def _chosen(column: Sequence[Any], keep: Bool[np.ndarray, " n_examples"]) -> list[Any]:
    return [column[row] for row in np.flatnonzero(keep).tolist()]


def _in_words(epoch: Epoch) -> str:
    return f"train, epoch {epoch.number}: loss {epoch.loss:.3f}"

