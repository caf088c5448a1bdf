"""Where a rule would help: what items without a vote, or in dispute, have in common, and what they probably are."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from jaxtyping import Bool, Float, Int

from transom.data.predictions import Predictions
from transom.schema.schema import Schema
from transom.schema.tasks import Bitvector, Multiclass, Spans
from transom.supervision.decisions import certainly
from transom.supervision.evidence import Evidence
from transom.supervision.evidence_rows import evidence_rows, is_disputed
from transom.supervision.findings import Group, Suggestion
from transom.supervision.statistics import has_vote, patterns
from transom.supervision.traits import Traits, traits_of

IDS_SHOWN = 5
MOST = 5
"""Suggestions of each kind for each group."""

_LEAST_ITEMS, _LEAST_SHARE = 3, 0.005
_PSEUDO_COUNTS = 4.0
_FEW_KNOWN = 3
_SURPRISING = 3.0


@dataclass(frozen=True)
class _Known:
    """How probable each name is as the vote on each item, the items of which that is known, and those of train."""

    names: tuple[str, ...]
    probabilities: Float[np.ndarray, "n_items n_names"]
    items: Bool[np.ndarray, " n_items"]
    in_train: Bool[np.ndarray, " n_items"]


def suggestions(
    evidence: Evidence, predictions: Predictions | None, frame: pl.DataFrame, schema: Schema
) -> tuple[Suggestion, ...]:
    """Rules to add, those that would do most for uncovered items first, then those for disputed ones.

    Args:
        evidence: Of a task whose items have classes; of others there are none.
        predictions: What the label model says of them; None where no source votes.
        frame: The examples, with the columns that `data.rows.columns_of` names.
        schema: The project's.
    """
    task = evidence.task
    if not isinstance(task, Multiclass | Bitvector | Spans) or evidence.items.n_items == 0:
        return ()
    seen = evidence_rows(task, evidence)
    distinct = patterns(seen.matrix)
    shape = (evidence.items.n_items, -1)
    voted = has_vote(seen.matrix).reshape(shape).any(axis=1)
    disputed = is_disputed(distinct.matrix.votes)[distinct.pattern_of].reshape(shape).any(axis=1)
    known = _known(evidence, predictions, voted & ~disputed)
    groups: dict[Group, np.ndarray] = {"uncovered": known.in_train & ~voted, "disputed": known.in_train & disputed}
    smallest = min((int(group.sum()) for group in groups.values() if group.any()), default=0)
    if not smallest:
        return ()
    traits = traits_of(frame, schema, task, evidence.items, min_items=_least(smallest))
    examples = evidence.items.examples()
    return tuple(
        Suggestion(
            task=task.name,
            group=name,
            rule=_rule(task, dict(traits.rules[found.trait]), found.vote),
            n=len(found.items),
            share=len(found.items) / int(group.sum()),
            vote=found.vote,
            confidence=found.confidence,
            n_known=found.n_known,
            ids=tuple(frame["id"].gather(list(dict.fromkeys(examples[found.items].tolist()))[:IDS_SHOWN]).to_list()),
        )
        for name, group in groups.items()
        if group.any()
        for found in _found(traits, group, known)
    )


@dataclass(frozen=True)
class _Found:
    """A trait, the items of the group that it is new to, and what is known of items with it."""

    trait: int
    items: Int[np.ndarray, " n_found"]
    vote: str | None = None
    confidence: float | None = None
    n_known: int = 0


def _found(traits: Traits, group: Bool[np.ndarray, " n_items"], known: _Known) -> Iterator[_Found]:
    """The traits that would do most for a group, one after the other, each for the items that those before leave.

    What a trait does is the number of items times how much more probable it makes a class. It has to bring the class at
    least half of the way from what it is among all to certainty.
    """
    n_known, shares, confidence, usual = _told(traits, known)
    lift = confidence - usual[shares]
    tells = (n_known >= _FEW_KNOWN) & (confidence >= (1 + usual[shares]) / 2)
    unusual = (n_known < _FEW_KNOWN) & (_surprise(traits, group, known.in_train) >= _SURPRISING)
    left = group.copy()
    for is_fit, worth in ((tells, lift), (unusual, np.ones_like(lift))):
        for _ in range(MOST):
            n_items = np.bincount(traits.traits[left[traits.items]], minlength=len(traits.rules))
            value = np.where(is_fit & (n_items >= _least(int(group.sum()))), n_items * worth, 0.0)
            if not value.any():
                break
            best = int(value.argmax())
            items = traits.items[traits.traits == best]
            items = items[left[items]]
            left[items] = False
            if is_fit is tells:
                vote, sure = known.names[shares[best]], float(confidence[best])
                yield _Found(best, items, vote, sure, int(n_known[best]))
            else:
                yield _Found(best, items, n_known=int(n_known[best]))


def _told(traits: Traits, known: _Known) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Of each trait: on how many known items it is, the name that it speaks for most, and that name's share there.

    Last, the share of each name among all known items.
    """
    n_traits = len(traits.rules)
    here = known.items[traits.items]
    items, numbers = traits.items[here], traits.traits[here]
    n_known = np.bincount(numbers, minlength=n_traits)
    usual = known.probabilities[known.items].mean(axis=0) if known.items.any() else np.zeros(len(known.names))
    shares = np.empty((n_traits, len(known.names)))
    for name, probabilities in enumerate(known.probabilities.T):
        total = np.bincount(numbers, weights=probabilities[items], minlength=n_traits)
        shares[:, name] = (total + _PSEUDO_COUNTS * usual[name]) / (n_known + _PSEUDO_COUNTS)
    best = (shares - usual).argmax(axis=1)
    return n_known, best, shares[np.arange(n_traits), best], usual


