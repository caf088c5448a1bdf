"""The table of sources: how much each votes, how it gets along with the others, and how often it is right."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Int

from transom.data.labels import Labels
from transom.evaluation.intervals import Estimate, ratio, sum_by_example
from transom.schema.tasks import Bitvector, Multiclass, Regression, Spans
from transom.supervision.combine import Evidence
from transom.supervision.copies import Copies
from transom.supervision.matrix import ABSTAINED, LabelMatrix, label_matrix, rows_of_examples, value_matrix, votes_for
from transom.supervision.source_row import SourceRow
from transom.supervision.statistics import examples_of_rows, patterns, rows_of, with_patterns

OUTSIDE = "O"
"""What a source of spans says of a token that is in none."""


def source_table(
    evidence: Evidence, accuracies: Float[np.ndarray, " n_sources"], copies: Copies | None = None
) -> tuple[SourceRow, ...]:
    """A row for each source of a task; `accuracies` are the label model's, NaN where it has no opinion."""
    if not evidence.sources:
        return ()
    if isinstance(evidence.task, Regression):
        values = value_matrix(evidence.votes, sources=evidence.sources, items=evidence.items).votes
        voted = np.isfinite(values[evidence.items.of(evidence.train)])
        counts, undisputed = np.ones(len(voted), dtype=np.int64), np.zeros(len(voted), dtype=bool)
        return tuple(_rows(evidence, voted, undisputed, counts))
    matrix = with_patterns(label_matrix(evidence.task, evidence.votes, sources=evidence.sources, items=evidence.items))
    train = patterns(rows_of(matrix, np.flatnonzero(rows_of_examples(matrix, evidence.train))))
    votes = train.matrix.votes
    gold = [_gold_in(split, evidence, matrix) for split in (evidence.dev, evidence.train)]
    return tuple(
        replace(
            _judged(row, matrix.votes[:, number], gold),
            polarity=_polarity(evidence, evidence.votes[number], votes[:, number]),
            accuracy_estimated=None if np.isnan(accuracies[number]) else float(accuracies[number]),
            copies=() if copies is None else tuple(evidence.sources[other] for other in copies.of(number)),
        )
        for number, row in enumerate(_rows(evidence, votes != ABSTAINED, _is_disputed(votes), train.counts))
    )


@dataclass(frozen=True)
class _Gold:
    """The rows of a split that have gold, what is true of them, and their examples."""

    rows: Int[np.ndarray, " n_gold"]
    truth: Int[np.ndarray, " n_gold"]
    examples: Int[np.ndarray, " n_gold"]


def _gold_in(split: Bool[np.ndarray, " n_examples"], evidence: Evidence, matrix: LabelMatrix) -> _Gold:
    truth = votes_for(evidence.task, evidence.gold)
    rows = np.flatnonzero(rows_of_examples(matrix, split) & (truth != ABSTAINED))
    return _Gold(rows, truth[rows], examples_of_rows(matrix)[rows])


def _rows(
    evidence: Evidence,
    voted: Bool[np.ndarray, "n_patterns n_sources"],
    is_disputed: Bool[np.ndarray, " n_patterns"],
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
            conflict=int(counts @ (voted[:, number] & is_disputed)) / n_rows,
        )
        for number, source in enumerate(evidence.sources)
    ]


def _is_disputed(votes: Int[np.ndarray, "n_rows n_sources"]) -> Bool[np.ndarray, " n_rows"]:
    """The rows on which two sources vote for different classes."""
    abstention_is_highest = votes.view(f"u{votes.itemsize}")
    lowest = abstention_is_highest.min(axis=1).view(votes.dtype)
    return np.asarray((lowest != ABSTAINED) & (votes.max(axis=1) != lowest))


def _polarity(evidence: Evidence, labels: Labels, votes: Int[np.ndarray, " n_patterns"]) -> tuple[str, ...]:
    """The names of the classes that a source votes for on train; members of sets have no names that last."""
    match evidence.task:
        case Multiclass(classes=classes):
            names = classes
        case Bitvector(classes=classes):
            held = (labels.values[evidence.items.of(evidence.train)] == 1).any(axis=0)
            return tuple(name for name, is_held in zip(classes, held, strict=True) if is_held)
        case Spans(classes=classes):
            names = (OUTSIDE, *classes)
        case _:
            return ()
    voted = set(np.unique(votes).tolist())
    return tuple(name for number, name in enumerate(names) if number in voted)


def _judged(row: SourceRow, votes: Int[np.ndarray, " n_rows"], gold: Sequence[_Gold]) -> SourceRow:
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
    hits = sum_by_example(is_right.astype(np.int64), examples)
    return ratio(hits, sum_by_example(np.ones(len(is_right), np.int64), examples), np.ones(len(hits), np.int64))
