"""The baseline `best_source`: the votes of the one source that is right most often."""

from collections.abc import Mapping, Sequence
from functools import singledispatch

import numpy as np
from jaxtyping import Bool, Float, UInt64

from transom.data.labels import NO_LABEL, Labels
from transom.data.predictions import Predictions
from transom.data.ties import argmax_at_random
from transom.evaluation.metrics import rows_of
from transom.evaluation.scores import counts_of_entities, f1
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans, Task

Reference = tuple[Labels, Bool[np.ndarray, " n_examples"]]
"""Labels that a source is judged against, and on which examples."""


def best_source(
    task: Task,
    votes: Mapping[str, Labels],
    *,
    references: Sequence[Reference],
    keys: UInt64[np.ndarray, " n_items"],
) -> tuple[str, Predictions]:
    """The name of the source that is right most often, and its votes as predictions.

    Sources are judged against the first reference that has a label on its examples: give gold on dev, then the
    majority vote on train. What is not voted on counts as chance would; of equally good sources the first by
    name. There must be at least one source.
    """
    names = sorted(votes)
    for labels, examples in references:
        rows = rows_of(task, labels.items, examples) & _has_label(labels)
        if rows.any():
            names.sort(key=lambda name: -quality(task, votes[name], labels, rows))
            break
    return names[0], votes_as_predictions(task, votes[names[0]], keys)


@singledispatch
def votes_as_predictions(task: Task, votes: Labels, keys: UInt64[np.ndarray, " n_items"]) -> Predictions:  # noqa: ARG001 it is the signature of those below
    """One source's votes as certain predictions of every item; `covered` says where it voted.

    Without a vote, a class is drawn at random by the item's key, a span task has no entity, and a number is the mean
    of the votes.
    """
    raise TypeError(f"no predictions from votes on a task of type {type(task).__name__}")


@votes_as_predictions.register
def _(task: Multiclass, votes: Labels, keys: UInt64[np.ndarray, " n_items"]) -> Predictions:
    has_vote = votes.values != NO_LABEL
    scores = np.full((len(votes.values), len(task.classes)), 1 / len(task.classes))
    scores[has_vote] = np.eye(len(task.classes))[votes.values[has_vote]]
    return Predictions(votes.items, scores, argmax_at_random(scores, keys).astype(np.int32), has_vote)


@votes_as_predictions.register
def _(_task: Bitvector, votes: Labels, keys: UInt64[np.ndarray, " n_items"]) -> Predictions:
    has_vote = votes.values != NO_LABEL
    probabilities = np.where(has_vote, votes.values, 0.5)
    of_bits = (keys[:, None] + np.arange(votes.values.shape[1], dtype=np.uint64)).ravel()
    both = np.stack([1 - probabilities.ravel(), probabilities.ravel()], axis=1)
    labels = argmax_at_random(both, of_bits).reshape(probabilities.shape).astype(np.int8)
    return Predictions(votes.items, probabilities, labels, has_vote.any(axis=1))


@votes_as_predictions.register
def _(task: Spans, votes: Labels, _keys: UInt64[np.ndarray, " n_items"]) -> Predictions:
    labels = np.maximum(votes.values, 0).astype(np.int32)
    return Predictions(votes.items, np.eye(1 + 2 * len(task.classes))[labels], labels, votes.values != NO_LABEL)


@votes_as_predictions.register
def _(_task: Select, votes: Labels, keys: UInt64[np.ndarray, " n_items"]) -> Predictions:
    items, has_vote, n_options = votes.items, votes.values != NO_LABEL, votes.items.lengths + 1
    drawn = np.zeros(items.n_examples, np.int64)
    has_members = items.lengths > 0
    drawn[has_members] = keys[items.offsets[:-1][has_members]] % n_options[has_members].astype(np.uint64)
    probabilities = np.repeat(np.where(has_vote, 0.0, 1 / n_options), items.lengths)
    is_member = has_vote & (votes.values < items.lengths)
    probabilities[(items.offsets[:-1] + votes.values)[is_member]] = 1.0
    return Predictions(items, probabilities, np.where(has_vote, votes.values, drawn).astype(np.int32), has_vote)


@votes_as_predictions.register
def _(_task: Regression, votes: Labels, _keys: UInt64[np.ndarray, " n_items"]) -> Predictions:
    values = _filled(votes)
    return Predictions(votes.items, values, values, ~np.isnan(votes.values))


@singledispatch
def quality(task: Task, votes: Labels, reference: Labels, rows: Bool[np.ndarray, " n_rows"]) -> float:  # noqa: ARG001 it is the signature of those below
    """How well a source does alone on rows that have a reference; more is better.

    The accuracy that is expected where items without a vote are drawn at random; for spans the entity F1, for
    numbers minus the mean squared error.
    """
    raise TypeError(f"no quality of votes on a task of type {type(task).__name__}")


@quality.register
def _(task: Multiclass, votes: Labels, reference: Labels, rows: Bool[np.ndarray, " n_rows"]) -> float:
    return _expected_accuracy(votes.values[rows], reference.values[rows], np.array(1 / len(task.classes)))


@quality.register
def _(_task: Bitvector, votes: Labels, reference: Labels, rows: Bool[np.ndarray, " n_rows"]) -> float:
    return _expected_accuracy(votes.values[rows], reference.values[rows], np.array(0.5))


@quality.register
def _(_task: Select, votes: Labels, reference: Labels, rows: Bool[np.ndarray, " n_rows"]) -> float:
    return _expected_accuracy(votes.values[rows], reference.values[rows], 1 / (votes.items.lengths[rows] + 1))


@quality.register
def _(_task: Spans, votes: Labels, reference: Labels, rows: Bool[np.ndarray, " n_rows"]) -> float:
    estimate = f1(counts_of_entities(votes.items, reference.values, votes.values, rows))
    return estimate.value if estimate else 0.0


@quality.register
def _(_task: Regression, votes: Labels, reference: Labels, rows: Bool[np.ndarray, " n_rows"]) -> float:
    return -float(np.mean((_filled(votes) - reference.values)[rows] ** 2))


def _expected_accuracy(voted: np.ndarray, truth: np.ndarray, chance: Float[np.ndarray, "..."]) -> float:
    right = np.where(voted == NO_LABEL, chance, voted == truth)
    return float(right[truth != NO_LABEL].mean())


def _filled(votes: Labels) -> Float[np.ndarray, " n_items"]:
    """Votes for a number, and their mean where there is none."""
    has_vote = ~np.isnan(votes.values)
    return np.where(has_vote, votes.values, votes.values[has_vote].mean() if has_vote.any() else 0.0)


def _has_label(labels: Labels) -> Bool[np.ndarray, " n_rows"]:
    """The rows with a label; a row of bits has one where any bit has."""
    if labels.values.dtype.kind == "f":
        return np.asarray(~np.isnan(labels.values))
    known = labels.values != NO_LABEL
    return np.asarray(known if known.ndim == 1 else known.any(axis=1))
