"""What a model will cost, as far as its graph alone says: counted on one made-up example of full length."""

from typing import Any

import numpy as np

from transom.data.features.numbers import NumberReading
from transom.data.features.overlap import OverlapReading
from transom.data.features.payloads import PayloadReading, encode_features, fit_features
from transom.data.features.pieces import PieceReading
from transom.data.features.values import RecordReading, ValueReading
from transom.data.features.vectors import VectorReading
from transom.data.features.words import WordReading
from transom.model.batch import batch_of
from transom.model.graph import Graph
from transom.model.network import Network
from transom.model.plan import PlannedBlock, flops_of, parameters_of, plan_of

ANY_WORD = "a"


def forecast(graph: Graph) -> tuple[PlannedBlock, ...]:
    """The plan of a graph with its weights and operations, before any data is read.

    An example is as long as `max_length` allows. Tables that have a row for each feature that train will have are not
    counted, nor is the bias of vectors: the plan says how long a row is.

    Raises:
        MissingExtraError: a pretrained transformer needs a package that is not installed.
        UsageError: there is no such transformer.
    """
    values = {reading.name: [_longest(reading)] for reading in graph.readings if reading.key == reading.name}
    spec = fit_features(graph.readings, values)
    network = Network(graph, spec).eval()
    flops = flops_of(network, batch_of(encode_features(spec, values), np.arange(1)), 1)
    grow = {block.id for block in plan_of(graph) if block.parameters_per_feature is not None}
    weights = {name: count for name, count in parameters_of(network).items() if name not in grow}
    return plan_of(graph, parameters=weights, flops=flops)


def _longest(reading: PayloadReading) -> Any:
    """A made-up value with as many elements as a model sees."""
    element = _made_up(reading.value)
    match reading.form:
        case "singleton" if isinstance(reading.value, PieceReading):
            return " ".join([ANY_WORD] * reading.value.max_pieces)
        case "singleton":
            return element
        case "text":
            return " ".join([ANY_WORD] * reading.max_length)
        case "joined" | "sequence" | "set":
            return [element] * reading.max_length


def _made_up(reading: ValueReading | WordReading | PieceReading | OverlapReading) -> Any:
    match reading:
        case RecordReading(fields):
            return {name: _made_up(field) for name, field in fields}
        case VectorReading():
            return [0.0]
        case NumberReading():
            return 0.0
        case _:
            return ANY_WORD
