"""The report: every metric per task, split, tag and slice, as tidy rows."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

import numpy as np
import polars as pl
from jaxtyping import Bool

from transom.data.labels import Labels
from transom.data.predictions import Predictions
from transom.data.subset_names import EVERYTHING, SLICE_PREFIX
from transom.evaluation.metrics import metrics_for, rows_of
from transom.schema.tasks import Task

MAX_TAGS = 200
ROW_SCHEMA = {
    **dict.fromkeys(("stage", "task", "split", "tag", "metric"), pl.String),
    **dict.fromkeys(("value", "low", "high"), pl.Float64),
    "n": pl.Int64,
}


@dataclass(frozen=True)
class Row:
    """One metric of one stage on one subset; `tag` is "*" (all), a tag, or "slice:NAME".

    `low` and `high` are None where the items do not tell how sure the value is.
    """

    stage: str
    task: str
    split: str
    tag: str
    metric: str
    value: float
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True)
class Report:
    """Rows in the order in which they were measured."""

    rows: tuple[Row, ...] = ()

    def __add__(self, other: "Report") -> "Report":
        return Report(self.rows + other.rows)

    def frame(self) -> pl.DataFrame:
        """A frame with one column a field."""
        return pl.DataFrame(self.as_dicts(), schema=ROW_SCHEMA)

    def as_dicts(self) -> list[dict[str, str | float | int | None]]:
        """The rows as `--json` prints them."""
        return [asdict(row) for row in self.rows]


def evaluate(
    stage: str,
    task: Task,
    *,
    gold: Labels,
    predictions: Predictions,
    splits: Mapping[str, Bool[np.ndarray, " n_examples"]],
    tags: Mapping[str, Bool[np.ndarray, " n_examples"]],
) -> Report:
    """Measures one stage on every split, as a whole and on each tag and slice ("slice:NAME") within it.

    Tags that are splits, and subsets without gold, have no rows. Of more than 200 tags those that most examples of
    the split have are measured; slices always are.
    """
    rows = []
    for split, in_split in splits.items():
        for tag, chosen in _subsets(in_split, tags, splits):
            measures = metrics_for(task, gold, predictions, rows_of(task, gold.items, chosen))
            rows += [Row(stage, task.name, split, tag, m.metric, m.value, m.low, m.high, m.n) for m in measures]
    return Report(tuple(rows))


def _subsets(
    in_split: Bool[np.ndarray, " n_examples"],
    tags: Mapping[str, Bool[np.ndarray, " n_examples"]],
    splits: Mapping[str, Bool[np.ndarray, " n_examples"]],
) -> Iterator[tuple[str, Bool[np.ndarray, " n_examples"]]]:
    """The whole split, then every other subset that holds an example of it."""
    yield EVERYTHING, in_split
    inside = {tag: in_split & has_tag for tag, has_tag in tags.items() if tag not in splits}
    sizes = {tag: int(np.count_nonzero(chosen)) for tag, chosen in inside.items()}
    plain = sorted((tag for tag in inside if not tag.startswith(SLICE_PREFIX)), key=lambda tag: -sizes[tag])
    left_out = set(plain[MAX_TAGS:])
    yield from ((tag, chosen) for tag, chosen in inside.items() if sizes[tag] and tag not in left_out)
