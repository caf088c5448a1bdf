"""The gate: whether a candidate may be released, rule by rule, always with the reasons."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from transom.evaluation.compare import Comparison, holm
from transom.evaluation.metrics import ERRORS
from transom.evaluation.report import Row

Outcome = Literal["passed", "refused", "cannot judge"]

LEVEL = 0.05


@dataclass(frozen=True)
class Bounds:
    """What one rule asks for of a metric on a subset of test ("*" = all of it).

    The candidate must reach `least` (stay below it, where less is better), and must not lose more than `max_drop`
    against the live version. With fewer than `min_n` items it cannot be judged, nor can a drop of what is not compared.
    """

    task: str
    tag: str
    metric: str
    least: float | None
    max_drop: float | None
    min_n: int


@dataclass(frozen=True)
class Judgement:
    """What became of one rule: the candidate's value with its interval, the live version's, and why."""

    task: str
    tag: str
    metric: str
    outcome: Outcome
    why: str
    value: float | None
    live: float | None
    p_worse: float | None
    n: int


@dataclass(frozen=True)
class Verdict:
    """The outcome of a gate. `against` is the live version that the candidate was compared with, if any."""

    outcome: Literal["passed", "refused"]
    why: str
    against: int | None
    judgements: tuple[Judgement, ...] = ()

    @property
    def is_refused(self) -> bool:
        """Whether the candidate may not be released."""
        return self.outcome == "refused"

    def as_dict(self) -> dict[str, Any]:
        """The verdict as `--json` prints it."""
        return asdict(self)


def judge(
    rules: Sequence[Bounds], rows: Sequence[Row], comparisons: Sequence[Comparison], against: int | None
) -> Verdict:
    """The verdict on a candidate.

    A drop refuses when it is larger than `max_drop` and surely a drop at all: the one-sided test of every metric with a
    `max_drop` is corrected by Holm's procedure, so that a candidate that is as good as the live version is refused by
    chance at most one time in twenty, however many rules there are. Those that have too few items to judge, and cannot
    refuse, make no other less sure.

    Args:
        rules: What is asked for.
        rows: The candidate's metrics on test.
        comparisons: The candidate beside the live version, on test.
        against: The number of the live version; None if there is none.
    """
    if not rules:
        return Verdict("passed", "deploy.yaml has no gate, so nothing is asked for", against)
    values = {(row.task, row.tag, row.metric): row for row in rows}
    beside = {(each.task, each.tag, each.metric): each for each in comparisons}
    tested = [rule for rule in rules if rule.max_drop is not None and _is_judged(rule, values.get(_key(rule)))]
    compared = [key for key in dict.fromkeys(_key(rule) for rule in tested) if key in beside]
    is_drop = dict(zip(compared, holm([beside[key].p_worse for key in compared], LEVEL), strict=True))
    judgements = tuple(
        _judgement(rule, values.get(_key(rule)), beside.get(_key(rule)), is_drop.get(_key(rule), False), against)
        for rule in rules
    )
    refused = [each for each in judgements if each.outcome == "refused"]
    if refused:
        return Verdict("refused", "; ".join(_said(each) for each in refused), against, judgements)
    unclear = sum(each.outcome == "cannot judge" for each in judgements)
    kept = f"{len(judgements) - unclear} of {len(judgements)} rules are kept"
    return Verdict("passed", f"{kept}, {unclear} cannot be judged" if unclear else kept, against, judgements)


def _key(rule: Bounds) -> tuple[str, str, str]:
    return rule.task, rule.tag, rule.metric


def _judgement(
    rule: Bounds, row: Row | None, beside: Comparison | None, is_drop: bool, against: int | None
) -> Judgement:
    if row is None or not _is_judged(rule, row):
        why = "test has no item to measure it on" if row is None else f"{row.n} items on test, fewer than {rule.min_n}"
        return _judged(rule, "cannot judge", why, row, beside)
    if rule.least is not None and _is_short(rule, row.value):
        asked = "more" if rule.metric in ERRORS else "less"
        return _judged(rule, "refused", f"{row.value:.3f} is {asked} than {rule.least:g}", row, beside)
    if rule.max_drop is not None and beside is None:
        return _uncompared(rule, row, against)
    if rule.max_drop is not None and beside is not None and -beside.gain > rule.max_drop:
        change = f"{beside.before:.3f} → {beside.after:.3f}, a loss of {-beside.gain:.3f}"
        if is_drop:
            return _judged(rule, "refused", f"{change}, more than {rule.max_drop:g}", row, beside)
        return _judged(rule, "passed", f"{change}, which may be chance (p = {beside.p_worse:.2f})", row, beside)
    return _judged(rule, "passed", f"{row.value:.3f}", row, beside)


def _uncompared(rule: Bounds, row: Row, against: int | None) -> Judgement:
    if against is None:
        return _judged(rule, "passed", "there is no live version to compare with", row, None)
    # It is no sum over examples, or the live version does not answer the task.
    return _judged(rule, "cannot judge", f"version {against} cannot be compared with on it", row, None)


def _is_judged(rule: Bounds, row: Row | None) -> bool:
    return row is not None and row.n >= rule.min_n


def _is_short(rule: Bounds, value: float) -> bool:
    assert rule.least is not None
    return value > rule.least if rule.metric in ERRORS else value < rule.least


def _judged(rule: Bounds, outcome: Outcome, why: str, row: Row | None, beside: Comparison | None) -> Judgement:
    return Judgement(
        rule.task,
        rule.tag,
        rule.metric,
        outcome,
        why,
        value=None if row is None else row.value,
        live=None if beside is None else beside.before,
        p_worse=None if beside is None else beside.p_worse,
        n=0 if row is None else row.n,
    )


def _said(judgement: Judgement) -> str:
    where = "" if judgement.tag == "*" else f" on {judgement.tag}"
    return f"{judgement.task} {judgement.metric}{where}: {judgement.why}"
