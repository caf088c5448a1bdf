"""The model as a graph of named, typed blocks, compiled from a schema before any data is read.

    features ─► embedding ─► encoding ─┬─────────────► joined ─► head        one path a task
                                       └─► summary ──────┘
    tokens:     encoding ─► repeats (what is said of the same word elsewhere)
    members:    encoding ─► contrast (what sets a member apart from the others of its set)
    range:      reached (the mean of the stretch that a member points at)
    texts:      features ─► embedding ─► encoding ─► joined                 what those that a head sees share
    wide:       features ─► wide ─► head                                    where a head scores examples
    slices:     joined ─┬─► membership ─► attention ─┬─► head               where slices with capacity are declared
                        └─► experts ─────────────────┘

What flows between blocks has the shape (examples, size), or (examples, elements of a payload, size) where the elements
beyond an example's own are masked. Slices stand in the schema's order in every tensor; what experts say has their axis
first. Ids are stable: `payload/NAME/…` and `task/NAME/…`. No torch here.
"""

from collections.abc import Collection
from dataclasses import dataclass

from transom.data.features.columns import ColumnReading
from transom.data.features.payloads import PayloadReading
from transom.model.settings import Aggregate, Encoder, Pretrained, Trees
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
class Published:
    """What a pretrained transformer says of each element, brought to the size of the shape; its form is published."""

    id: str
    reading: PayloadReading
    shape: Shape
    encoder: Pretrained
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Encoding:
    """A registered encoder with its settings, in the version that the block was compiled for."""

    id: str
    inputs: tuple[str]
    shape: Shape
    name: str
    encoder: Encoder
    version: int = 1


@dataclass(frozen=True)
class Repeats:
    """Each token beside the mean of all tokens of its example that are the same word, wherever they stand."""

    id: str
    inputs: tuple[str]
    shape: Shape


@dataclass(frozen=True)
class Contrast:
    """Each member of a set, and what sets it apart from the others."""

    id: str
    inputs: tuple[str]
    shape: Shape


@dataclass(frozen=True)
class Summary:
    """All elements of the payload `of` as one vector, with `counts` their number, too; older models do not count."""

    id: str
    inputs: tuple[str]
    shape: Shape
    of: str
    aggregate: Aggregate
    counts: bool = False


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
class Membership:
    """How likely an example is in each slice, as log odds; learned, so that it holds where no rule is applied.

    `of` names the payload over whose elements the mean is taken, None where the input is a vector of the example.
    """

    id: str
    inputs: tuple[str]
    shape: Shape
    slices: tuple[str, ...]
    of: str | None = None


@dataclass(frozen=True)
class Attention:
    """How far a head listens to the expert of each slice, as log odds against the base; from membership."""

    id: str
    inputs: tuple[str]
    shape: Shape
    slices: tuple[str, ...]


@dataclass(frozen=True)
class Experts:
    """What the expert of each slice adds to the scores of a head: (n_slices, …, n_scores), with `rank` numbers between.

    The size of the shape is `n_slices * n_scores`.
    """

    id: str
    inputs: tuple[str]
    shape: Shape
    slices: tuple[str, ...]
    rank: int


@dataclass(frozen=True)
class Wide:
    """What a linear model of the features adds to the scores of a head, past all layers."""

    id: str
    readings: tuple[PayloadReading, ...]
    shape: Shape
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Logarithms:
    """The scores of a regression are logarithms of its values; answers are from those of `lowest` to `highest`.

    `mean` is that of the values.
    """

    mean: float
    lowest: float
    highest: float


@dataclass(frozen=True)
class Units:
    """The scores of a regression are its values counted from `origin`, in so many of `unit`."""

    origin: float
    unit: float


Link = Logarithms | Units
"""What the scores of a regression are where they are not its values."""


@dataclass(frozen=True)
class Head:
    """The scores of one task; the size of the shape is their number.

    The inputs are what it sees and, where it has slices, the attention to them and their experts. `wide` is the block
    that adds to its finished scores, if there is one. Scores are values where there is no `link`, which training finds.
    """

    id: str
    inputs: tuple[str, ...]
    shape: Shape
    task: Task
    wide: str | None = None
    link: Link | None = None


@dataclass(frozen=True)
class TreeHead:
    """Boosted trees that learn one task from columns, beside the network; its size is the number of scores."""

    id: str
    columns: tuple[ColumnReading, ...]
    shape: Shape
    task: Task
    encoder: Trees


Block = (
    Published
    | Embedding
    | Encoding
    | Repeats
    | Contrast
    | Summary
    | Reached
    | Joined
    | Membership
    | Attention
    | Experts
    | Wide
    | Head
)


@dataclass(frozen=True)
class Graph:
    """The blocks of the network, in an order in which each stands after its inputs, and the trees beside it."""

    blocks: tuple[Block, ...] = ()
    tree_heads: tuple[TreeHead, ...] = ()

    @property
    def readings(self) -> tuple[PayloadReading, ...]:
        """How each payload that the model sees is read; twice where a linear model reads it otherwise."""
        return tuple(dict.fromkeys(reading for block in self.blocks for reading in _readings(block)))

    @property
    def heads(self) -> tuple[Head, ...]:
        """The heads, one for each task that the network learns."""
        return tuple(block for block in self.blocks if isinstance(block, Head))

    @property
    def slices(self) -> tuple[str, ...]:
        """The slices that have capacity, in the order of all arrays of theirs."""
        return next((block.slices for block in self.blocks if isinstance(block, Membership)), ())

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks that are learned, by the network or by trees."""
        return (*(head.task for head in self.heads), *(head.task for head in self.tree_heads))

    def block(self, id: str) -> Block:  # noqa: A002 the field's name
        """The block of that id; KeyError where there is none."""
        return {block.id: block for block in self.blocks}[id]

    def only(self, tasks: Collection[str]) -> "Graph":
        """The heads of these tasks and what they need."""
        needed = {head.id for head in self.heads if head.task.name in tasks}
        for block in reversed(self.blocks):
            needed |= set(before(block)) if block.id in needed else set()
        trees = tuple(head for head in self.tree_heads if head.task.name in tasks)
        return Graph(tuple(block for block in self.blocks if block.id in needed), trees)


def _readings(block: Block) -> tuple[PayloadReading, ...]:
    match block:
        case Embedding(reading=reading) | Published(reading=reading):
            return (reading,)
        case Wide(readings=readings):
            return readings
    return ()


def before(block: Block) -> tuple[str, ...]:
    """All blocks that a block needs: its inputs, and of a head what adds to its scores."""
    return (*block.inputs, block.wide) if isinstance(block, Head) and block.wide else block.inputs
