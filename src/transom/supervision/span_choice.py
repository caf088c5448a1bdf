"""Whether spans are decided token by token or as wholes: gold on dev says which is right more often."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from jaxtyping import Bool, Float, Int

from transom.data.labels import NO_LABEL
from transom.data.predictions import Predictions
from transom.data.spans import spans_in
from transom.evaluation.scores import Counts, counts_of_entities
from transom.supervision.anchors import Anchors
from transom.supervision.evidence import Evidence
from transom.supervision.label_models.em import Em
from transom.supervision.prior import class_prior
from transom.supervision.statistics import rows_of
from transom.supervision.whole_spans import WholeSpans, best_apart, whole_spans

MIN_GOLD = 30
"""Fewer spans of known truth than these choose nothing."""

_SURE = 0.95


@dataclass(frozen=True)
class ChosenSpans:
    """Spans that were decided as wholes, and what spoke for it."""

    predictions: Predictions
    why: str


def choose_whole_spans(
    by_token: Predictions, evidence: Evidence, is_seen: Bool[np.ndarray, " n_examples"]
) -> ChosenSpans | None:
    """Spans decided as wholes, if entity F1 on gold that may be seen is surely higher than token by token; else None.

    Token by token, sources that disagree on the bounds of a span outvote each other on single tokens, and the outcome
    may be a span that nobody found. As wholes, `em` learns of each source how far to trust the very spans that it finds
    (on train, and on gold, without which boundaries cannot be learned), and of those that overlap the most probable
    stay. Keys part the examples with gold in two: each half is judged by what was learned from the other.
    """
    items, gold, wholes = by_token.items, evidence.gold.values, whole_spans(by_token.items, evidence.votes)
    known = is_seen & (np.bincount(items.examples(), gold != NO_LABEL, items.n_examples) > 0)
    truth = spans_in(items, gold).keys(items.n_items)
    is_right = np.isin(wholes.spans.keys(items.n_items), truth).astype(np.int64)
    rows = np.flatnonzero(known[wholes.spans.examples])
    if len(rows) < MIN_GOLD:
        return None
    learner = _Learner(wholes, is_right, evidence.train[wholes.spans.examples])
    is_second = ((evidence.keys & np.uint64(1)) == 1)[wholes.spans.examples]
    blind = np.zeros(len(is_right))
    for half in (is_second, ~is_second):
        blind[half] = learner.probabilities(rows[~half[rows]])[half]
    counted = [
        counts_of_entities(items, gold, tags, items.of(known))
        for tags in (by_token.labels, wholes.tags(_chosen(wholes, blind)))
    ]
    if not _is_surely_better(*counted):
        return None
    probable = learner.probabilities(rows)
    chosen = _chosen(wholes, probable)
    n_classes = by_token.probabilities.shape[1] // 2
    tags, probabilities = wholes.tags(chosen), wholes.probabilities(chosen, probable, n_classes=n_classes)
    before, after = (_f1(counts) for counts in counted)
    why = f"spans as wholes: entity F1 {after:.1%} on {known.sum()} dev examples, token by token {before:.1%}"
    return ChosenSpans(Predictions(items, probabilities, tags, by_token.covered), why)


@dataclass(frozen=True)
class _Learner:
    """What is learned of whole spans: from the votes on train, and from gold rows that are named."""

    wholes: WholeSpans
    is_right: Int[np.ndarray, " n_spans"]
    train: Bool[np.ndarray, " n_spans"]

    def probabilities(self, gold: Int[np.ndarray, " n_gold"]) -> Float[np.ndarray, " n_spans"]:
        """How probable it is that each span is right."""
        matrix = self.wholes.matrix
        anchors = Anchors(rows_of(matrix, gold), self.is_right[gold])
        prior = class_prior("dev", anchors.matrix, anchors.truth)
        fitted = Em().fit(rows_of(matrix, self.train), prior, anchors=anchors)
        return np.asarray(fitted.predict(matrix)[:, 1])


def _chosen(wholes: WholeSpans, probable: Float[np.ndarray, " n_spans"]) -> Bool[np.ndarray, " n_spans"]:
    """The spans that are more probable than not; of those that overlap, the ones expected to be right most often."""
    return best_apart(wholes.spans, probable - 0.5)


def _is_surely_better(before: Counts, after: Counts) -> bool:
    """Whether F1 rises with 95 % certainty, by what each example adds to it at the F1 that there was before."""
    level = _f1(before)
    gain = np.diff([2 * each.both - level * (each.gold + each.predicted) for each in (before, after)], axis=0)
    return bool(gain.sum() > NormalDist().inv_cdf(_SURE) * np.sqrt((gain**2).sum()))


def _f1(counts: Counts) -> float:
    return float(2 * counts.both.sum() / max(counts.gold.sum() + counts.predicted.sum(), 1))
