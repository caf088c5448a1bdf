"""From probabilities of a label matrix's rows back to the items of a task: predictions, and gold as certainty."""

from functools import singledispatch

import numpy as np
from jaxtyping import Bool, Float, Int, UInt64

from transom.data.items import Items, from_lengths, one_each
from transom.data.labels import NO_LABEL, Labels
from transom.data.predictions import Predictions
from transom.data.ties import NEARLY_EQUAL, argmax_at_random, spread_keys
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans, Task
from transom.supervision.matrix import LabelMatrix
from transom.supervision.prior import prior_of_rows, uniform_prior
from transom.supervision.statistics import has_vote

RowProbabilities = Float[np.ndarray, "n_rows n_classes"]
RowLabels = Int[np.ndarray, " n_rows"]


def decide(
    task: Task,
    matrix: LabelMatrix,
    probabilities: RowProbabilities,
    *,
    silence: Float[np.ndarray, "... n_classes"],
    keys: UInt64[np.ndarray, " n_examples"],
) -> Predictions:
    """What a label model says of each item; a tie, and a row that nothing is known of, get a class at random.

    Nothing is known of a row without a vote, unless its neighbours have something to say: then its probabilities are
    not `silence`, which is what the label model says of a row by itself, of any or of each. What is random is the key
    of the example, one of `example_keys`. Of spans, a token without a vote is outside of any.
    """
    unknown = _unknown(matrix, probabilities, silence)
    scores = probabilities.copy()
    is_option = prior_of_rows(matrix, uniform_prior(matrix.n_classes)) > 0
    scores[unknown] = np.broadcast_to(is_option, scores.shape)[unknown]
    return as_items(task, matrix, probabilities, argmax_at_random(scores, _row_keys(matrix, keys)))


def _unknown(
    matrix: LabelMatrix, probabilities: RowProbabilities, silence: Float[np.ndarray, "... n_classes"]
) -> Int[np.ndarray, " n_unknown"]:
    """The rows of which nothing is known; the sets of a select task have no neighbours, and options of their own."""
    silent = np.flatnonzero(~has_vote(matrix))
    if matrix.n_options is not None:
        return silent
    of_rows = np.broadcast_to(silence, probabilities.shape)
    return np.asarray(silent[(np.abs(probabilities[silent] - of_rows[silent]) <= NEARLY_EQUAL).all(axis=1)])


@singledispatch
def as_items(task: Task, matrix: LabelMatrix, probabilities: RowProbabilities, labels: RowLabels) -> Predictions:  # noqa: ARG001 it is the signature of those below
    """Rows of a label matrix folded back to the items of the task (the shapes of `Predictions`)."""
    raise TypeError(f"no label matrix for {type(task).__name__}")


@as_items.register
def _(_task: Multiclass, matrix: LabelMatrix, probabilities: RowProbabilities, labels: RowLabels) -> Predictions:
    return Predictions(matrix.items, probabilities, labels.astype(np.int32), has_vote(matrix))


@as_items.register
def _(task: Bitvector, matrix: LabelMatrix, probabilities: RowProbabilities, labels: RowLabels) -> Predictions:
    shape = (matrix.items.n_items, len(task.classes))
    return Predictions(
        matrix.items,
        probabilities[:, 1].reshape(shape),
        labels.astype(np.int8).reshape(shape),
        has_vote(matrix).reshape(shape),
    )


@as_items.register
def _(_task: Spans, matrix: LabelMatrix, probabilities: RowProbabilities, labels: RowLabels) -> Predictions:
    is_covered = has_vote(matrix)
    decided = np.where(is_covered, labels, 0)
    types = np.where(is_covered[:, None], probabilities, np.arange(matrix.n_classes) == 0)
    said = begin_or_inside(matrix.items, types, decided=decided)
    tags = np.where(decided > 0, 2 * decided - 1 + (decided == _before(matrix.items, decided)), 0)
    return Predictions(matrix.items, said, tags.astype(np.int32), is_covered)


