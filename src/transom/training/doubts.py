"""What a user should know of a training run, though nothing stops for it."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from jaxtyping import Bool

from transom.data.features.payloads import Features, FeatureSpec
from transom.data.features.pieces import PieceSpec
from transom.data.targets import Targets
from transom.errors import Problem, listed
from transom.model.graph import Graph
from transom.model.seen import seen_beside
from transom.schema.payloads import Singleton
from transom.schema.schema import Schema
from transom.schema.tasks import Multiclass, Task


def doubts(schema: Schema, graph: Graph, spec: FeatureSpec, features: Features) -> tuple[Problem, ...]:
    """Warnings about the model that was trained: `graph` is what was learned, `features` are of all examples."""
    long = (*_truncated(schema, graph, features), *_cut_in_pieces(schema, graph, spec, features))
    return (*long, *_unlearned(schema, graph), *_unseen_by_trees(schema, graph))


def one_sided(
    tasks: Sequence[Task], targets: Mapping[str, Targets], train: Bool[np.ndarray, " n_examples"]
) -> Iterator[Problem]:
    """Warnings about tasks whose train targets favour one class everywhere: nothing is learned but that."""
    for task in tasks:
        if isinstance(task, Multiclass) and len(task.classes) > 1:
            found = targets[task.name]
            is_seen = found.items.of(train) & (found.weights > 0)
            likeliest = np.unique(found.probabilities[is_seen].argmax(1))
            if len(likeliest) == 1:
                yield Problem(
                    "T132",
                    f"task {task.name!r}: all training labels say {task.classes[likeliest[0]]!r}, so that is all that "
                    "is learned. Add a source that votes for other classes.",
                    task.at,
                    severity="warning",
                )


def _truncated(schema: Schema, graph: Graph, features: Features) -> Iterator[Problem]:
    """Texts that a word-by-word encoder cuts; sequences and sets were counted when the data was read."""
    for reading in (reading for reading in graph.readings if reading.form == "text"):
        n_truncated = features.payloads[reading.key].n_truncated
        if n_truncated:
            yield Problem(
                "T126",
                f"payload {reading.name!r}: {n_truncated} of {features.n_examples} examples are longer than "
                f"{reading.max_length} elements, and the model sees the first {reading.max_length}.",
                schema.payload(reading.name).at,
                severity="warning",
            )


def _cut_in_pieces(schema: Schema, graph: Graph, spec: FeatureSpec, features: Features) -> Iterator[Problem]:
    """Texts that a pretrained encoder sees only the beginning of."""
    for reading, value in ((each.reading, each.value) for each in spec.payloads if each.reading in graph.readings):
        if isinstance(value, PieceSpec) and reading.form == "singleton":
            payload, most = features.payloads[reading.key], value.max_pieces
            advice = "Set max_length to see more." if most == value.reading.max_pieces else "It has no place for more."
            n_long = int((np.diff(payload.bags.offsets)[payload.index] >= most).sum())
            if n_long:
                yield Problem(
                    "T126",
                    f"payload {reading.name!r}: {n_long} of {features.n_examples} examples have {most} pieces of words "
                    f"or more, and the transformer sees the first {most}. {advice}",
                    schema.payload(reading.name).at,
                    severity="warning",
                )


def _unlearned(schema: Schema, graph: Graph) -> Iterator[Problem]:
    learned = [task.name for task in graph.tasks]
    for task in schema.tasks:
        if task.payload is not None and task.name not in learned:
            yield Problem(
                "T127",
                f"task {task.name!r} is not learned: no training example has a label for it. "
                "Add a source that votes on some.",
                task.at,
                severity="warning",
            )


def _unseen_by_trees(schema: Schema, graph: Graph) -> Iterator[Problem]:
    """Payloads and fields that a head would see, and trees do not."""
    for head in graph.tree_heads:
        assert head.task.payload is not None
        payload = schema.payload(head.task.payload)
        read = {column.payload for column in head.columns}
        beside = seen_beside(schema, payload)
        others = [part.name for part in beside if part.name not in read]
        records = [part for part in (payload, *beside) if part.name in read and isinstance(part, Singleton)]
        texts = [f"{part.name}.{field.name}" for part in records for field in part.fields if field.value == "text"]
        if others or texts:
            yield Problem(
                "T135",
                f"task {head.task.name!r} is learned by trees, which do not see {listed([*texts, *others])}. "
                "Choose another encoder if that matters.",
                head.task.at,
                severity="warning",
            )
