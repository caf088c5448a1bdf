"""The label model `auto`: chooses how to weigh sources from the votes, and from dev gold where it may see some."""

from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
from jaxtyping import Float, Int

from transom.errors import LabelModelError, Problem
from transom.supervision.anchors import Anchors
from transom.supervision.bit_priors import bit_priors_of_gold, bit_priors_of_votes
from transom.supervision.bit_rows import BitPriors
from transom.supervision.bitwise import fit_bits
from transom.supervision.chance import beyond_chance
from transom.supervision.copies import Copies
from transom.supervision.hedging import hedged, without
from transom.supervision.identifiability import are_too_few, doubts
from transom.supervision.inference import FittedWeights, floored_log
from transom.supervision.label_model import FittedLabelModel
from transom.supervision.label_models.chain import FittedChain, coupling_of
from transom.supervision.label_models.em import Em, tells_classes_apart
from transom.supervision.label_models.majority import Majority
from transom.supervision.label_models.triplets import Triplets
from transom.supervision.matrix import LabelMatrix
from transom.supervision.outlook import expected_hits, outlook
from transom.supervision.preference import Preferring
from transom.supervision.prior import Prior, uniform_prior
from transom.supervision.statistics import rows_of, sample_of
from transom.supervision.temperature import Tempered, fit_exponent, raised

MIN_GOLD = 30
"""Fewer rows with gold than these choose nothing: what they prefer would be luck."""

_SAMPLE = 500_000
"""Rows from which it is judged whether sources can be told apart, and what weighing them is worth."""

_TRIAL = 20_000
"""Rows on which beliefs are tried; those that win are fitted on all rows."""

_FIRM = 10.0
"""The `shrinkage` of rules in which beliefs outweigh votes."""

_COUPLED = 0.5
"""How far neighbours must tell of a row before they are asked."""

_SURE = 0.95
_BELIEF, _BELIEF_ROWS = 0.8, 5.0
_ROUNDING = 1e-6


@dataclass(frozen=True)
class Judged:
    """Rows on which at least one source votes and whose class is known; `examples` is the example of each.

    Where rows have neighbours, `among` is a matrix in which they stand beside them, at `places`.
    """

    matrix: LabelMatrix
    truth: Int[np.ndarray, " n_rows"]
    examples: Int[np.ndarray, " n_rows"]
    among: LabelMatrix | None = None
    places: Int[np.ndarray, " n_rows"] | None = None

    def predicted_by(self, model: FittedLabelModel) -> Float[np.ndarray, "n_rows n_classes"]:
        """The probability of each class in each row."""
        if isinstance(model, FittedChain) and self.among is not None:
            return np.asarray(model.predict(self.among)[self.places])
        return model.predict(self.matrix)


@dataclass(frozen=True)
class Choice:
    """The label model that was chosen, its name, what spoke for it, and the sources that it takes for copies.

    `taught` is the same after it learned from gold, None where it did not: the one to label with, but gold that has
    taught it cannot judge it.
    """

    model: FittedLabelModel
    name: str
    why: str = ""
    doubts: tuple[Problem, ...] = ()
    copies: Copies | None = None
    taught: FittedLabelModel | None = None

    @property
    def best(self) -> FittedLabelModel:
        """The model to label with."""
        return self.model if self.taught is None else self.taught


