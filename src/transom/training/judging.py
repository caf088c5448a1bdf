"""How good a network is so far, on gold labels or on targets that it was not trained on.

Of spans the loss says too little: it rises again while a network grows surer, though it finds more spans, and finds
their ends, until its last epoch. Source: Guo et al. (2017), arXiv 1706.04599, section 3, for loss and error that part.
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from scipy.special import softmax

from transom.data.decisions import Scored, flatten
from transom.data.features.bags import spread
from transom.data.features.payloads import Features
from transom.data.items import from_lengths
from transom.data.labels import NO_LABEL, Labels
from transom.data.predictions import Predictions
from transom.data.targets import Targets
from transom.model.graph import Head
from transom.model.heads import Scores
from transom.model.network import Network
from transom.schema.tasks import Bitvector, Select, Spans, Task
from transom.supervision.decisions import certainly
from transom.training.calibration import CALIBRATED, Calibration, calibration_for
from transom.training.deciding import missed_in_spans
from transom.training.member_scores import member_scores
from transom.training.objective import Goal, goals_for, task_losses
from transom.training.predict import passes, score


@dataclass(frozen=True)
class Judge:
    """Examples on which a network is judged: by gold after calibration where there is `gold`, else by `goals`.

    `weak` names the tasks most of whose targets a label model made.
    """

    examples: Int[np.ndarray, " n_chosen"]
    goals: tuple[Goal, ...]
    gold: Mapping[str, Labels]
    weak: Container[str] = ()


@dataclass(frozen=True)
class Judgement:
    """The loss of each task, by its name, and the calibrations that bring it about.

    To the loss of spans is added what is missing of an F1 of 1, decided at the best cost of O.
    """

    losses: Mapping[str, float]
    calibrations: Mapping[str, Calibration]

    @property
    def loss(self) -> float:
        """That of all tasks together."""
        return float(sum(self.losses.values()))


def gold_judge(
    heads: Sequence[Head],
    gold: Mapping[str, Labels],
    examples: Int[np.ndarray, " n_chosen"],
    *,
    calibrates: bool,
    weak: Container[str] = (),
) -> Judge:
    """A judge that knows the truth; tasks whose scores can be calibrated are judged as they would be then."""
    targets = {head.task.name: _as_targets(head, gold[head.task.name]) for head in heads if head.task.name in gold}
    return Judge(examples, goals_for(heads, targets, examples), gold if calibrates else {}, weak)


def judge(network: Network, features: Features, by: Judge) -> Judgement:
    """The loss of a network on the judge's examples."""
    found = {one.task.name: one for one in _scored_gold(network, features, by)} if by.gold else {}
    calibrations = {name: one.calibration(is_weak=name in by.weak) for name, one in found.items()}
    losses = {name: own.loss + found[name].missed(own) for name, own in calibrations.items()}
    others = [goal for goal in by.goals if goal.head.task.name not in calibrations]
    if others:
        losses |= _losses(network, features, others, by.examples)
    return Judgement(losses, calibrations)


def calibrated(network: Network, calibrations: Mapping[str, Calibration]) -> None:
    """Sets scale and shift of the heads."""
    for name, calibration in calibrations.items():
        head = network.head(name)
        scores = head if isinstance(head, Scores) else head.scores
        scores.load_state_dict(
            scores.state_dict()
            | {
                "scale": torch.from_numpy(calibration.scale).float(),
                "shift": torch.from_numpy(calibration.shift).float(),
            }
        )


def clear_calibration(network: Network, heads: Sequence[Head]) -> None:
    """Takes from heads what dev gold said of the scores of another version, which are no longer theirs."""
    for head in heads:
        if isinstance(head.task, CALIBRATED):
            n_scores = head.shape.size
            calibrated(network, {head.task.name: Calibration(np.ones(n_scores), np.zeros(n_scores), 0.0)})


