"""Statistics of sources: on how many examples each votes, for what, and how often it is right."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import singledispatch

import numpy as np
from jaxtyping import Bool

from transom.data.labels import NO_LABEL, Labels
from transom.schema.tasks import Bitvector, Multiclass, Select, Spans, Task


@dataclass(frozen=True)
class SourceStatistics:
    """What a source, or gold, says of the items of a task on `n` examples.

    `n_voted` examples have a vote of it, `n_gold` of them also gold; `coverage` is the share of items (of a bitvector:
    bits) with a vote, `accuracy` the share of the votes with gold that are right. `shares` are the classes of its
    votes: for a bitvector the share of votes in which each holds, for spans that of each among the tokens in one.
    """

    task: str
    source: str
    n: int
    n_voted: int
    coverage: float
    shares: Mapping[str, float]
    n_gold: int = 0
    accuracy: float | None = None
    is_rule: bool = False


def source_statistics(
    task: Task,
    source: str,
    votes: Labels,
    gold: Labels,
    examples: Bool[np.ndarray, " n_examples"],
    *,
    is_rule: bool = False,
) -> SourceStatistics:
    """The statistics of the votes of one source on the chosen examples; who chooses leaves out test, for its gold."""
    of_examples = isinstance(task, Select)  # whose items are members, and whose labels are of all of them together
    is_chosen = examples if of_examples else votes.items.of(examples)
    owners = (np.arange(len(examples)) if of_examples else votes.items.examples())[is_chosen]
    said, true = votes.values[is_chosen], gold.values[is_chosen]
    has_vote = _has_value(said)
    has_both = has_vote & _has_value(true)
    is_judged = isinstance(task, Multiclass | Bitvector | Select | Spans) and bool(has_both.any())
    return SourceStatistics(
        task=task.name,
        source=source,
        n=int(np.count_nonzero(examples)),
        n_voted=_n_examples(owners, has_vote),
        coverage=float(has_vote.mean()) if has_vote.size else 0.0,
        shares=_shares(task, said),
        n_gold=_n_examples(owners, has_both),
        accuracy=float((said == true)[has_both].mean()) if is_judged else None,
        is_rule=is_rule,
    )


def _has_value(values: np.ndarray) -> np.ndarray:
    return np.asarray(~np.isnan(values) if values.dtype.kind == "f" else values != NO_LABEL)


def _n_examples(owners: np.ndarray, is_cell: np.ndarray) -> int:
    """How many examples have such a cell."""
    return len(np.unique(owners[is_cell if is_cell.ndim == 1 else is_cell.any(axis=1)]))


@singledispatch
def _shares(task: Task, values: np.ndarray) -> dict[str, float]:  # noqa: ARG001 - those below use both
    """The share of each class among the votes; nothing for a task without classes."""
    return {}


@_shares.register
def _(task: Multiclass, values: np.ndarray) -> dict[str, float]:
    return _named(task.classes, np.bincount(values[values != NO_LABEL], minlength=len(task.classes)))


@_shares.register
def _(task: Spans, values: np.ndarray) -> dict[str, float]:
    return _named(task.classes, np.bincount((values[values > 0] - 1) // 2, minlength=len(task.classes)))


@_shares.register
def _(task: Bitvector, values: np.ndarray) -> dict[str, float]:
    n_votes = np.maximum(np.count_nonzero(values != NO_LABEL, axis=0), 1)
    return dict(zip(task.classes, ((values == 1).sum(axis=0) / n_votes).tolist(), strict=True))


def _named(classes: tuple[str, ...], counts: np.ndarray) -> dict[str, float]:
    return dict(zip(classes, (counts / max(1, counts.sum())).tolist(), strict=True))