@dataclass(frozen=True)
class Auto:
    """Chooses among `em`, `chain`, `triplets`, `majority` and following the best source first."""

    prior: Prior = "dev"

    def fit(self, matrix: LabelMatrix, prior: Float[np.ndarray, " n_classes"]) -> FittedLabelModel:
        """The label model that the votes alone speak for."""
        return self.choose(matrix, prior).best

    def choose(
        self,
        matrix: LabelMatrix,
        prior: Float[np.ndarray, " n_classes"],
        *,
        judged: Judged | None = None,
        are_rules_for_bits: bool = False,
    ) -> Choice:
        """What speaks for a label model: whether sources can be told apart by their votes, then gold.

        `em` is the rule, `chain` where different sources say that the next row is mostly of the same class. It is
        `majority` where accuracies cannot be learned, and `hedged` where `em` would follow one source alone for little
        gain. Another takes its place if gold says with 95 % certainty that it is right more often; each further one
        that is tried makes that harder (Bonferroni). What is judged has not learned from gold; once chosen, `em` learns
        again, from gold too.

        Where rows say which bit they ask about, `em` weighs sources bit by bit; see `fit_bits`. With gold of
        few examples it is `majority` for `are_rules_for_bits`, sources that name one bit each: they say no of all
        others without having looked, and how common bits are is unknown.
        """
        judged = _nothing_judged(matrix) if judged is None else judged
        gold = judged if _n_judged(judged) >= MIN_GOLD else None
        sample, n_gold = sample_of(matrix, _SAMPLE), len(judged.truth) if self.prior == "dev" else 0
        reasons = doubts(sample, prior_is_known=gold is not None or isinstance(self.prior, tuple), n_gold=n_gold)
        is_by_bit = matrix.bits is not None and len(matrix.votes) > 0
        by_bit = self._bit_priors(matrix, prior, judged, are_rules_for_bits) if is_by_bit else None
        are_few = are_too_few(reasons) or (are_rules_for_bits and _n_examples(judged) < MIN_GOLD)
        coupling = 0.0 if are_few else _coupling(matrix)
        beliefs = _Beliefs(Em(), prior, by_bit)
        if gold is not None:
            beliefs = self._beliefs(matrix, prior, by_bit, gold, coupling)
        em = Choice(beliefs.fit(matrix), "em")
        majority = Choice(Majority().fit(matrix, prior), "majority", "sources cannot be told apart by their votes")
        if are_few:
            candidates = [majority, em]
        else:
            seen = outlook(sample, em.model, majority.model)
            candidates = [*_chain(em.model, coupling), replace(em, why=seen.expected), majority]
            if gold is None:
                reasons += seen.doubts
                if seen.authority is not None and seen.is_cheap_to_doubt:
                    candidates = [_doubting(seen.authority, matrix, beliefs, em, majority)]
        first = replace(candidates[0], doubts=reasons)
        if gold is None:
            return first
        others = [*candidates[1:], *_triplets(matrix, prior), *_preferences(gold, em.model)]
        best = _calibrated(_best(first, others, gold), gold)
        learned = beliefs.fit(matrix, Anchors(gold.matrix, gold.truth))
        return replace(best, taught=_with_em(best.model, em.model, learned))

    def _bit_priors(
        self,
        matrix: LabelMatrix,
        prior: Float[np.ndarray, " n_classes"],
        judged: Judged,
        are_rules_for_bits: bool,
    ) -> BitPriors:
        """The class prior of each bit, as the setting says; little gold tells less of rules than calling bits even."""
        voted = bit_priors_of_votes(matrix)
        if self.prior != "dev":
            return np.tile(prior, (len(voted), 1))
        if _n_examples(judged) < (MIN_GOLD if are_rules_for_bits else 1):
            return voted
        return bit_priors_of_gold(judged.matrix, judged.truth, voted)

    def _beliefs(
        self,
        matrix: LabelMatrix,
        prior: Float[np.ndarray, " n_classes"],
        by_bit: BitPriors | None,
        gold: Judged,
        coupling: float,
    ) -> "_Beliefs":
        """Of a few beliefs those by which gold is decided best, with the help of neighbours where these are asked.

        Dev may not be what train is, so classes that are equally common are tried beside the prior that dev has; and
        how far rules that vote one class only can be told apart differs from project to project, as does whether
        sources differ from bit to bit.
        """
        given = [_Beliefs(Em(), prior, way) for way in ([None] if by_bit is None else [by_bit, None])]
        priors = [*given, *(one.with_even_classes() for one in given)] if self.prior == "dev" else given
        sample = sample_of(matrix, _TRIAL)
        tried = [
            replace(one, settings=Em(shrinkage=shrinkage)) for shrinkage in (Em.shrinkage, _FIRM) for one in priors
        ]
        return max(tried, key=lambda beliefs: _best_fitness(beliefs.fit(sample), coupling, gold))


@dataclass(frozen=True)
class _Beliefs:
    """What `em` believes before it sees any vote; `by_bit` are the priors of rows that say which bit they ask about."""

    settings: Em
    prior: Float[np.ndarray, " n_classes"]
    by_bit: BitPriors | None

    def with_even_classes(self) -> "_Beliefs":
        """The same, if all classes were equally common."""
        uniform = uniform_prior(len(self.prior))
        return replace(
            self, prior=uniform, by_bit=None if self.by_bit is None else np.tile(uniform, (len(self.by_bit), 1))
        )

    def fit(self, matrix: LabelMatrix, anchors: Anchors | None = None) -> FittedLabelModel:
        if self.by_bit is not None:
            return fit_bits(self.settings, matrix, self.by_bit, anchors=anchors)
        return self.settings.fit(matrix, self.prior, anchors=anchors)


def _nothing_judged(matrix: LabelMatrix) -> Judged:
    none = np.zeros(0, dtype=np.int64)
    return Judged(rows_of(matrix, none), none, none)


def _n_judged(judged: Judged) -> int:
    """How much gold there is to judge by: rows, or of bits that are weighed one by one the examples of each."""
    return len(judged.truth) if judged.matrix.bits is None else _n_examples(judged)


def _n_examples(judged: Judged) -> int:
    """Of how many examples gold is known: bits of one example err together."""
    return len(np.unique(judged.examples))


def _with_em(model: FittedLabelModel, em: FittedLabelModel, learned: FittedLabelModel) -> FittedLabelModel:
    """The model with `learned` wherever it rests on `em`."""
    match model:
        case _ if model is em:
            return learned
        case Tempered():
            return replace(model, model=_with_em(model.model, em, learned))
        case FittedChain(votes=votes) if votes is em and isinstance(learned, FittedWeights):
            return replace(model, votes=learned)
        case Preferring():
            return replace(model, fallback=learned)
        case _:
            return model


