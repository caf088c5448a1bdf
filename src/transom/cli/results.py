"""Results: the report's rows of one task on one split, ordered as people ask for them."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from transom.data.subset_names import EVERYTHING
from transom.evaluation.intervals import Estimate, difference, wilson
from transom.evaluation.metrics import ERRORS
from transom.evaluation.report import Row

STAGES = ("model", "label_model", "majority")
BASELINE, VARIANT = "baseline:", "variant:"
METRICS = {
    "accuracy": "accuracy",
    "micro_f1": "micro F1",
    "entity_f1": "entity F1",
    "mae": "mean error",
    "macro_f1": "macro F1",
    "entity_precision": "precision",
    "entity_recall": "recall",
    "rmse": "RMSE",
    "r2": "R²",
    "roc_auc": "AUC",
    "coverage": "coverage",
    "ece": "ECE",
}
"""The metrics that tables show, in this order, and what they are called there. A task's first stands for it."""
FEW = 30
"""On fewer items nothing is called the worst, nor where as little is known."""
_F1S = ("micro_f1", "entity_f1")
"""Of these F / (2 - F) is a share: of what is gold, found or both, what is both."""


@dataclass(frozen=True)
class Results:
    """Rows by stage, subset and metric.

    `stages` begin with the one that slices are judged by (the model where there is one) and end with the baselines,
    best first; `metrics` begin with the one that stands for the task.
    """

    rows: dict[tuple[str, str, str], Row]
    stages: tuple[str, ...]
    subsets: tuple[str, ...]
    metrics: tuple[str, ...]

    def row(self, stage: str, subset: str = EVERYTHING, metric: str | None = None) -> Row | None:
        """A row, of the first metric where none is named; None where nothing was measured."""
        return self.rows.get((stage, subset, metric or self.metrics[0]))

    @property
    def baselines(self) -> tuple[str, ...]:
        """The baselines, best first."""
        return tuple(stage for stage in self.stages if stage.startswith(BASELINE))


@dataclass(frozen=True)
class Subset:
    """A slice or tag beside the whole: `delta` is the difference, `drop` how much worse it is.

    `is_surely_worse` says that its whole interval is worse, `is_small` that it has too little to judge by.
    """

    row: Row
    delta: float
    drop: float
    is_surely_worse: bool
    is_small: bool


def results_of(rows: Iterable[Row], task: str, split: str) -> Results:
    """The results of one task on one split."""
    chosen = [row for row in rows if row.task == task and row.split == split]
    by_place = {(row.stage, row.tag, row.metric): row for row in chosen}
    present = {row.metric for row in chosen}
    metrics = tuple(metric for metric in METRICS if metric in present)
    found = dict.fromkeys(row.stage for row in chosen)
    baselines = [stage for stage in found if stage.startswith(BASELINE)]
    baselines.sort(key=lambda stage: _loss(by_place.get((stage, EVERYTHING, metrics[0]))))
    variants = [stage for stage in found if stage.startswith(VARIANT)]
    stages = (*(stage for stage in (STAGES[0], *variants, *STAGES[1:]) if stage in found), *baselines)
    return Results(by_place, stages, tuple(dict.fromkeys(row.tag for row in chosen)), metrics)


def best_stage(results: Results) -> str:
    """The stage that is best on the whole split."""
    return min(results.stages, key=lambda stage: _loss(results.row(stage)))


def subsets_of(results: Results) -> list[Subset]:
    """The slices and tags by the main stage: worst first, those with few items last; not those that are the whole."""
    whole = results.row(results.stages[0])
    if whole is None:
        return []
    rows = [results.row(results.stages[0], subset) for subset in results.subsets if subset != EVERYTHING]
    parts = [_beside(row, whole) for row in rows if row and row.n < whole.n]
    return sorted(parts, key=lambda subset: (subset.is_small, -subset.drop))


def gain(ours: Row, theirs: Row) -> tuple[Estimate, bool | None]:
    """How much one row differs from another, and whether that is surely better (True), worse (False) or neither.

    Where a row has no interval the difference may be anything: its limits are infinite.
    """
    change = difference(_estimate(ours), _estimate(theirs))
    is_error = ours.metric in ERRORS
    if change.low <= 0 <= change.high:
        return change, None
    return change, (change.value < 0) if is_error else (change.value > 0)


def _estimate(row: Row) -> Estimate:
    if row.low is None or row.high is None:
        return Estimate(row.value, -math.inf, math.inf)
    return Estimate(row.value, row.low, row.high)


def _beside(row: Row, whole: Row) -> Subset:
    delta = row.value - whole.value
    is_error = row.metric in ERRORS
    interval = _estimate(row)
    is_surely_worse = interval.low > whole.value if is_error else interval.high < whole.value
    return Subset(row, delta, delta if is_error else -delta, is_surely_worse, _rests_on_few(row))


def _rests_on_few(row: Row) -> bool:
    """Whether items are few, or the interval is as wide as that of few: two texts with one span have many tokens."""
    if row.n < FEW or row.metric in ERRORS:
        return row.n < FEW
    if row.low is None or row.high is None:
        return True
    low, high = (side / (2 - side) if row.metric in _F1S else side for side in (row.low, row.high))
    return high - low > _width_of_few()


def _width_of_few() -> float:
    widest = wilson(0.5, FEW)
    return widest.high - widest.low


def _loss(row: Row | None) -> float:
    """Less is better, whatever the metric."""
    if row is None:
        return float("inf")
    return row.value if row.metric in ERRORS else -row.value
