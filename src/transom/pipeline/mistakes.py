"""Mistakes: what a stage takes for what, and the examples on which it is most surely wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import singledispatch

import numpy as np
from jaxtyping import Bool

from transom.data.items import Items, from_lengths
from transom.data.labels import NO_LABEL, Labels
from transom.data.predictions import Predictions
from transom.data.spans import spans_in
from transom.evaluation.confusion import NONE_OF_THEM, NOTHING, Confusion, Wrong, wrong_items
from transom.evaluation.metrics import rows_of
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans, Task


@dataclass(frozen=True)
class Shown:
    """How examples are shown to people: an id and a text each, and the ids of its members for a select task."""

    ids: Sequence[str]
    texts: Sequence[str]
    member_ids: Sequence[Sequence[str]] = ()


@dataclass(frozen=True)
class Mistake:
    """One wrong item, in words.

    `element` is its place in its example where the task labels elements (for spans the first token); `confidence` is
    the probability of what was predicted, for numbers the size of the error; `votes` is what each source said.
    """

    id: str
    element: int | None
    text: str
    gold: str
    predicted: str
    confidence: float
    votes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Mistakes:
    """What a stage gets wrong on one task: of `n` items with gold, `n_wrong`; `rows` are the worst of them."""

    task: str
    n: int
    n_wrong: int
    confusion: Confusion
    rows: tuple[Mistake, ...]

    def as_dict(self) -> dict[str, object]:
        """The mistakes as `errors --json` prints them."""
        found = self.confusion
        confusion = {"gold": found.gold, "predicted": found.predicted, "counts": found.counts.tolist()}
        return {**asdict(self), "confusion": confusion}


def mistakes(
    task: Task,
    *,
    gold: Labels,
    predictions: Predictions,
    keep: Bool[np.ndarray, " n_examples"],
    shown: Shown,
    votes: Mapping[str, Labels],
    limit: int = 20,
) -> Mistakes:
    """The confusion of one task on the kept examples with gold, and its `limit` most confident mistakes."""
    wrong = wrong_items(task, gold, predictions, rows_of(task, gold.items, keep))
    predicted = Labels(predictions.items, predictions.labels)
    surest = np.argsort(-wrong.confidence, kind="stable")[:limit].tolist()
    rows = tuple(_mistake(task, wrong, place, (gold, predicted, votes), shown) for place in surest)
    return Mistakes(task.name, wrong.n, len(wrong.starts), wrong.confusion, rows)


def _mistake(
    task: Task, wrong: Wrong, place: int, said: tuple[Labels, Labels, Mapping[str, Labels]], shown: Shown
) -> Mistake:
    gold, predicted, votes = said
    rows = int(wrong.starts[place]), int(wrong.ends[place])
    is_select = isinstance(task, Select)
    example = rows[0] if is_select else _example_of(gold.items, rows[0])
    has_elements = not is_select and bool(np.any(gold.items.lengths != 1))
    member_ids = shown.member_ids[example] if is_select else ()
    words = {source: in_words(task, labels, rows, member_ids) for source, labels in votes.items()}
    return Mistake(
        id=shown.ids[example],
        element=rows[0] - int(gold.items.offsets[example]) if has_elements else None,
        text=shown.texts[example],
        gold=in_words(task, gold, rows, member_ids) or NOTHING,
        predicted=in_words(task, predicted, rows, member_ids) or NOTHING,
        confidence=float(wrong.confidence[place]),
        votes={source: word for source, word in words.items() if word is not None},
    )


def _example_of(items: Items, item: int) -> int:
    return int(np.searchsorted(items.offsets, item, side="right")) - 1


Place = tuple[int, int]


@singledispatch
def in_words(task: Task, _labels: Labels, _place: Place, _member_ids: Sequence[str]) -> str | None:
    """What labels say of the rows `[start, end)`; None where they say nothing."""
    raise TypeError(f"no words for a task of type {type(task).__name__}")


@in_words.register
def _(task: Multiclass, labels: Labels, place: Place, _member_ids: Sequence[str]) -> str | None:
    label = int(labels.values[place[0]])
    return None if label == NO_LABEL else task.classes[label]


@in_words.register
def _(task: Bitvector, labels: Labels, place: Place, _member_ids: Sequence[str]) -> str | None:
    bits = labels.values[place[0]].tolist()
    if set(bits) == {NO_LABEL}:
        return None
    return ", ".join(name for name, bit in zip(task.classes, bits, strict=True) if bit == 1) or NOTHING


@in_words.register
def _(task: Spans, labels: Labels, place: Place, _member_ids: Sequence[str]) -> str | None:
    start, end = place
    example = _example_of(labels.items, start)
    first, stop = labels.items.offsets[example : example + 2].tolist()
    found = spans_in(from_lengths(np.array([stop - first])), labels.values[first:stop])
    same = np.flatnonzero((found.starts == start - first) & (found.ends == end - first))
    if len(same):
        return task.classes[int(found.classes[same[0]])]
    return None if np.all(labels.values[start:end] == NO_LABEL) else NOTHING


@in_words.register
def _(_task: Select, labels: Labels, place: Place, member_ids: Sequence[str]) -> str | None:
    label = int(labels.values[place[0]])
    if label == NO_LABEL:
        return None
    return member_ids[label] if label < len(member_ids) else NONE_OF_THEM


@in_words.register
def _(_task: Regression, labels: Labels, place: Place, _member_ids: Sequence[str]) -> str | None:
    value = float(labels.values[place[0]])
    return None if np.isnan(value) else f"{value:.4g}"
