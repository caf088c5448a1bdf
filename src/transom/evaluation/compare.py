"""Two versions beside each other on the same examples: how far apart they are, and whether that can be chance."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool

from transom.data.labels import Labels
from transom.data.predictions import Predictions
from transom.evaluation.intervals import bootstrap, known_interval
from transom.evaluation.metrics import ERRORS, metrics_for, rows_of
from transom.evaluation.summed import Summed, summed
from transom.schema.tasks import Task

N_SWAPS, SEED = 4_999, 0
MAX_GROUPS = 500
"""Examples that differ are merged at random into so many groups; a group is swapped as a whole."""


@dataclass(frozen=True)
class Comparison:
    """One metric of two versions on one subset.

    `gain` is by how much the second is better, whatever the metric, with its 95 % interval; `low` and `high` are None
    where no example differs from another in it. `p_worse` is the probability of a loss as large as the one seen, or
    larger, if the versions were equally good; `p_better` that of a gain. `n` counts the rows with gold.
    """

    task: str
    tag: str
    metric: str
    before: float
    after: float
    gain: float
    low: float | None
    high: float | None
    p_worse: float
    p_better: float
    n: int

    def as_dict(self) -> dict[str, Any]:
        """The comparison as `--json` prints it."""
        return asdict(self)


def compare(
    task: Task,
    gold: Labels,
    before: Predictions,
    after: Predictions,
    *,
    tag: str,
    examples: Bool[np.ndarray, " n_examples"],
    metrics: Collection[str] | None = None,
) -> tuple[Comparison, ...]:
    """Every metric of a task (or of those asked for) that is made of sums over examples, on the chosen ones.

    Under the hypothesis that the versions are equally good, which of the two gave an example's predictions is chance:
    they are swapped at random, example by example.

    Source: approximate randomisation, Noreen (1989), Computer-Intensive Methods for Testing Hypotheses, section 2; for
    F1 in language processing, Yeh (2000), COLING, section 3. The interval is that of the paired bootstrap.
    """
    keep = rows_of(task, gold.items, examples)
    counted = {measure.metric: measure.n for measure in metrics_for(task, gold, before, keep)}
    ours, theirs = summed(task, gold, before, keep), summed(task, gold, after, keep)
    found = []
    for metric, first in ours.items():
        values = _value(first), _value(theirs[metric]) if metric in theirs else np.nan
        is_asked = metrics is None or metric in metrics
        if is_asked and metric in counted and np.isfinite(values).all():
            sign = -1 if metric in ERRORS else 1
            found.append(_compared(task, tag, metric, (first, theirs[metric]), sign, counted[metric]))
    return tuple(found)


def holm(p_values: list[float], level: float = 0.05) -> list[bool]:
    """Which hypotheses are rejected, so that the probability to reject any true one is at most `level`.

    Source: Holm (1979), Scand. J. Statist. 6, 65-70, the sequentially rejective procedure.

    >>> holm([0.01, 0.04, 0.03])
    [True, False, False]
    """
    rejected = [False] * len(p_values)
    for rank, place in enumerate(np.argsort(p_values, kind="stable").tolist()):
        if p_values[place] > level / (len(p_values) - rank):
            break
        rejected[place] = True
    return rejected


def _compared(task: Task, tag: str, metric: str, versions: tuple[Summed, Summed], sign: int, n: int) -> Comparison:
    first, second = versions
    n_statistics = first.values.shape[1]
    sums = np.hstack([first.values, second.values])
    interval = bootstrap(
        sums[(sums != 0).any(axis=1)],
        lambda totals: sign * (first.formula(totals[..., n_statistics:]) - first.formula(totals[..., :n_statistics])),
    )
    low, high = known_interval(interval)
    swapped = sign * _gains_of_swaps(first, second)
    n_swaps = np.count_nonzero(np.isfinite(swapped))
    nearly = 1e-12
    return Comparison(
        task=task.name,
        tag=tag,
        metric=metric,
        before=_value(first),
        after=_value(second),
        gain=interval.value,
        low=low,
        high=high,
        p_worse=float((1 + np.count_nonzero(swapped <= interval.value + nearly)) / (1 + n_swaps)),
        p_better=float((1 + np.count_nonzero(swapped >= interval.value - nearly)) / (1 + n_swaps)),
        n=n,
    )


def _gains_of_swaps(first: Summed, second: Summed) -> np.ndarray:
    """The gains after which of the two versions gave each example's predictions was drawn, (n_swaps,)."""
    random = np.random.default_rng(SEED)
    moved = second.values - first.values
    moved = moved[(moved != 0).any(axis=1)]
    moved = moved[np.argsort(moved @ random.normal(size=moved.shape[1]), kind="stable")]  # whatever the rows' order
    if len(moved) > MAX_GROUPS:
        bounds = np.linspace(0, len(moved), MAX_GROUPS, endpoint=False).astype(int)
        moved = np.add.reduceat(moved[random.permutation(len(moved))], bounds, axis=0)
    swaps = random.integers(0, 2, size=(N_SWAPS, len(moved))).astype(float) @ moved
    totals = first.values.sum(axis=0), second.values.sum(axis=0)
    return np.asarray(first.formula(totals[1] - swaps) - first.formula(totals[0] + swaps))


def _value(one: Summed) -> float:
    return float(one.formula(one.values.sum(axis=0)))
