"""Items: what a task labels, and which example each belongs to."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

from transom.schema.payloads import MemberSet, Payload, Sequence
from transom.schema.tasks import Select, Spans, Task


@dataclass(frozen=True)
class Items:
    """The items of example `e` are rows `offsets[e]` to `offsets[e + 1]` of every array of the task.

    A singleton task has one item an example, a sequence task one a token, a set task one a member.
    """

    offsets: Int[np.ndarray, " n_examples_plus_1"]

    @property
    def n_examples(self) -> int:
        """Number of examples."""
        return len(self.offsets) - 1

    @property
    def n_items(self) -> int:
        """Number of items of all examples."""
        return int(self.offsets[-1])

    @property
    def lengths(self) -> Int[np.ndarray, " n_examples"]:
        """Number of items of each example."""
        return np.diff(self.offsets)

    def examples(self) -> Int[np.ndarray, " n_items"]:
        """The example that each item belongs to."""
        return np.repeat(np.arange(self.n_examples), self.lengths)

    def of(self, examples: Bool[np.ndarray, " n_examples"]) -> Bool[np.ndarray, " n_items"]:
        """Which items belong to the chosen examples."""
        return np.repeat(examples, self.lengths)

    def keep(self, examples: Bool[np.ndarray, " n_examples"]) -> "Items":
        """The items of the chosen examples alone, renumbered."""
        return from_lengths(self.lengths[examples])


def from_lengths(lengths: Int[np.ndarray, " n_examples"]) -> Items:
    """Items of examples that have so many of them each."""
    offsets = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return Items(offsets)


def one_each(n_examples: int) -> Items:
    """The items of a singleton task: one an example."""
    return Items(np.arange(n_examples + 1, dtype=np.int64))


def is_elementwise(task: Task, payload: Payload | None) -> bool:
    """Whether a label of the task is a list with one entry for each token or member of its payload.

    Spans and select have a label of the whole example, though they point into a sequence or a set.
    """
    return isinstance(payload, Sequence | MemberSet) and not isinstance(task, Spans | Select)
