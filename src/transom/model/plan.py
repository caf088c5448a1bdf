"""The plan of a model: its blocks with their shapes and, of a trained one, their weights and operations."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from transom.data.features.columns import ColumnReading
from transom.model.batch import Batch
from transom.model.forest import Forest
from transom.model.graph import Embedding, Encoding, Graph, Shape, Wide, before
from transom.model.network import Network
from transom.schema.tasks import Task


@dataclass(frozen=True)
class PlannedBlock:
    """A block by its id: what it is, what it reads, and the shape of what it gives.

    `parameters` and `flops` (floating-point operations for one example, a multiplication with its addition being two)
    are None where they are not known before training; trees have neither. `parameters_per_feature` is the length of a
    row of a table that has one for each feature of the train examples. What flows is `dtype`, and where each element of
    a payload has a vector, `mask` names that payload.
    """

    id: str
    kind: str
    inputs: tuple[str, ...]
    shape: str
    parameters: int | None = None
    flops: int | None = None
    parameters_per_feature: int | None = None
    mask: str | None = None
    version: int | None = None
    dtype: str = "float32"

    def as_dict(self) -> dict[str, Any]:
        """The block as `model --json` prints it."""
        return asdict(self)


def plan_of(
    graph: Graph,
    *,
    forests: Sequence[Forest] = (),
    parameters: Mapping[str, int] | None = None,
    flops: Mapping[str, int] | None = None,
) -> tuple[PlannedBlock, ...]:
    """The blocks of a graph in their order, then the trees beside the network, after the columns that they read.

    Trees that are grown are `forests`; those that are only planned are in the graph.
    """
    counted, worked = parameters or {}, flops or {}
    network = (
        PlannedBlock(
            block.id,
            _kind(block),
            before(block),
            str(block.shape),
            counted.get(block.id),
            worked.get(block.id),
            block.shape.size if isinstance(block, Embedding | Wide) else None,
            block.shape.elements,
            block.version if isinstance(block, Encoding) else None,
        )
        for block in graph.blocks
    )
    trees = [(head.task, head.columns, head.shape) for head in graph.tree_heads]
    for forest in forests:
        trees.append((forest.task, tuple(each.reading for each in forest.table.columns), Shape(len(forest.scale))))
    beside = {block.id: block for each in trees for block in _planned_trees(*each)}
    return (*network, *beside.values())


def parameters_of(network: Network) -> dict[str, int]:
    """How many weights each block has."""
    return {
        block.id: sum(weight.numel() for weight in part.parameters())
        for block, part in zip(network.graph.blocks, network.parts, strict=True)
    }


def flops_of(network: Network, batch: Batch, n_examples: int) -> dict[str, int]:
    """How many operations each block needs for one example, as the mean over a batch.

    Counted are matrix products, convolutions and attention; sums of embeddings and activations are not.
    """
    with torch.no_grad(), _countable(), FlopCounterMode(display=False) as counter:
        network(batch)
    counts = counter.get_flop_counts()
    name = type(network).__name__
    return {
        block.id: round(sum(counts.get(f"{name}.parts.{place}", {}).values()) / n_examples)
        for place, block in enumerate(network.graph.blocks)
    }


@contextmanager
def _countable() -> Iterator[None]:
    """Without oneDNN, whose memories are one operation each; torch warns of settings of it that nobody asked for."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with torch.backends.mkldnn.flags(enabled=False):
            yield


def _planned_trees(task: Task, columns: Sequence[ColumnReading], shape: Shape) -> Iterator[PlannedBlock]:
    names = {column.payload: f"payload/{column.payload}/columns" for column in columns}
    for payload, name in names.items():
        read = [column for column in columns if column.payload == payload]
        n_columns = "any" if any(column.value == "vector" for column in read) else len(read)
        yield PlannedBlock(name, "columns", (), f"(examples, {n_columns})")
    kind = f"{type(task).__name__.lower()} trees"
    yield PlannedBlock(f"task/{task.name}/trees", kind, tuple(names.values()), str(shape))


def dot(plan: tuple[PlannedBlock, ...]) -> str:
    """The plan in the language of Graphviz."""
    boxes = [f"  {_quoted(each.id)} [label={_quoted(_label(each, chr(92) + 'n'))}];" for each in plan]
    arrows = [f"  {_quoted(source)} -> {_quoted(target)};" for source, target in _arrows(plan)]
    return "\n".join(["digraph model {", "  rankdir=LR; node [shape=box];", *boxes, *arrows, "}"])


def mermaid(plan: tuple[PlannedBlock, ...]) -> str:
    """The plan as a Mermaid flowchart."""
    places = {each.id: f"b{number}" for number, each in enumerate(plan)}
    boxes = [f'  {places[each.id]}["{_label(each, "<br>")}"]' for each in plan]
    arrows = [f"  {places[source]} --> {places[target]}" for source, target in _arrows(plan)]
    return "\n".join(["flowchart LR", *boxes, *arrows])


def _arrows(plan: tuple[PlannedBlock, ...]) -> Iterator[tuple[str, str]]:
    for each in plan:
        yield from ((source, each.id) for source in each.inputs)


def _label(block: PlannedBlock, newline: str) -> str:
    return newline.join([block.id.replace('"', "'"), f"{block.kind} {block.shape}"])


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '\\"') + '"'


def _kind(block: Any) -> str:
    """The name of the encoder, the way to aggregate, the type of task, or else that of the block."""
    for field in ("name", "aggregate"):
        if hasattr(block, field):
            return str(getattr(block, field))
    if hasattr(block, "task"):
        return f"{type(block.task).__name__.lower()} head"
    return type(block).__name__.lower()
