"""The model as a graph of named, typed blocks, compiled from a schema before any data is read.

    features ─► embedding ─► encoding ─┬─────────────► joined ─► head        one path a task
                                       └─► summary ──────┘
    range:      reached (the mean of the stretch that a member points at)

What flows between blocks has the shape (examples, size), or (examples, elements of a payload, size) where the elements
beyond an example's own are masked. Ids are stable: `payload/NAME/…` and `task/NAME/…`. No torch here.
"""

from collections.abc import Collection
from dataclasses import dataclass

from transom.data.features.payloads import PayloadReading
from transom.model.settings import Aggregate, Encoder
from transom.schema.tasks import Task


@dataclass(frozen=True)
class Shape:
    """What one example has: a vector of `size`, or one for each element of the payload named `elements`."""

    size: int
    elements: str | None = None

    def __str__(self) -> str:
        return f"(examples, {self.size})" if self.elements is None else f"(examples, {self.elements}, {self.size})"


@dataclass(frozen=True)
class Embedding:
    """The weighted sum of the embeddings of an element's features; the number of features is learned from data."""

    id: str
    reading: PayloadReading
    shape: Shape
    feature_dropout: float
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Encoding:
    """A registered encoder with its settings."""

    id: str
    inputs: tuple[str]
    shape: Shape
    name: str
    encoder: Encoder


@dataclass(frozen=True)
class Summary:
    """All elements of the payload `of` as one vector."""

    id: str
    inputs: tuple[str]
    shape: Shape
    of: str
    aggregate: Aggregate


@dataclass(frozen=True)
class Reached:
    """For each member of a set the mean of the stretch of the sequence (the input) that it points at."""

    id: str
    inputs: tuple[str]
    shape: Shape


@dataclass(frozen=True)
class Joined:
    """Several inputs as one vector; those of whole examples stand beside every element."""

    id: str
    inputs: tuple[str, ...]
    shape: Shape


@dataclass(frozen=True)
class Head:
    """The scores of one task; the size of the shape is their number."""

    id: str
    inputs: tuple[str]
    shape: Shape
    task: Task


Block = Embedding | Encoding | Summary | Reached | Joined | Head


@dataclass(frozen=True)
class Graph:
    """Blocks in an order in which each stands after its inputs."""

    blocks: tuple[Block, ...] = ()

    @property
    def readings(self) -> tuple[PayloadReading, ...]:
        """How each payload that the model sees is read."""
        return tuple(block.reading for block in self.blocks if isinstance(block, Embedding))

    @property
    def heads(self) -> tuple[Head, ...]:
        """The heads, one for each task that is learned."""
        return tuple(block for block in self.blocks if isinstance(block, Head))

    def block(self, id: str) -> Block:  # noqa: A002 the field's name
        """The block of that id; KeyError where there is none."""
        return {block.id: block for block in self.blocks}[id]

    def only(self, tasks: Collection[str]) -> "Graph":
        """The heads of these tasks and what they need."""
        needed = {head.id for head in self.heads if head.task.name in tasks}
        for block in reversed(self.blocks):
            needed |= set(block.inputs) if block.id in needed else set()
        return Graph(tuple(block for block in self.blocks if block.id in needed))