@as_items.register
def _(_task: Select, matrix: LabelMatrix, probabilities: RowProbabilities, labels: RowLabels) -> Predictions:
    members = np.arange(matrix.n_classes)[None, :] < matrix.items.lengths[:, None]
    return Predictions(matrix.items, probabilities[members], labels.astype(np.int32), has_vote(matrix))


def begin_or_inside(
    items: Items, types: Float[np.ndarray, "n_items n_types"], *, decided: Int[np.ndarray, " n_items"]
) -> Float[np.ndarray, "n_items n_tags"]:
    """BIO probabilities from those of O and of being in a span of each class: a run of one class is one span.

    A token goes on with the span of the token before it if that one was decided to be of the same class; `decided` are
    the types, 0 for O. Were it to go on only as probably as that, what is left of a doubtful class after the first
    token would be parted between its two tags, each less probable than O.
    """
    before = _before(items, decided)
    tags = np.zeros((len(types), 2 * types.shape[1] - 1))
    tags[:, 0] = types[:, 0]
    tags[:, 1::2] = types[:, 1:]
    rows = np.flatnonzero(before)
    inside = 2 * before[rows]
    tags[rows, inside] = types[rows, before[rows]]
    tags[rows, inside - 1] = 0.0
    return tags


def _before(items: Items, decided: Int[np.ndarray, " n_items"]) -> Int[np.ndarray, " n_items"]:
    """What was decided of the token before each; 0, as of O, where an example begins."""
    before = np.append(0, decided[:-1])[: len(decided)]
    before[items.offsets[:-1][items.lengths > 0]] = 0
    return before


@singledispatch
def certainly(task: Task, labels: Labels) -> tuple[Float[np.ndarray, "..."], Bool[np.ndarray, "..."]]:  # noqa: ARG001 it is the signature of those below
    """Labels as probabilities 0 and 1 (the shape of `Targets.probabilities`), and which weighted rows have a label.

    Those of a row without a label say nothing, but are probabilities, or a number, too.
    """
    raise TypeError(f"{type(task).__name__} has no targets")


@certainly.register
def _(task: Multiclass, labels: Labels) -> tuple[Float[np.ndarray, "..."], Bool[np.ndarray, "..."]]:
    return np.eye(len(task.classes))[labels.values], labels.values != NO_LABEL


@certainly.register
def _(task: Spans, labels: Labels) -> tuple[Float[np.ndarray, "..."], Bool[np.ndarray, "..."]]:
    return np.eye(1 + 2 * len(task.classes))[labels.values], labels.values != NO_LABEL


@certainly.register
def _(_task: Bitvector, labels: Labels) -> tuple[Float[np.ndarray, "..."], Bool[np.ndarray, "..."]]:
    return (labels.values == 1).astype(np.float64), (labels.values != NO_LABEL).all(axis=1)


@certainly.register
def _(_task: Select, labels: Labels) -> tuple[Float[np.ndarray, "..."], Bool[np.ndarray, "..."]]:
    position = np.arange(labels.items.n_items) - np.repeat(labels.items.offsets[:-1], labels.items.lengths)
    chosen = position == np.repeat(labels.values, labels.items.lengths)
    return chosen.astype(np.float64), labels.values != NO_LABEL


@certainly.register
def _(_task: Regression, labels: Labels) -> tuple[Float[np.ndarray, "..."], Bool[np.ndarray, "..."]]:
    return np.nan_to_num(labels.values), np.isfinite(labels.values)


def _row_keys(matrix: LabelMatrix, keys: UInt64[np.ndarray, " n_examples"]) -> np.ndarray:
    """The key of each row: of the example for a select, of the element, or of the (element, class) of a bitvector."""
    if matrix.n_options is not None:
        return spread_keys(keys, one_each(len(keys)))
    return spread_keys(keys, from_lengths(matrix.items.lengths * matrix.rows_per_item))