@dataclass(frozen=True)
class _ScoredLabels:
    """The labels of one task and the scores of its items, `lengths` of which belong to each example.

    A select has one item an example; its scores are those of none and of the members.
    """

    task: Task
    scores: Float[np.ndarray, "n_items n_scores"]
    labels: np.ndarray
    lengths: Int[np.ndarray, " n_examples"]

    @property
    def known(self) -> np.ndarray:
        """Which items have a label."""
        return np.asarray((self.labels >= 0).any(axis=1) if isinstance(self.task, Bitvector) else self.labels >= 0)

    def calibration(self, *, is_weak: bool) -> Calibration:
        """The calibration of the items that have a label."""
        return calibration_for(self.task, self.scores[self.known], self.labels[self.known], is_weak=is_weak)

    def missed(self, by: Calibration | None = None) -> float:
        """What is missing of an F1 of 1 in spans; 0 of other tasks."""
        if not isinstance(self.task, Spans):
            return 0.0
        items = from_lengths(self.lengths)
        scores = self.scores if by is None else self.scores * by.scale + by.shift
        probabilities = softmax(scores, axis=1)
        return missed_in_spans(Predictions(items, probabilities, np.zeros(items.n_items, np.int32)), self.labels)


def _scored_gold(network: Network, features: Features, by: Judge) -> Iterator[_ScoredLabels]:
    """The tasks that can be calibrated, as far as they have gold."""
    tasks = [goal.head.task for goal in by.goals if isinstance(goal.head.task, CALIBRATED)]
    scored = list(score(network, features, by.examples)) if tasks else []
    for task in tasks:
        found = _beside_scores(task, [batch[task.name] for batch in scored], by.gold[task.name])
        if found.known.any():
            yield found


def _beside_scores(task: Task, batches: Sequence[Scored], labels: Labels) -> _ScoredLabels:
    """The scores of a task with the labels of their items."""
    seen = [np.ones(len(one.examples), np.int64) if one.lengths is None else one.lengths for one in batches]
    if isinstance(task, Select):
        found = member_scores(batches, labels)
        return _ScoredLabels(task, found.scores, found.chosen, np.ones(len(found.chosen), np.int64))
    rows = [spread(labels.items.offsets[one.examples], lengths) for one, lengths in zip(batches, seen, strict=True)]
    scores = np.concatenate([flatten(one.scores, one.lengths) for one in batches])
    return _ScoredLabels(task, scores, labels.values[np.concatenate(rows)], np.concatenate(seen))


def _losses(
    network: Network, features: Features, goals: Sequence[Goal], examples: Int[np.ndarray, " n_chosen"]
) -> dict[str, float]:
    """The loss of each task's targets."""
    total = np.zeros(len(goals))
    for chosen, values in passes(network, features, examples):
        total += task_losses(goals, network.scores(values), features, chosen).cpu().numpy() * len(chosen)
    missed = _missed(network, features, goals, examples)
    names = [goal.head.task.name for goal in goals]
    return {name: float(loss) + missed.get(name, 0.0) for name, loss in zip(names, total / len(examples), strict=True)}


def _missed(
    network: Network, features: Features, goals: Sequence[Goal], examples: Int[np.ndarray, " n_chosen"]
) -> dict[str, float]:
    """What is missing of an F1 of 1 in the spans of targets, for each task that has spans."""
    spans = [goal for goal in goals if isinstance(goal.head.task, Spans)]
    scored = list(score(network, features, examples)) if spans else []
    return {
        goal.head.task.name: _beside_scores(
            goal.head.task, [batch[goal.head.task.name] for batch in scored], _likeliest(goal.targets)
        ).missed()
        for goal in spans
    }


def _likeliest(targets: Targets) -> Labels:
    """The tag of each token that its target says is likeliest."""
    tags = np.where(targets.weights > 0, targets.probabilities.argmax(axis=1), NO_LABEL)
    return Labels(targets.items, tags.astype(np.int32))


def _as_targets(head: Head, gold: Labels) -> Targets:
    probabilities, is_known = certainly(head.task, gold)
    return Targets(gold.items, probabilities, is_known.astype(np.float64))
