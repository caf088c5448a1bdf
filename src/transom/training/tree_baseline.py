"""The baseline `trees`: what LightGBM makes of the records that a network learned from, where it is installed."""

import importlib.util
from collections.abc import Mapping, Sequence
from typing import Any

from transom.data.predictions import Predictions
from transom.model.compile import compile_graph
from transom.model.forest import predict_forests
from transom.model.graph import Graph
from transom.model.seen import columns_for
from transom.model.settings import PayloadSettings, Trees
from transom.schema.payloads import Singleton
from transom.schema.schema import Schema
from transom.training.config import TrainingConfig
from transom.training.training_data import TrainingData
from transom.training.trees import train_forests


def baseline_trees(
    schema: Schema,
    values: Mapping[str, Sequence[Any]],
    data: TrainingData,
    *,
    config: TrainingConfig,
    besides: Graph,
) -> dict[str, Predictions]:
    """The predictions of trees with their defaults on the model's targets, for every task on a record.

    Tasks that trees learn in the model itself, `besides` which this stands, have no baseline; they would be the same.
    """
    if importlib.util.find_spec("lightgbm") is None:
        return {}
    records = [part for part in schema.payloads if isinstance(part, Singleton) and part.value == "record"]
    readable = [part.name for part in records if columns_for(schema, part)]
    by_trees = compile_graph(schema, {name: PayloadSettings(Trees()) for name in readable}).tree_heads
    heads = [head for head in by_trees if head.task in [other.task for other in besides.heads]]
    return predict_forests(train_forests(heads, values, data, config=config, calibrates=False), values)
