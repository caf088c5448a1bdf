"""Votes: how they are encoded in a column, and how a column becomes the labels of a task's items.

null = abstain, everywhere. Soft votes have a column of their own.

| task                | hard                                | soft                                          |
|---------------------|-------------------------------------|-----------------------------------------------|
| multiclass          | Int32 class index                   | List(Float64), a probability a class          |
| bitvector           | List(Int32) of class indices        |                                               |
| spans               | List(List(Int32)) of [start, end, class] |                                          |
| select              | Int32 member index, or n_members    | List(Float64), one a member, then none of them |
| regression          | Float64                             |                                               |
| … on elements       | List of these                       | List of these                                 |
"""

from functools import singledispatch

import numpy as np
import polars as pl
from jaxtyping import Bool, Float, Int

from transom.data.dataset import Dataset, VoteColumn, frame, items_of
from transom.data.features.bags import spread
from transom.data.items import Items, one_each
from transom.data.labels import NO_LABEL, Labels, begin_tag, inside_tag
from transom.data.ties import are_best
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans, Task

SERVED_PREFIX = "transom@"
"""Sources that begin so are transom's own served predictions."""


@singledispatch
def item_dtype(task: Task) -> pl.DataType:
    """The encoded hard vote on one item of a task, or on the whole example for spans and select."""
    raise TypeError(f"no encoding for {type(task).__name__}")


@item_dtype.register(Multiclass)
@item_dtype.register(Select)
def _(_: Multiclass | Select) -> pl.DataType:
    return pl.Int32()


@item_dtype.register
def _(_: Bitvector) -> pl.DataType:
    return pl.List(pl.Int32())


@item_dtype.register
def _(_: Spans) -> pl.DataType:
    return pl.List(pl.List(pl.Int32()))


@item_dtype.register
def _(_: Regression) -> pl.DataType:
    return pl.Float64()


def encoded_dtype(task: Task, elementwise: bool, *, soft: bool = False) -> pl.DataType:
    """The type of a vote column; `elementwise` where each token or member has a label of its own."""
    dtype = pl.List(pl.Float64()) if soft else item_dtype(task)
    return pl.List(dtype) if elementwise else dtype


def sources_of(dataset: Dataset, task: Task) -> tuple[str, ...]:
    """The sources that vote on the task in the data, sorted; neither gold nor transom's own predictions."""
    sources = {column.source for column in dataset.vote_columns if column.task == task.name}
    return tuple(
        sorted(
            source for source in sources if source not in dataset.schema.gold and not source.startswith(SERVED_PREFIX)
        )
    )


def votes_of(dataset: Dataset, task: Task, source: str) -> Labels:
    """The votes of one source; of a soft vote the most probable class, none if several are. No vote: all abstain."""
    return _labels_of(dataset, task, source, complete=False)


def gold_of(dataset: Dataset, task: Task) -> Labels:
    """What is trusted as truth: for each item the first gold source that has a label for it.

    Gold spans are complete: a token outside of them is O, where a mere vote would abstain.
    """
    items = items_of(dataset, task)
    gold = empty_labels(task, items)
    for source in dataset.schema.gold:
        labels = _labels_of(dataset, task, source, complete=True)
        missing = ~has_label(gold)
        gold.values[missing] = labels.values[missing]
    return gold


def has_label(labels: Labels) -> Bool[np.ndarray, " n_labeled"]:
    """Which items (for select: which examples) have a label."""
    values = labels.values
    labeled: np.ndarray = ~np.isnan(values) if values.dtype.kind == "f" else values != NO_LABEL
    return labeled if labeled.ndim == 1 else np.asarray(labeled.all(axis=1))


def _column(dataset: Dataset, task: Task, source: str, *, soft: bool) -> VoteColumn | None:
    wanted = (task.name, source, soft)
    return next((each for each in dataset.vote_columns if (each.task, each.source, each.soft) == wanted), None)


def _labels_of(dataset: Dataset, task: Task, source: str, *, complete: bool) -> Labels:
    items = items_of(dataset, task)
    hard, soft = (_column(dataset, task, source, soft=soft) for soft in (False, True))
    labels = empty_labels(task, items)
    if hard is not None:
        labels = labels_from(task, frame(dataset, [hard.column]).to_series(), items, complete=complete)
    if soft is None:
        return labels
    return with_soft(task, labels, frame(dataset, [soft.column]).to_series())


def with_soft(task: Task, labels: Labels, series: pl.Series) -> Labels:
    """Labels with those of a column of encoded soft votes; of equally probable ones none is chosen."""
    probabilities = _probabilities(task, series, labels.items)
    values = labels.values.copy()
    is_hard = has_label(labels)
    is_best = are_best(probabilities)
    is_clear = (is_best.sum(axis=1) == 1) & ~is_hard
    values[is_clear] = is_best[is_clear].argmax(axis=1)
    probabilities = np.where(is_clear[:, None], probabilities, np.nan)
    probabilities[is_hard] = np.eye(probabilities.shape[1])[values[is_hard]]
    return Labels(labels.items, values, probabilities)


