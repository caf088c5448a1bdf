"""What a user should know of a training run, though nothing stops for it."""

from collections.abc import Iterator

from transom.data.features.payloads import Features
from transom.errors import Problem
from transom.model.graph import Graph
from transom.schema.schema import Schema


def doubts(schema: Schema, graph: Graph, features: Features) -> tuple[Problem, ...]:
    """Warnings about the model that was trained: `graph` is that of its network, `features` are of all examples."""
    return (*_truncated(schema, graph, features), *_unlearned(schema, graph))


def _truncated(schema: Schema, graph: Graph, features: Features) -> Iterator[Problem]:
    """Texts that a word-by-word encoder cuts; sequences and sets were counted when the data was read."""
    for reading in (reading for reading in graph.readings if reading.form == "text"):
        n_truncated = features.payloads[reading.name].n_truncated
        if n_truncated:
            yield Problem(
                "T126",
                f"payload {reading.name!r}: {n_truncated} of {features.n_examples} examples are longer than "
                f"{reading.max_length} elements, and the model sees the first {reading.max_length}.",
                schema.payload(reading.name).at,
                severity="warning",
            )


def _unlearned(schema: Schema, graph: Graph) -> Iterator[Problem]:
    learned = [head.task.name for head in graph.heads]
    for task in schema.tasks:
        if task.payload is not None and task.name not in learned:
            yield Problem(
                "T127",
                f"task {task.name!r} is not learned: no training example has a label for it. "
                "Add a source that votes on some.",
                task.at,
                severity="warning",
            )
