"""How far each source reaches into the subsets that matter: where a tag or a slice is left alone."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Bool

from transom.schema.tasks import Regression
from transom.supervision.evidence import Evidence
from transom.supervision.evidence_rows import EvidenceRows, evidence_rows, is_disputed
from transom.supervision.findings import Reach
from transom.supervision.matrix import rows_of_examples, value_matrix
from transom.supervision.statistics import patterns


def reach(evidence: Evidence, subsets: Mapping[str, Bool[np.ndarray, " n_examples"]]) -> tuple[Reach, ...]:
    """How far each source reaches into each subset of which train has an example, subset by subset."""
    inside = {tag: mask for tag, mask in subsets.items() if (mask & evidence.train).any()}
    if not evidence.sources:
        return ()
    if isinstance(evidence.task, Regression):
        return tuple(row for tag, mask in inside.items() for row in _of_numbers(evidence, tag, mask))
    seen = evidence_rows(evidence.task, evidence)
    distinct = patterns(seen.matrix)
    votes = distinct.matrix.votes
    voted, disputed = votes >= 0, is_disputed(votes)
    found = []
    for tag, mask in inside.items():
        is_in = rows_of_examples(seen.matrix, mask)
        counts = np.bincount(distinct.pattern_of[seen.train[is_in[seen.train]]], minlength=len(votes))
        n = int(counts.sum())
        for number, source in enumerate(evidence.sources):
            accuracy, n_gold = _accuracy(seen, number, is_in)
            found.append(
                Reach(
                    task=evidence.task.name,
                    source=source,
                    tag=tag,
                    n=n,
                    coverage=int(counts @ voted[:, number]) / max(n, 1),
                    conflict=int(counts @ (voted[:, number] & disputed)) / max(n, 1),
                    accuracy_gold=accuracy,
                    n_gold=n_gold,
                )
            )
    return tuple(found)


def _accuracy(seen: EvidenceRows, source: int, is_in: Bool[np.ndarray, " n_rows"]) -> tuple[float | None, int]:
    """The share of a source's votes on a subset that are right in the first split with gold, and how many they are."""
    for gold in seen.gold:
        votes = seen.matrix.votes[gold.rows, source]
        judged = (votes >= 0) & is_in[gold.rows]
        if judged.any():
            return float((votes == gold.truth)[judged].mean()), int(judged.sum())
    return None, 0


def _of_numbers(evidence: Evidence, tag: str, mask: Bool[np.ndarray, " n_examples"]) -> list[Reach]:
    values = value_matrix(evidence.votes, sources=evidence.sources, items=evidence.items).votes
    voted = np.isfinite(values[evidence.items.of(mask & evidence.train)])
    coverage = np.count_nonzero(voted, axis=0) / max(len(voted), 1)
    return [
        Reach(evidence.task.name, source, tag, len(voted), float(share), 0.0, None, 0)
        for source, share in zip(evidence.sources, coverage, strict=True)
    ]
