"""Anomalies: what is unlike in today's data, beside the statistics of data that were good."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from transom.data.column_statistics import N_COMMON, CategoryStatistics, ColumnStatistics
from transom.data.source_statistics import SourceStatistics
from transom.data.statistics import Statistics
from transom.evaluation.compare import holm
from transom.evaluation.data_verdict import Anomaly, Kind, worst_first
from transom.evaluation.drift import category_cells, number_cells, p_none, p_same, stability_index

LEVEL = 0.025
"""How often chance alone may look like an anomaly of the data, and how often like one of the rules: 1 run in 20."""

COLLAPSED = 0.5
"""A source that votes on less than this share of what it voted on before has collapsed, however rare it was."""


@dataclass(frozen=True)
class Suspicion:
    """What would be an anomaly, if it is large enough and no chance."""

    anomaly: Anomaly
    is_large: bool = True


def data_anomalies(before: Statistics, today: Statistics, *, drift: float) -> tuple[Anomaly, ...]:
    """What is unlike in the columns, the tags, the gold and the sources of today's data, the worst first.

    A change counts if it is larger than `drift` and surely none by chance: Holm's procedure over all that was compared
    keeps the probability that equal data raise any alarm at `LEVEL`.
    """
    columns = {each.name: each for each in today.columns}
    pairs = [(each, columns[each.name]) for each in before.columns if each.name in columns]
    retyped = [_retyped(old, new) for old, new in pairs if old.kind != new.kind]
    suspicions = [
        *(each for old, new in pairs if old.kind == new.kind for each in _in_column(old, new, drift)),
        *_vanished_tags(before, today),
        *_in_gold(before, today, drift),
        *_in_sources(before.sources, today.sources, {each.task: each.n for each in today.gold}, drift),
    ]
    return (*retyped, *surely(suspicions))


def source_anomalies(
    before: Iterable[SourceStatistics], today: Iterable[SourceStatistics], *, drift: float
) -> tuple[Anomaly, ...]:
    """Rules that vote on far less, or are right far less often than before, the worst first.

    A rule that one side does not have is not compared.
    """
    return surely([*_in_sources(before, today, {}, drift)])


def surely(suspicions: Sequence[Suspicion]) -> tuple[Anomaly, ...]:
    """The suspicions that are large, and no chance among so many; the worst first."""
    is_sure = holm([1.0 if each.anomaly.p is None else each.anomaly.p for each in suspicions], LEVEL)
    return worst_first(each.anomaly for each, sure in zip(suspicions, is_sure, strict=True) if sure and each.is_large)


def _retyped(old: ColumnStatistics, new: ColumnStatistics) -> Anomaly:
    return Anomaly("type changed", f"payload {old.name}", f"is a {new.kind} now, was a {old.kind}")


def _in_column(old: ColumnStatistics, new: ColumnStatistics, drift: float) -> Iterator[Suspicion]:
    where = f"payload {old.name}"
    if not min(old.n, new.n):
        return
    missing = [np.array([each.n_missing, each.n - each.n_missing], dtype=float) for each in (old, new)]
    what = f"missing in {new.n_missing / new.n:.1%} of examples, before in {old.n_missing / old.n:.1%}"
    yield _compared("missing", where, what, missing, drift if new.n_missing / new.n > old.n_missing / old.n else np.inf)
    for name in ("numbers", "lengths"):
        one, other = getattr(old, name), getattr(new, name)
        if one is not None and other is not None:
            medians = f"median {one.percentiles[50]:.4g} → {other.percentiles[50]:.4g}"
            what = f"{'length' if name == 'lengths' else 'values'} drifted: {medians}"
            yield _compared("drift", where, what, number_cells(one, other), drift)
    if old.categories is not None and new.categories is not None:
        yield from _in_categories(where, old.kind, old.categories, new.categories, drift)


def _in_categories(
    where: str, kind: str, old: CategoryStatistics, new: CategoryStatistics, drift: float
) -> Iterator[Suspicion]:
    names, *cells = category_cells(old, new)
    shares = [each / max(1.0, each.sum()) for each in cells]
    most = int(np.abs(shares[1] - shares[0]).argmax())
    moved = repr(names[most]) if most < len(names) else "rare values"
    values = "values" if kind == "category" else "words"
    what = f"{values} drifted: {moved} {shares[0][most]:.1%} → {shares[1][most]:.1%}"
    yield _compared("drift", where, what, cells, drift)
    if kind == "category" and old.is_complete and new.is_complete:
        yield from _only_in(where, "new category", new, old)
        yield from _only_in(where, "vanished category", old, new)


def _only_in(where: str, kind: Kind, there: CategoryStatistics, gone: CategoryStatistics) -> Iterator[Suspicion]:
    """The commonest category that only one side has; how many categories might have been the one counts in `p`."""
    names = [name for name in there.counts if name not in gone.counts]
    if not names:
        return
    first, *others = names
    count = there.counts[first]
    p = min(1.0, len(there.counts) * p_none(there.n, gone.n, count))
    cells = np.array([0.0, gone.n]), np.array([float(count), there.n - count])
    became, verb = ("new", "in") if kind == "new category" else ("gone", "was in")
    what = f"{first!r} is {became}, {verb} {count:,} of {there.n:,} examples"
    if others:
        what += f", and {len(others):,} more {'is' if len(others) == 1 else 'are'} {became}"
    yield Suspicion(Anomaly(kind, where, what, stability_index(*cells), p))


def _vanished_tags(before: Statistics, today: Statistics) -> Iterator[Suspicion]:
    if len(today.tags) >= N_COMMON:  # there may be more, and what is not counted need not be gone
        return
    for tag, count in before.tags.items():
        if tag not in today.tags:
            cells = np.array([float(count), before.n_examples - count]), np.array([0.0, today.n_examples])
            what = f"is gone, was on {count:,} of {before.n_examples:,} examples"
            p = min(1.0, len(before.tags) * p_none(before.n_examples, today.n_examples, count))
            yield Suspicion(Anomaly("vanished tag", f"tag {tag}", what, stability_index(*cells), p))


def _in_gold(before: Statistics, today: Statistics, drift: float) -> Iterator[Suspicion]:
    now = {each.task: each for each in today.gold}
    for old in before.gold:
        new = now.get(old.task)
        if new is None or new.shares.keys() != old.shares.keys() or not min(old.n_voted, new.n_voted):
            continue
        for name, cells in _class_cells(old, new):
            most = name or max(old.shares, key=lambda each: abs(new.shares[each] - old.shares[each]))
            what = f"gold drifted: {most} {old.shares[most]:.1%} → {new.shares[most]:.1%}"
            yield _compared("drift", f"task {old.task}", what, cells, drift)


def _class_cells(old: SourceStatistics, new: SourceStatistics) -> Iterator[tuple[str | None, list[np.ndarray]]]:
    """The counts of classes by example; of a bitvector, whose shares do not sum to 1, of each bit alone."""
    if not old.shares:
        return
    shares = [np.array([each.shares[name] for name in old.shares]) for each in (old, new)]
    voted = old.n_voted, new.n_voted
    if all(abs(each.sum() - 1) < 1e-6 for each in shares):
        yield None, [share * n for share, n in zip(shares, voted, strict=True)]
        return
    for place, name in enumerate(old.shares):
        yield name, [np.array([share[place], 1 - share[place]]) * n for share, n in zip(shares, voted, strict=True)]


def _in_sources(
    before: Iterable[SourceStatistics],
    today: Iterable[SourceStatistics],
    n_examples: Mapping[str, int],
    drift: float,
) -> Iterator[Suspicion]:
    """What is suspicious of sources; one of the data that is gone has no vote on today's `n_examples` of its task."""
    now = {(each.task, each.source): each for each in today}
    for old in before:
        new = now.get((old.task, old.source))
        if new is None and not old.is_rule and old.task in n_examples:
            new = SourceStatistics(old.task, old.source, n_examples[old.task], 0, 0.0, {})
        if new is not None:
            yield from _in_source(old, new, drift)