def _probabilities(task: Task, series: pl.Series, items: Items) -> Float[np.ndarray, "n_rows n_options"]:
    """Soft votes, one row an item (for select: an example); NaN where there is none, 0 beyond an example's options."""
    on_elements = isinstance(series.dtype, pl.List) and isinstance(series.dtype.inner, pl.List)
    rows, votes = _voted(series, one_each(len(series)) if isinstance(task, Select) else items, on_elements)
    lengths = votes.list.len().to_numpy().astype(np.int64)
    n_rows = len(series) if isinstance(task, Select) else items.n_items
    probabilities = np.full((n_rows, _n_options(task, items)), np.nan)
    probabilities[rows] = 0.0
    options = spread(np.zeros_like(lengths), lengths)
    probabilities[np.repeat(rows, lengths), options] = votes.explode(empty_as_null=False).to_numpy()
    return probabilities


def _n_options(task: Task, items: Items) -> int:
    """How many probabilities a soft vote may have; a column need not hold any, where patches took all of them back."""
    match task:
        case Multiclass(classes=classes):
            return len(classes)
        case Select():
            return int(items.lengths.max(initial=0)) + 1
        case _:
            raise TypeError(f"no soft votes for {type(task).__name__}")


def empty_labels(task: Task, items: Items) -> Labels:
    """Labels of which there is none."""
    if isinstance(task, Bitvector):
        return Labels(items, np.full((items.n_items, len(task.classes)), NO_LABEL, dtype=np.int8))
    if isinstance(task, Regression):
        return Labels(items, np.full(items.n_items, np.nan))
    n_labels = items.n_examples if isinstance(task, Select) else items.n_items
    return Labels(items, np.full(n_labels, NO_LABEL, dtype=np.int32))


@singledispatch
def labels_from(task: Task, series: pl.Series, items: Items, *, complete: bool = False) -> Labels:  # noqa: ARG001
    """The labels that a column of encoded hard votes holds, one row an example.

    `complete` matters for spans alone: whether a token outside of an example's spans is O or an abstention.
    """
    raise TypeError(f"no labels for {type(task).__name__}")


@labels_from.register(Multiclass)
@labels_from.register(Regression)
def _(task: Task, series: pl.Series, items: Items, *, complete: bool = False) -> Labels:  # noqa: ARG001
    labels = empty_labels(task, items)
    rows, votes = _voted(series, items, isinstance(series.dtype, pl.List))
    labels.values[rows] = votes.to_numpy()
    return labels


@labels_from.register
def _(task: Select, series: pl.Series, items: Items, *, complete: bool = False) -> Labels:  # noqa: ARG001
    return Labels(items, series.fill_null(NO_LABEL).to_numpy(writable=True))


@labels_from.register
def _(task: Bitvector, series: pl.Series, items: Items, *, complete: bool = False) -> Labels:  # noqa: ARG001
    labels = empty_labels(task, items)
    rows, votes = _voted(series, items, series.dtype == pl.List(pl.List(pl.Int32)))
    labels.values[rows] = 0
    held = np.repeat(rows, votes.list.len().to_numpy())
    labels.values[held, votes.explode(empty_as_null=False).to_numpy()] = 1
    return labels


@labels_from.register
def _(task: Spans, series: pl.Series, items: Items, *, complete: bool = False) -> Labels:
    labels = empty_labels(task, items)
    n_spans = series.list.len()
    outside = n_spans.is_not_null() if complete else (n_spans == 0).fill_null(value=False)
    labels.values[items.of(outside.to_numpy())] = 0
    examples = np.repeat(np.arange(items.n_examples), n_spans.fill_null(0).to_numpy())
    triples = series.drop_nulls().explode(empty_as_null=False).explode(empty_as_null=False).to_numpy().astype(np.int64)
    triples = triples.reshape(-1, 3)
    starts, lengths, classes = items.offsets[examples] + triples[:, 0], triples[:, 1] - triples[:, 0], triples[:, 2]
    labels.values[spread(starts, lengths)] = np.repeat(inside_tag(0) + 2 * classes, lengths)
    labels.values[starts] = begin_tag(0) + 2 * classes
    return labels


def _voted(series: pl.Series, items: Items, on_elements: bool) -> tuple[Int[np.ndarray, " n_voted"], pl.Series]:
    """The items on which there is a vote, and those votes, one an item."""
    if on_elements:
        places = np.flatnonzero(items.of(series.is_not_null().to_numpy()))
        series = series.drop_nulls().explode(empty_as_null=False)
    else:
        places = np.arange(len(series))
    return places[series.is_not_null().to_numpy()], series.drop_nulls()
