"""Replies: predictions as the JSON that `predict` and `POST /v1/predict` answer."""

from collections.abc import Mapping, Sequence
from functools import singledispatch
from itertools import pairwise
from typing import Any

import numpy as np

from transom.data.predictions import Predictions
from transom.data.spans import spans_in
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans, Task

Reply = dict[str, Any]
"""One example's answer to one task: `{"label": …, "probabilities": …}`."""
MemberIds = Sequence[Sequence[str]]


def replies(
    task: Task, predictions: Predictions, *, elementwise: bool = False, member_ids: MemberIds = ()
) -> list[Reply]:
    """What each example is answered on one task.

    `elementwise` says that the task labels the elements of a sequence or a set: the answers are then lists with one
    entry an element. `member_ids` holds, for a select task, the ids of each example's members in order.

    >>> from transom.data.items import one_each
    >>> found = Predictions(one_each(1), np.array([[0.25, 0.75]]), np.array([1]))
    >>> replies(Multiclass("label", ("HAM", "SPAM")), found)
    [{'label': 'SPAM', 'probabilities': {'HAM': 0.25, 'SPAM': 0.75}}]
    """
    return answers(task, predictions, elementwise, member_ids)


@singledispatch
def answers(task: Task, _predictions: Predictions, _elementwise: bool, _member_ids: MemberIds) -> list[Reply]:
    """The replies of one type of task."""
    raise TypeError(f"no replies for a task of type {type(task).__name__}")


@answers.register
def _(task: Multiclass, predictions: Predictions, elementwise: bool, _member_ids: MemberIds) -> list[Reply]:
    labels = [task.classes[label] for label in predictions.labels.tolist()]
    return _by_example(task.classes, predictions, labels, elementwise)


@answers.register
def _(task: Bitvector, predictions: Predictions, elementwise: bool, _member_ids: MemberIds) -> list[Reply]:
    rows = predictions.labels.tolist()
    labels = [[name for name, holds in zip(task.classes, bits, strict=True) if holds] for bits in rows]
    return _by_example(task.classes, predictions, labels, elementwise)


@answers.register
def _(_task: Regression, predictions: Predictions, elementwise: bool, _member_ids: MemberIds) -> list[Reply]:
    values = predictions.labels.tolist()
    if not elementwise:
        return [{"label": value} for value in values]
    seen = [value if is_known else None for value, is_known in zip(values, _is_known(predictions), strict=True)]
    return [{"label": seen[start:stop]} for start, stop in pairwise(predictions.items.offsets.tolist())]


@answers.register
def _(task: Spans, predictions: Predictions, _elementwise: bool, _member_ids: MemberIds) -> list[Reply]:
    """A span is as probable as the least probable of its tags."""
    items = predictions.items
    found = spans_in(items, predictions.labels)
    of_tags = predictions.probabilities[np.arange(items.n_items), predictions.labels]
    result: list[Reply] = [{"label": [], "probabilities": []} for _ in range(items.n_examples)]
    columns = (found.examples, items.offsets[found.examples], found.starts, found.ends, found.classes)
    for example, first, start, end, class_index in zip(*(column.tolist() for column in columns), strict=True):
        result[example]["label"].append([start - first, end - first, task.classes[class_index]])
        result[example]["probabilities"].append(float(of_tags[start:end].min()))
    return result


@answers.register
def _(_task: Select, predictions: Predictions, _elementwise: bool, member_ids: MemberIds) -> list[Reply]:
    """What the members leave of 1 is the probability of none of them, which is answered as null."""
    probabilities, labels = predictions.probabilities.tolist(), predictions.labels.tolist()
    bounds = pairwise(predictions.items.offsets.tolist())
    return [
        _answer(ids[label] if label < len(ids) else None, dict(zip(ids, probabilities[start:stop], strict=True)), known)
        for ids, label, (start, stop), known in zip(member_ids, labels, bounds, _is_known(predictions), strict=True)
    ]


def _by_example(
    classes: tuple[str, ...], predictions: Predictions, labels: Sequence[object], elementwise: bool
) -> list[Reply]:
    """An answer an example; of elements a list with null where one is left open."""
    probabilities = [dict(zip(classes, row, strict=True)) for row in predictions.probabilities.tolist()]
    is_known = _is_known(predictions)
    if not elementwise:
        return [_answer(*answer) for answer in zip(labels, probabilities, is_known, strict=True)]
    known = [label if is_sure else None for label, is_sure in zip(labels, is_known, strict=True)]
    return [
        {"label": known[start:stop], "probabilities": probabilities[start:stop]}
        for start, stop in pairwise(predictions.items.offsets.tolist())
    ]


def _answer(label: object, probabilities: Mapping[str, float], is_known: bool) -> Reply:
    """One label with its probabilities; one that is left open is null, and says so."""
    if is_known:
        return {"label": label, "probabilities": probabilities}
    return {"label": None, "abstained": True, "probabilities": probabilities}


def _is_known(predictions: Predictions) -> list[bool]:
    """Which answers are given: not those that a rule leaves open, nor those of elements that a model does not see."""
    n_answers = len(predictions.labels)
    if predictions.covered is None:
        return [True] * n_answers
    known: list[bool] = np.asarray(predictions.covered.reshape(n_answers, -1).all(axis=1)).tolist()
    return known
