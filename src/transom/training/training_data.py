"""What a network is trained on."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Bool

from transom.data.features.payloads import Features
from transom.data.labels import Labels
from transom.data.targets import Targets
from transom.model.graph import Units
from transom.training.slices import Members
from transom.training.units import counted_in


@dataclass(frozen=True)
class TrainingData:
    """Features of all examples, and what is known of them; items of `targets` and `gold` are those of all examples.

    `gold` is looked at on the examples of `dev` only, never on others. `weak` names the tasks most of whose targets a
    label model made. `members` says who is in the slices that the graph has capacity for, a column each in the graph's
    order; it is looked at on train examples, and on those that say when to stop for which slices can be told.
    """

    features: Features
    targets: Mapping[str, Targets]
    train: Bool[np.ndarray, " n_examples"]
    dev: Bool[np.ndarray, " n_examples"]
    gold: Mapping[str, Labels] = field(default_factory=dict)
    weak: frozenset[str] = frozenset()
    members: Members | None = None


def in_units(data: TrainingData, units: Mapping[str, Units]) -> TrainingData:
    """The same with the numbers of some tasks in units of their own."""
    targets, gold = dict(data.targets), dict(data.gold)
    for name in units.keys() & targets.keys():
        own = units[name]
        targets[name] = replace(targets[name], probabilities=counted_in(own, targets[name].probabilities))
        if name in gold:
            gold[name] = replace(gold[name], values=counted_in(own, gold[name].values))
    return replace(data, targets=targets, gold=gold)