def _surprise(
    traits: Traits, group: Bool[np.ndarray, " n_items"], in_train: Bool[np.ndarray, " n_items"]
) -> Float[np.ndarray, " n_traits"]:
    """By how many standard deviations a trait of train is more often in the group than if it did not matter to it."""
    share = group.sum() / in_train.sum()
    n_items = np.bincount(traits.traits[in_train[traits.items]], minlength=len(traits.rules))
    inside = np.bincount(traits.traits[group[traits.items]], minlength=len(traits.rules))
    deviation = np.sqrt(np.maximum(n_items * share * (1 - share), 1e-12))
    return np.asarray((inside - n_items * share) / deviation)


def _known(evidence: Evidence, predictions: Predictions | None, is_settled: Bool[np.ndarray, " n_items"]) -> _Known:
    """Gold on dev, and what the label model says of items on which sources that vote agree."""
    truth, has_gold = certainly(evidence.task, evidence.gold)
    in_dev = has_gold & evidence.items.of(evidence.dev)
    probabilities = truth if predictions is None else np.where(in_dev[:, None], truth, predictions.probabilities)
    names = evidence.task.classes if isinstance(evidence.task, Multiclass | Bitvector | Spans) else ()
    if isinstance(evidence.task, Spans):  # columns are O, then the beginning and the inside of each class
        probabilities = probabilities[:, 1::2] + probabilities[:, 2::2]
    in_train = evidence.items.of(evidence.train)
    return _Known(tuple(names), probabilities, (is_settled & in_train) | in_dev, in_train)


def _rule(task: Multiclass | Bitvector | Spans, trait: dict[str, Any], vote: str | None) -> dict[str, Any]:
    """The trait as a rule; spans are found by gazetteers, not by rules on words."""
    if isinstance(task, Spans):
        return trait
    return {"task": task.name, **trait} | ({} if vote is None else {"vote": vote})


def _least(n_items: int) -> int:
    """How many items of a group of that size a trait must have to be worth a rule."""
    return max(_LEAST_ITEMS, int(np.ceil(_LEAST_SHARE * n_items)))
