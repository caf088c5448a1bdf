"""Extension: a source that abstains takes over what it says of similar examples."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from jaxtyping import Float, Int

from transom.data.labels import Labels
from transom.data.ties import NEARLY_EQUAL
from transom.errors import UsageError
from transom.schema.tasks import Bitvector, Multiclass, Task
from transom.supervision.choice import Auto, Judged
from transom.supervision.combine import fit_label_model, names_one_bit_each, training_rows
from transom.supervision.evidence import Evidence
from transom.supervision.evidence_rows import GoldRows
from transom.supervision.extension import ExtensionRow
from transom.supervision.label_model import FittedLabelModel, LabelModel
from transom.supervision.matrix import ABSTAINED, LabelMatrix, label_matrix, votes_for
from transom.supervision.near_votes import NEVER, Thresholds, shared, with_near_votes
from transom.supervision.nearest import Neighbours, Vectors, nearest, unit_vectors
from transom.supervision.statistics import rows_of
from transom.supervision.thresholds import DevRows, choose_thresholds, hits
from transom.supervision.whitening import whitened

MIN_GOLD = 30
"""Fewer dev examples with gold than these choose no threshold: what they like best would be luck."""

Embedded = Float[np.ndarray, "n_examples n_dimensions"]


@dataclass(frozen=True)
class Extended:
    """Evidence with its votes extended (`evidence.extended`), and what that did."""

    evidence: Evidence
    row: ExtensionRow


def extend(
    evidence: Evidence,
    vectors: Embedded,
    *,
    model: LabelModel | None = None,
    threshold: float | Literal["auto"] = "auto",
) -> Extended:
    """Votes for examples on which a source abstains, from the train examples nearest to them on which it votes.

    `vectors` are an embedding of the examples; one that is zero has no neighbours. With "auto", dev gold chooses the
    thresholds, and whitens the embedding, where that makes more labels right by the label model, `auto` if not given.
    The task must be extendable.

    Source: Chen et al. (2020), Train and You'll Miss It, arXiv 2006.15168, alg. 1. There the one nearest example on
    which the source votes is copied; here the ten nearest have a vote each, and those on which it abstains count, too.

    Raises:
        UsageError: no threshold is given, and fewer than 30 dev examples have gold.
        MissingExtraError: more than 200,000 train examples have votes, and faiss is not installed.
    """
    order = np.argsort(evidence.keys, kind="stable")  # so that no rounding follows the order of the files
    known, vectors = _in_order(evidence, order), vectors[order]
    if isinstance(threshold, str):
        choice = _choose(known, vectors, model or Auto())
    else:
        choice = _extended(_space(known, vectors), shared(threshold, threshold, len(known.sources)))
    by_example = choice.votes.reshape(len(order), choice.space.rows_per_example, len(known.sources))[np.argsort(order)]
    extended = tuple(
        _with_added(labels, by_example[:, :, source].reshape(labels.values.shape).astype(labels.values.dtype))
        for source, labels in enumerate(evidence.votes)
    )
    more = replace(evidence, extended=extended, learns_from_extended=choice.is_fitted_again)
    return Extended(more, _row(choice, known))


def _with_added(labels: Labels, votes: np.ndarray) -> Labels:
    """A source's labels with the votes that were added; those given as probabilities stay so."""
    if labels.probabilities is None:
        return Labels(labels.items, votes)
    is_added = np.isnan(labels.probabilities).any(axis=1) & (votes >= 0)
    probabilities = labels.probabilities.copy()
    probabilities[is_added] = np.eye(probabilities.shape[1])[votes[is_added]]
    return Labels(labels.items, np.where(is_added, votes, labels.values), probabilities)


