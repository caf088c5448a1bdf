"""The table of sources: how much each votes, how it gets along with the others, and how often it is right."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float, Int

from transom.data.labels import Labels
from transom.evaluation.intervals import Estimate, ratio, sum_by_example
from transom.schema.tasks import Bitvector, Regression
from transom.supervision.copies import Copies
from transom.supervision.evidence import Evidence
from transom.supervision.evidence_rows import GoldRows, evidence_rows, is_disputed, vote_names
from transom.supervision.matrix import ABSTAINED, value_matrix
from transom.supervision.source_row import SourceRow
from transom.supervision.statistics import patterns, rows_of


def source_table(
    evidence: Evidence, accuracies: Float[np.ndarray, " n_sources"], copies: Copies | None = None
) -> tuple[SourceRow, ...]:
    """A row for each source of a task; `accuracies` are the label model's, NaN where it has no opinion."""
    if not evidence.sources:
        return ()
    if isinstance(evidence.task, Regression):
        values = value_matrix(evidence.votes, sources=evidence.sources, items=evidence.items).votes
        voted = np.isfinite(values[evidence.items.of(evidence.train)])
        return tuple(_rows(evidence, voted, None, np.ones(len(voted), dtype=np.int64)))
    seen = evidence_rows(evidence.task, evidence)
    train = patterns(rows_of(seen.matrix, seen.train))
    votes = train.matrix.votes
    return tuple(
        replace(
            _judged(row, seen.matrix.votes[:, number], seen.gold),
            polarity=_polarity(evidence, evidence.votes[number], votes[:, number]),
            accuracy_estimated=None if np.isnan(accuracies[number]) else float(accuracies[number]),
            copies=() if copies is None else tuple(evidence.sources[other] for other in copies.of(number)),
        )
        for number, row in enumerate(_rows(evidence, votes != ABSTAINED, is_disputed(votes), train.counts))
    )


def _rows(
    evidence: Evidence,
    voted: Bool[np.ndarray, "n_patterns n_sources"],
    is_disputed: Bool[np.ndarray, " n_patterns"] | None,
    counts: Int[np.ndarray, " n_patterns"],
) -> list[SourceRow]:
    """What the votes on train, patterns that occur so often, say of the sources."""
    n_rows = max(int(counts.sum()), 1)
    is_shared = np.count_nonzero(voted, axis=1) > 1
    return [
        SourceRow(
            task=evidence.task.name,
            source=source,
            coverage=int(counts @ voted[:, number]) / n_rows,
            overlap=int(counts @ (voted[:, number] & is_shared)) / n_rows,
            conflict=None if is_disputed is None else int(counts @ (voted[:, number] & is_disputed)) / n_rows,
        )
        for number, source in enumerate(evidence.sources)
    ]


def _polarity(evidence: Evidence, labels: Labels, votes: Int[np.ndarray, " n_patterns"]) -> tuple[str, ...]:
    """The names of the classes that a source votes for on train; members of sets have no names that last."""
    task = evidence.task
    if isinstance(task, Bitvector):
        held = (labels.values[evidence.items.of(evidence.train)] == 1).any(axis=0)
        return tuple(name for name, is_held in zip(task.classes, held, strict=True) if is_held)
    voted = set(np.unique(votes).tolist())
    return tuple(name for number, name in enumerate(vote_names(task)) if number in voted)


def _judged(row: SourceRow, votes: Int[np.ndarray, " n_rows"], gold: Sequence[GoldRows]) -> SourceRow:
    """The row with how often the source is right in the first split where it can be judged."""
    for split in gold:
        cast = votes[split.rows]
        voted = cast != ABSTAINED
        right = _share((cast == split.truth)[voted], split.examples[voted])
        if right is not None:
            n_gold = int(np.count_nonzero(voted))
            return replace(row, accuracy_gold=right.value, low=right.low, high=right.high, n_gold=n_gold)
    return row


def _share(is_right: Bool[np.ndarray, " n_votes"], examples: Int[np.ndarray, " n_votes"]) -> Estimate | None:
    """The share of right votes; those on one example depend on each other."""
    hits, trials = (sum_by_example(each.astype(np.int64), examples) for each in (is_right, np.ones_like(is_right)))
    base = int(trials.max(initial=0)) + 1
    alike, weights = np.unique(base * trials + hits, return_counts=True)  # sorted: no order of examples matters
    return ratio(alike % base, alike // base, weights)