def _doubting(authority: str, matrix: LabelMatrix, beliefs: _Beliefs, em: Choice, majority: Choice) -> Choice:
    """Half of `em`, which follows a source alone, and half of what the others say; counting, if these are too few."""
    source = matrix.sources.index(authority)
    rest = without(matrix, source)
    why = f"weighing would follow {authority!r} alone"
    if are_too_few(doubts(rest, prior_is_known=True)):
        return replace(majority, why=why)
    model = hedged(em.model, beliefs.fit(rest), matrix, source)
    return Choice(model, "hedged", f"{why}, so the others have half the say")


def _coupling(matrix: LabelMatrix) -> float:
    """How far the next row tells of a row, 0 where it tells too little to be asked, or has other options."""
    has_next = tells_classes_apart(matrix) and (matrix.items.lengths > 1).any()
    coupling = coupling_of(matrix) if has_next else 0.0
    return coupling if coupling >= _COUPLED else 0.0


def _coupled(model: FittedLabelModel, coupling: float) -> FittedLabelModel:
    """What a model says of votes, carried over to neighbouring rows where these are asked."""
    return FittedChain(model, coupling) if coupling and isinstance(model, FittedWeights) else model


def _chain(em: FittedLabelModel, coupling: float) -> list[Choice]:
    chain = _coupled(em, coupling)
    if chain is em:
        return []
    return [Choice(chain, "chain", f"the next row is of the same class in {coupling:.0%} of cases")]


def _triplets(matrix: LabelMatrix, prior: Float[np.ndarray, " n_classes"]) -> list[Choice]:
    try:
        return [Choice(Triplets().fit(matrix, prior), "triplets")]
    except LabelModelError:  # too many pairs of votes to count
        return []


def _preferences(judged: Judged, fallback: FittedLabelModel) -> list[Choice]:
    """Following one source first, for each with enough votes on gold rows to know it that is no worse than chance."""
    choices, each = [], beyond_chance(judged.matrix, judged.truth)
    for source, (name, beyond) in enumerate(zip(judged.matrix.sources, each, strict=True)):
        votes = judged.matrix.votes[:, source]
        is_vote = votes >= 0
        if is_vote.sum() >= MIN_GOLD and beyond.sum() > -_ROUNDING:
            n_right = (votes == judged.truth).sum() + _BELIEF * _BELIEF_ROWS
            accuracy = float(n_right / (is_vote.sum() + _BELIEF_ROWS))
            choices.append(Choice(Preferring(source, accuracy, fallback), f"best_source {name}"))
    return choices


def _best(first: Choice, others: list[Choice], judged: Judged) -> Choice:
    """The first, unless another is surely better on gold; of several such, the one that is right most often."""
    usual = _hits(first.model, judged)
    needed = NormalDist().inv_cdf(1 - (1 - _SURE) / len(others))
    best, best_gain = first, 0.0
    for other in others:
        gain = np.bincount(judged.examples, weights=_hits(other.model, judged) - usual)
        if gain.sum() > best_gain and gain.sum() > needed * np.sqrt(gain @ gain):
            best, best_gain = other, float(gain.sum())
    if best is first:
        return replace(first, why=f"{first.why}; right on {usual.mean():.1%} of {len(usual)} dev rows with votes")
    mean = usual.mean() + best_gain / len(usual)
    why = f"right on {mean:.1%} of {len(usual)} dev rows with votes, {first.name} on {usual.mean():.1%}"
    return replace(best, why=why, doubts=first.doubts)


def _hits(model: FittedLabelModel, judged: Judged) -> Float[np.ndarray, " n_rows"]:
    """The probability that the decided label is right: a tie is decided at random."""
    certain = np.eye(judged.matrix.n_classes)[judged.truth]
    return expected_hits(certain, judged.predicted_by(model))


def _fitness(model: FittedLabelModel, judged: Judged) -> tuple[float, float]:
    """How many gold labels are decided right, of bits F1; then how likely all are once probabilities are calibrated."""
    probabilities = judged.predicted_by(model)
    calibrated = raised(probabilities, fit_exponent(probabilities, judged.truth))
    likely = floored_log(calibrated[np.arange(len(judged.truth)), judged.truth])
    right = _hits(model, judged).sum() if judged.matrix.bits is None else _f1(probabilities, judged.truth)
    return round(float(right), 6), float(likely.sum())


def _best_fitness(model: FittedLabelModel, coupling: float, judged: Judged) -> tuple[float, float]:
    """The fitness of a model, alone or with the neighbours that are asked, whichever is better."""
    alone, chained = _fitness(model, judged), _coupled(model, coupling)
    return alone if chained is model else max(alone, _fitness(chained, judged))


def _f1(probabilities: Float[np.ndarray, "n_rows 2"], truth: Int[np.ndarray, " n_rows"]) -> float:
    """Micro F1 of bits: few hold, so that to call none is right most often."""
    holds = probabilities[:, 1] > probabilities[:, 0]
    return float(2 * (holds & (truth == 1)).sum() / max(holds.sum() + truth.sum(), 1))


def _calibrated(choice: Choice, judged: Judged) -> Choice:
    exponent = fit_exponent(judged.predicted_by(choice.model), judged.truth)
    return replace(choice, model=Tempered(choice.model, exponent))
