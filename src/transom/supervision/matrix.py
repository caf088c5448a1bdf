"""The label matrix: what every source votes on every item of one task."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import singledispatch

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy import sparse

from transom.data.items import Items
from transom.data.labels import NO_LABEL, Labels
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans, Task
from transom.supervision.copies import Copies

ABSTAINED = -1
_BLOCK = 1 << 15  # rows copied at a time: a block of fifty sources stays in the cache


@dataclass(frozen=True)
class LabelMatrix:
    """Votes of one task, (n_items, n_sources), in the smallest of int8, int16, int32; -1 = abstain.

    What a row and a class are depends on the task:

    * multiclass: a row an item, the classes of the schema;
    * bitvector: a row a (item, class) pair, item-major; class 0 = no, 1 = yes;
    * spans: a row a token; class 0 = O, 1 + c = inside a span of class c;
    * select: a row an example; class = member index, `n_options[row]` = number of members + 1, the last option
      being "none of them"; `n_classes` is the largest `n_options`.

    `items` are the task's: of a bitvector an item has a row a class, of a select an example has one row.

    `bits` says which class of a bitvector a row asks about, where items have no neighbours: classes differ in how
    common they are and in which sources know them. None of other tasks.

    `soft` says how sure votes are, where some are given as probabilities: (n_rows, n_sources * n_classes), in column
    `source * n_classes + class` what part of the source's vote is for the class. Such a vote counts as votes of that
    weight: 0.7 for one class and 0.3 for another. `votes` then hold the most probable class, -1 where several are.

    `known` are its distinct rows, where they were found once for all who ask; see `statistics.with_patterns`. `copies`
    are sources that copy each other, where they were looked for; label models that are fitted discount them.
    """

    votes: Int[np.ndarray, "n_rows n_sources"]
    sources: tuple[str, ...]
    n_classes: int
    items: Items
    n_options: Int[np.ndarray, " n_rows"] | None = None
    bits: Int[np.ndarray, " n_rows"] | None = None
    soft: sparse.csr_array | None = None
    known: "Patterns | None" = None
    copies: Copies | None = None

    @property
    def rows_per_item(self) -> int:
        """How many rows an item has: one, or of a bitvector one a class; not asked of a select task, see above."""
        return len(self.votes) // max(self.items.n_items, 1)

    @property
    def worth(self) -> Float[np.ndarray, " n_sources"]:
        """What a vote of each source counts: 1, or less where others copy it."""
        return np.ones(len(self.sources)) if self.copies is None else self.copies.worth


@dataclass(frozen=True)
class Patterns:
    """The distinct rows of a label matrix: row `r` of its `votes` is row `pattern_of[r]` of `matrix`.

    Real matrices have few: 65 to 700 of 1,700 to 13,000 rows, so what is worked out per pattern costs little and is
    exact. Where rows hardly repeat, every row is its own pattern.
    """

    matrix: LabelMatrix
    counts: Int[np.ndarray, " n_patterns"]
    pattern_of: Int[np.ndarray, " n_rows"]
    votes: Int[np.ndarray, "n_rows n_sources"]


@dataclass(frozen=True)
class ValueMatrix:
    """Votes of one regression task, (n_items, n_sources) float64; NaN = abstain."""

    votes: Float[np.ndarray, "n_items n_sources"]
    sources: tuple[str, ...]
    items: Items


ClassTask = Multiclass | Bitvector | Spans | Select


def label_matrix(task: ClassTask, votes: Sequence[Labels], *, sources: Sequence[str], items: Items) -> LabelMatrix:
    """The votes of several sources side by side; a column is what `votes_for` makes of a source's labels.

    >>> from transom.data.items import one_each
    >>> intent = Multiclass("intent", ("height", "age"))
    >>> rule = Labels(one_each(3), np.array([0, -1, 1], dtype=np.int32))
    >>> label_matrix(intent, [rule, rule], sources=("a", "b"), items=one_each(3)).votes
    array([[ 0,  0],
           [-1, -1],
           [ 1,  1]], dtype=int8)
    """
    n_options = items.lengths + 1 if isinstance(task, Select) else None
    n_classes = _n_classes(task, items)
    columns = [votes_for(task, labels) for labels in votes]
    n_rows = items.n_examples if isinstance(task, Select) else items.n_items * _rows_per_item(task)
    matrix = _side_by_side(columns, n_rows, _smallest_type(n_classes))
    soft = _soft(votes, matrix, n_classes)
    return LabelMatrix(matrix, tuple(sources), n_classes, items, n_options, _bits(task, items), soft)


def value_matrix(votes: Sequence[Labels], *, sources: Sequence[str], items: Items) -> ValueMatrix:
    """The numbers that several sources vote, side by side."""
    return ValueMatrix(
        _side_by_side([labels.values for labels in votes], items.n_items, np.float64), tuple(sources), items
    )


@singledispatch
def votes_for(task: object, labels: Labels) -> np.ndarray:  # noqa: ARG001 - the signature of those below
    """One source's labels, or the gold ones, as a column of the task's matrix: (n_rows,), see `LabelMatrix`."""
    raise TypeError(f"no votes for {type(task).__name__}")


@votes_for.register(Multiclass)
@votes_for.register(Select)
@votes_for.register(Regression)
def _(_task: Task, labels: Labels) -> np.ndarray:
    return labels.values


@votes_for.register
def _(_task: Bitvector, labels: Labels) -> np.ndarray:
    return labels.values.reshape(-1)


@votes_for.register
def _(_task: Spans, labels: Labels) -> np.ndarray:
    # B and I of a class are one vote: that a token is in a span is what sources agree on, where it began they seldom do
    return np.where(labels.values == NO_LABEL, ABSTAINED, (labels.values + 1) // 2)


def rows_of_examples(matrix: LabelMatrix, examples: Bool[np.ndarray, " n_examples"]) -> Bool[np.ndarray, " n_rows"]:
    """Which rows of the matrix belong to the chosen examples."""
    if matrix.n_options is not None:
        return examples
    return np.repeat(matrix.items.of(examples), matrix.rows_per_item)


def _n_classes(task: ClassTask, items: Items) -> int:
    match task:
        case Bitvector():
            return 2
        case Spans():
            return 1 + len(task.classes)
        case Select():
            return int(items.lengths.max(initial=0)) + 1
        case Multiclass():
            return len(task.classes)


def _rows_per_item(task: ClassTask) -> int:
    return len(task.classes) if isinstance(task, Bitvector) else 1


def _bits(task: ClassTask, items: Items) -> Int[np.ndarray, " n_rows"] | None:
    """Which class of a bitvector each row asks about; None where there is one, or where items have neighbours."""
    if not isinstance(task, Bitvector) or len(task.classes) == 1 or (items.lengths > 1).any():
        return None
    return np.tile(np.arange(len(task.classes), dtype=np.int32), items.n_items)


def _soft(votes: Sequence[Labels], matrix: np.ndarray, n_classes: int) -> sparse.csr_array | None:
    """What part of each vote is for which class; None where every vote is for one class alone."""
    if all(labels.probabilities is None for labels in votes):
        return None
    blocks = []
    for column, labels in zip(matrix.T, votes, strict=True):
        parts = np.zeros((len(column), n_classes))
        if labels.probabilities is not None:
            parts[:, : labels.probabilities.shape[1]] = np.nan_to_num(labels.probabilities)
        else:
            rows = np.flatnonzero(column >= 0)
            parts[rows, column[rows]] = 1.0
        blocks.append(sparse.csr_array(parts))
    return sparse.csr_array(sparse.hstack(blocks))


def _smallest_type(n_classes: int) -> type[np.signedinteger]:
    """The smallest signed integer that holds -1 and every class."""
    return next(kind for kind in (np.int8, np.int16, np.int32) if n_classes - 1 <= np.iinfo(kind).max)


def _side_by_side(columns: Sequence[np.ndarray], n_rows: int, dtype: type[np.generic]) -> np.ndarray:
    """Columns as one row-major matrix, filled a block of rows at a time so that each cache line is written once."""
    matrix = np.empty((n_rows, len(columns)), dtype=dtype)
    for start in range(0, n_rows, _BLOCK):
        for j, column in enumerate(columns):
            matrix[start : start + _BLOCK, j] = column[start : start + _BLOCK]
    return matrix
