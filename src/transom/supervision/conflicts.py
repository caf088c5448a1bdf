"""Which pairs of sources disagree, how often, on what, and who is right: where a rule is to be mended."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from jaxtyping import Float, Int
from scipy import sparse

from transom.schema.tasks import Bitvector, Regression
from transom.supervision.evidence import Evidence
from transom.supervision.evidence_rows import EvidenceRows, evidence_rows, vote_names
from transom.supervision.findings import Conflict, Correlation
from transom.supervision.matrix import ClassTask, LabelMatrix, value_matrix
from transom.supervision.statistics import patterns, rows_of

IDS_SHOWN = 5


def conflicts(evidence: Evidence, ids: pl.Series, *, most: int = 20) -> tuple[Conflict, ...]:
    """The pairs of sources that disagree on most rows of train, those first; `ids` are of the examples."""
    if isinstance(evidence.task, Regression) or not evidence.sources:
        return ()
    seen = evidence_rows(evidence.task, evidence)
    meetings = _meetings(rows_of(seen.matrix, seen.train))
    n_apart = np.triu(meetings.both - meetings.agree, 1)
    pairs = sorted(((i, j) for i, j in np.argwhere(n_apart).tolist()), key=lambda pair: -n_apart[pair])[:most]
    return tuple(_conflict(evidence, evidence.task, seen, pair, int(meetings.both[pair]), ids) for pair in pairs)


def correlations(evidence: Evidence, *, most: int = 500) -> tuple[Correlation, ...]:
    """How pairs of sources that meet on train go together, the closest first, be it with each other or against.

    Source: Cohen (1960), A coefficient of agreement for nominal scales, eq. 1, over the rows on which both vote.
    """
    if isinstance(evidence.task, Regression):
        found = list(_of_numbers(evidence))
    else:
        found = list(_of_votes(evidence, evidence.task)) if evidence.sources else []
    return tuple(sorted(found, key=_closeness, reverse=True)[:most])


def _closeness(each: Correlation) -> float:
    return max(abs(each.kappa or 0.0), abs(each.correlation or 0.0))


def _of_votes(evidence: Evidence, task: ClassTask) -> Iterator[Correlation]:
    seen = evidence_rows(task, evidence)
    meetings, n_rows = _meetings(rows_of(seen.matrix, seen.train)), len(seen.train)
    share = np.diag(meetings.both) / max(n_rows, 1)
    for i, j in np.argwhere(np.triu(meetings.both, 1)).tolist():
        n, agreement = int(meetings.both[i, j]), float(meetings.agree[i, j] / meetings.both[i, j])
        by_chance = meetings.by_chance[i, j] / n**2
        kappa = float((agreement - by_chance) / (1 - by_chance)) if by_chance < 1 else None
        spread = float(np.sqrt(share[i] * (1 - share[i]) * share[j] * (1 - share[j])))
        phi = float(n / n_rows - share[i] * share[j]) / spread if spread > 0 else None
        yield Correlation(task.name, evidence.sources[i], evidence.sources[j], n, agreement, kappa, phi)


@dataclass(frozen=True)
class _Meetings:
    """Of each pair of sources: on how many rows both vote, and vote the same; `by_chance` is for kappa.

    It is the sum over the classes of how often one votes it where both vote, times how often the other does.
    """

    both: Int[np.ndarray, "n_sources n_sources"]
    agree: Int[np.ndarray, "n_sources n_sources"]
    by_chance: Float[np.ndarray, "n_sources n_sources"]


def _meetings(matrix: LabelMatrix) -> _Meetings:
    distinct = patterns(matrix)
    votes, weights = distinct.matrix.votes, sparse.diags_array(distinct.counts.astype(np.float64))
    weighted = (weights @ sparse.csr_array((votes >= 0).astype(np.float64))).tocsr()
    shape = (len(matrix.sources), len(matrix.sources))
    both, agree, by_chance = (np.zeros(shape) for _ in range(3))
    for vote in np.unique(votes[votes >= 0]):
        casts = sparse.csr_array((votes == vote).astype(np.float64))
        where_other_votes = (casts.T @ weighted).toarray()
        both += where_other_votes
        agree += (casts.T @ weights @ casts).toarray()
        by_chance += where_other_votes * where_other_votes.T
    return _Meetings(np.rint(both).astype(np.int64), np.rint(agree).astype(np.int64), by_chance)


def _conflict(
    evidence: Evidence, task: ClassTask, seen: EvidenceRows, pair: tuple[int, int], n_both: int, ids: pl.Series
) -> Conflict:
    votes = seen.matrix.votes[:, list(pair)]
    is_apart = (votes >= 0).all(axis=1) & (votes[:, 0] != votes[:, 1])
    rows = seen.train[is_apart[seen.train]]
    judged = [each for each in seen.gold if is_apart[each.rows].any()]
    right: Sequence[float | None] = (None, None)
    n_gold = 0
    if judged:
        of_pair = is_apart[judged[0].rows]
        hits = votes[judged[0].rows[of_pair]] == judged[0].truth[of_pair, None]
        right, n_gold = hits.mean(axis=0).tolist(), len(hits)
    examples = dict.fromkeys(seen.examples[rows].tolist())
    return Conflict(
        task=task.name,
        source=evidence.sources[pair[0]],
        other=evidence.sources[pair[1]],
        n=len(rows),
        share=len(rows) / n_both,
        votes=_commonest(task, votes[rows], rows),
        right=right[0],
        other_right=right[1],
        n_gold=n_gold,
        ids=tuple(ids.gather(list(examples)[:IDS_SHOWN]).to_list()),
    )


def _commonest(
    task: ClassTask, votes: Int[np.ndarray, "n_rows 2"], rows: Int[np.ndarray, " n_rows"]
) -> tuple[str, str] | None:
    """The names of the two votes that stand against each other most often."""
    names = vote_names(task)
    if isinstance(task, Bitvector):
        bit = rows % len(task.classes)
        votes = 2 * bit[:, None] + votes
        names = [name for each in task.classes for name in (f"not {each}", each)]
    if not names:
        return None
    kinds, counts = np.unique(votes, axis=0, return_counts=True)
    first, second = kinds[counts.argmax()]
    return names[first], names[second]


def _of_numbers(evidence: Evidence) -> Iterator[Correlation]:
    values = value_matrix(evidence.votes, sources=evidence.sources, items=evidence.items).votes
    values = values[evidence.items.of(evidence.train)]
    for i, source in enumerate(evidence.sources):
        for j in range(i + 1, len(evidence.sources)):
            pair = values[:, [i, j]][np.isfinite(values[:, [i, j]]).all(axis=1)]
            if len(pair):
                varies = (pair != pair[0]).any(axis=0).all()
                pearson = float(np.corrcoef(pair.T)[0, 1]) if varies else None
                yield Correlation(evidence.task.name, source, evidence.sources[j], len(pair), None, None, pearson)