@dataclass(frozen=True)
class _Space:
    """A label matrix and where its examples lie; `pool` are the train examples with a vote."""

    matrix: LabelMatrix
    vectors: Vectors
    pool: Int[np.ndarray, " n_pool"]
    rows_per_example: int

    def near(self, rows: Int[np.ndarray, " n_rows"]) -> Neighbours:
        """The neighbours of rows of the label matrix; those of a bit are the same bit of the nearest examples."""
        examples, place = np.unique(rows // self.rows_per_example, return_inverse=True)
        found = nearest(self.vectors, examples, self.pool)
        near, bit = found.rows[place], rows[:, None] % self.rows_per_example
        return Neighbours(np.where(near < 0, -1, near * self.rows_per_example + bit), found.similarities[place])


@dataclass(frozen=True)
class _Choice:
    """Where to look for neighbours, how near is near enough, and the votes that this gives.

    `hits` are the shares of right dev labels before and after.
    """

    space: _Space
    thresholds: Thresholds
    votes: Int[np.ndarray, "n_rows n_sources"]
    is_whitened: bool = False
    is_fitted_again: bool = False
    hits: tuple[float, float] | None = None


def _space(evidence: Evidence, vectors: Embedded) -> _Space:
    if not isinstance(evidence.task, Multiclass | Bitvector):
        raise TypeError(f"{type(evidence.task).__name__} is not extendable")
    matrix = label_matrix(evidence.task, evidence.votes, sources=evidence.sources, items=evidence.items)
    rows_per_example = len(evidence.task.classes) if isinstance(evidence.task, Bitvector) else 1
    voted = np.unique(np.flatnonzero((matrix.votes != ABSTAINED).any(axis=1)) // rows_per_example)
    return _Space(matrix, unit_vectors(vectors), voted[evidence.train[voted]], rows_per_example)


def _choose(evidence: Evidence, vectors: Embedded, model: LabelModel) -> _Choice:
    """The embedding as it is, or whitened where dev likes that better, with the thresholds that dev chooses there.

    They are compared by the label model that learned from the votes as they were cast. It learns from the added ones,
    too, only where dev likes that better: added votes depend on each other, and it believes that none do.
    """
    plain = _space(evidence, vectors)
    dev = _dev(evidence, plain)
    cast = _fitted(evidence, plain.matrix, model, dev)
    white = replace(plain, vectors=unit_vectors(whitened(vectors, evidence.train)))
    before = _share_right(cast, plain.matrix, dev)
    best, limits, most = plain, shared(NEVER, NEVER, len(evidence.sources)), before
    for space in (plain, white):
        rows = DevRows(space.matrix, dev.rows, dev.truth, dev.examples, space.near(dev.rows), cast)
        thresholds = choose_thresholds(rows)
        after = float(rows.hits(thresholds).mean())
        if after > most + NEARLY_EQUAL:
            best, limits, most = space, thresholds, after
    choice = _extended(best, limits)
    extended = replace(plain.matrix, votes=choice.votes)
    after = _share_right(_fitted(evidence, extended, model, dev), extended, dev)
    return replace(
        choice,
        is_whitened=best is white,
        is_fitted_again=after > most + NEARLY_EQUAL,
        hits=(before, max(most, after)),
    )


def _dev(evidence: Evidence, space: _Space) -> GoldRows:
    """The rows whose gold may choose."""
    truth = votes_for(evidence.task, evidence.gold).reshape(-1).astype(np.int64)
    rows = np.flatnonzero(np.repeat(evidence.dev, space.rows_per_example) & (truth != ABSTAINED))
    examples = rows // space.rows_per_example
    _require_gold(evidence.task, len(np.unique(examples)))
    return GoldRows(rows, truth[rows], examples)


def _require_gold(task: Task, n_gold: int) -> None:
    if n_gold < MIN_GOLD:
        raise UsageError(
            "T110",
            f"extend: threshold 'auto' is chosen on dev gold, and {n_gold} dev examples have gold of task "
            f"{task.name!r}; it takes {MIN_GOLD}. Give a threshold, such as 0.8, or more gold on dev.",
        )


def _fitted(evidence: Evidence, matrix: LabelMatrix, model: LabelModel, dev: GoldRows) -> FittedLabelModel:
    voted = (matrix.votes[dev.rows] != ABSTAINED).any(axis=1)
    judged = Judged(rows_of(matrix, dev.rows[voted]), dev.truth[voted], dev.examples[voted])
    fitted = fit_label_model(
        model,
        training_rows(matrix, evidence),
        task=evidence.task,
        judged=judged,
        are_rules_for_bits=names_one_bit_each(evidence),
    )
    return fitted.model


def _share_right(model: FittedLabelModel, matrix: LabelMatrix, dev: GoldRows) -> float:
    return float(hits(model, rows_of(matrix, dev.rows), dev.truth).mean())


def _extended(space: _Space, thresholds: Thresholds) -> _Choice:
    """All votes, with those that near rows add; only rows that may get some are searched for neighbours."""
    votes = space.matrix.votes
    is_alone = (votes == ABSTAINED).all(axis=1, keepdims=True)
    gains = np.where(is_alone, thresholds.alone < NEVER, thresholds.beside < NEVER) & (votes == ABSTAINED)
    rows = np.flatnonzero(gains.any(axis=1))
    extended = votes.copy()
    extended[rows] = with_near_votes(votes, rows, space.near(rows), thresholds)
    return _Choice(space, thresholds, extended)


def _in_order(evidence: Evidence, order: Int[np.ndarray, " n_examples"]) -> Evidence:
    """Evidence of one item an example, with its examples in another order; votes count in full, however sure."""
    return replace(
        evidence,
        keys=evidence.keys[order],
        votes=tuple(Labels(labels.items, labels.values[order]) for labels in evidence.votes),
        gold=Labels(evidence.gold.items, evidence.gold.values[order]),
        train=evidence.train[order],
        dev=evidence.dev[order],
        order=None if evidence.order is None else evidence.order[order],
    )


def _row(choice: _Choice, evidence: Evidence) -> ExtensionRow:
    cast, extended, thresholds = choice.space.matrix.votes, choice.votes, choice.thresholds
    stricter = (thresholds.alone > thresholds.alone.min(initial=NEVER)) | (
        thresholds.beside > thresholds.beside.min(initial=NEVER)
    )
    before, after = choice.hits or (None, None)
    return ExtensionRow(
        task=evidence.task.name,
        n_added=int(np.count_nonzero(extended >= 0) - np.count_nonzero(cast >= 0)),
        coverage_before=_coverage(cast),
        coverage_after=_coverage(extended),
        threshold_alone=_threshold(thresholds.alone),
        threshold_beside=_threshold(thresholds.beside),
        stricter=tuple(name for name, is_stricter in zip(evidence.sources, stricter, strict=True) if is_stricter),
        is_whitened=choice.is_whitened,
        is_fitted_again=choice.is_fitted_again,
        dev_before=before,
        dev_after=after,
    )


def _coverage(votes: Int[np.ndarray, "n_rows n_sources"]) -> float:
    return float((votes != ABSTAINED).any(axis=1).mean()) if len(votes) else 0.0


def _threshold(limits: Float[np.ndarray, " n_sources"]) -> float | None:
    """The threshold that sources share."""
    lowest = float(limits.min(initial=NEVER))
    return lowest if lowest < NEVER else None
