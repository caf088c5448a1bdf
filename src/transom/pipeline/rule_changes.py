"""What a change of rules did: to the votes, to the combined labels, to the table of sources and to quality."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Generic, Literal, TypeVar

import numpy as np
import polars as pl

from transom.data.labels import Labels
from transom.data.votes import empty_labels
from transom.errors import Problem
from transom.evaluation.report import Row
from transom.pipeline.labeling import TaskLabels
from transom.pipeline.rule_cache import Applied
from transom.schema.tasks import Select, Task
from transom.supervision.source_row import SourceRow

What = Literal["added", "removed", "changed"]
RowT = TypeVar("RowT")

IDS_SHOWN = 20


@dataclass(frozen=True)
class ChangedRows:
    """How many examples changed, and the ids of the first of them."""

    n: int = 0
    ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class RuleChange:
    """A rule that was added, removed or changed, and the examples on which its vote is another than before."""

    rule: str
    task: str
    what: What
    rows: ChangedRows


@dataclass(frozen=True)
class LabelChange:
    """The examples of a task whose label is another than before, by the label model."""

    task: str
    rows: ChangedRows


@dataclass(frozen=True)
class RowChange(Generic[RowT]):
    """A row of a table that is another than before; None where there is no such row."""

    before: RowT | None
    after: RowT | None


@dataclass(frozen=True)
class Change:
    """What became of a project's labels after its rules, or the settings of its label models, changed.

    `labels` has an entry for each task that was worked out again; `quality` has the metrics of whole splits. `problems`
    are those of rules that are left out, and warnings of rules whose function fails on some examples.
    """

    rules: tuple[RuleChange, ...] = ()
    labels: tuple[LabelChange, ...] = ()
    sources: tuple[RowChange[SourceRow], ...] = ()
    quality: tuple[RowChange[Row], ...] = ()
    problems: tuple[Problem, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The change as a line of `label --watch --json`."""
        return {
            "rules": [_flat(each) for each in self.rules],
            "labels": [_flat(each) for each in self.labels],
            "sources": [asdict(each) for each in self.sources],
            "quality": [asdict(each) for each in self.quality],
            "problems": [problem.as_dict() for problem in self.problems],
        }


def rule_changes(
    before: Mapping[str, Applied], after: Mapping[str, Applied], tasks: Iterable[Task], ids: pl.Series
) -> Iterator[RuleChange]:
    """The rules that are declared otherwise, vote otherwise, or fail otherwise than before."""
    by_name = {task.name: task for task in tasks}
    for name in dict.fromkeys((*before, *after)):
        old, new = before.get(name), after.get(name)
        moved = old and new and old.rule.task != new.rule.task
        if old and (moved or not new):
            yield _rule_change(name, "removed", old, None, by_name[old.rule.task], ids)
        if new and (moved or not old):
            yield _rule_change(name, "added", None, new, by_name[new.rule.task], ids)
        if old and new and not moved and _differs(old, new):
            yield _rule_change(name, "changed", old, new, by_name[new.rule.task], ids)


def label_change(before: TaskLabels, after: TaskLabels, ids: pl.Series) -> LabelChange:
    """The examples that the label model labels otherwise than before; one on which nothing voted has no label."""
    return LabelChange(after.task.name, _rows_between(_labels_of(before), _labels_of(after), after.task, ids))


def row_changes(
    before: Iterable[RowT], after: Iterable[RowT], key: Callable[[RowT], Hashable]
) -> tuple[RowChange[RowT], ...]:
    """The rows of a table that differ, in the order of the tables; `key` says which two are the same row."""
    old, new = ({key(row): row for row in rows} for rows in (before, after))
    pairs = (RowChange(old.get(each), new.get(each)) for each in dict.fromkeys((*old, *new)))
    return tuple(pair for pair in pairs if pair.before != pair.after)


def _differs(old: Applied, new: Applied) -> bool:
    is_as_before = (old.rule, old.problems, old.warnings) == (new.rule, new.problems, new.warnings)
    return old.votes is not new.votes or not is_as_before


def _rule_change(
    name: str, what: What, old: Applied | None, new: Applied | None, task: Task, ids: pl.Series
) -> RuleChange:
    votes = [each.votes for each in (old, new) if each and each.votes]
    if not votes:
        return RuleChange(name, task.name, what, ChangedRows())
    silent = empty_labels(task, votes[0].items)
    before, after = (each.votes if each and each.votes else silent for each in (old, new))
    return RuleChange(name, task.name, what, _rows_between(before, after, task, ids))


def _labels_of(one: TaskLabels) -> Labels:
    predictions = one.combined.label_model
    if predictions is None:
        return empty_labels(one.task, one.gold.items)
    silent = empty_labels(one.task, predictions.items).values
    is_covered = predictions.covered
    labels = predictions.labels if is_covered is None else np.where(is_covered, predictions.labels, silent)
    return Labels(predictions.items, labels)


def _rows_between(before: Labels, after: Labels, task: Task, ids: pl.Series) -> ChangedRows:
    """The examples on which two sets of labels differ."""
    is_same = (before.values == after.values) | ((before.values != before.values) & (after.values != after.values))
    differs = ~is_same.all(axis=1) if is_same.ndim > 1 else ~is_same
    rows = np.flatnonzero(differs)
    examples = rows if isinstance(task, Select) else np.unique(after.items.examples()[rows])
    return ChangedRows(len(examples), tuple(ids.gather(examples[:IDS_SHOWN]).to_list()))


def _flat(change: RuleChange | LabelChange) -> dict[str, Any]:
    names = {name: value for name, value in asdict(change).items() if name != "rows"}
    return {**names, "n_rows": change.rows.n, "ids": list(change.rows.ids)}