def _in_source(old: SourceStatistics, new: SourceStatistics, drift: float) -> Iterator[Suspicion]:
    where = f"source {old.task}/{old.source}"
    if not old.n_voted or not new.n:
        return
    if not new.n_voted:
        what = f"votes on nothing, before on {old.n_voted:,} of {old.n:,} examples"
        cells = np.array([old.n_voted, old.n - old.n_voted], float), np.array([0.0, new.n])
        p = p_none(old.n, new.n, old.n_voted)
        yield Suspicion(Anomaly("vanished source", where, what, stability_index(*cells), p))
        return
    coverage = [np.array([each.coverage, 1 - each.coverage]) * each.n for each in (old, new)]
    what = f"votes on {new.coverage:.1%} of items, before on {old.coverage:.1%}"
    least = 0.0 if new.coverage < COLLAPSED * old.coverage else drift if new.coverage < old.coverage else np.inf
    yield _compared("coverage collapsed", where, what, coverage, least)
    if old.accuracy is not None and new.accuracy is not None:
        accuracies = np.array([old.accuracy, new.accuracy])
        right = np.stack([accuracies, 1 - accuracies], axis=1) * [[old.n_gold], [new.n_gold]]
        what = f"right on {new.accuracy:.1%} of {new.n_gold:,} examples with gold, before on {old.accuracy:.1%}"
        yield _compared("accuracy collapsed", where, what, right, drift if new.accuracy < old.accuracy else np.inf)


def _compared(kind: Kind, where: str, what: str, cells: Sequence[np.ndarray] | np.ndarray, least: float) -> Suspicion:
    """A suspicion of two sides in the same cells; it is large if the stability index is above `least`."""
    before, today = cells
    size = stability_index(before, today)
    return Suspicion(Anomaly(kind, where, what, size, p_same(before, today)), is_large=size > least)
