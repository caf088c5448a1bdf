"""How a network is trained and how its tasks decide: the sections `training` and `decisions` of `model.yaml`; no torch.

Field metadata holds limits in the words of JSON Schema.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

Auto = Literal["auto"]

AUTOMATIC_TEACHER, NO_TEACHER = "auto", "none"
"""Values of `distill_from` that name no variant."""

_DEVICE = {"pattern": "^(auto|cpu|cuda(:[0-9]+)?)$", "description": "auto, cpu, cuda or cuda:N"}
_SHARE: dict[str, Any] = {"minimum": 0.0, "exclusiveMaximum": 1.0}


@dataclass(frozen=True)
class TrainingConfig:
    """Options of the trainer; "auto" is worked out from the data.

    The pace: `learning_rate` rises over the share `warm_up` of all steps, then falls as `decay` says. `weight_decay` is
    L2, decoupled from the gradient as in AdamW, `l1` the penalty on the sum of absolute weights. Gradients are cut to
    the norm `gradient_clip`; a label whose loss is above `loss_clip` is not learned from. `label_smoothing` moves that
    share of every target to all classes alike.

    The batches: with `bucketing` examples of like length share one; with `curriculum` training begins with the short
    ones. `mixed_precision`: 16 bits where they do no harm; auto on cuda. `device`: auto, cpu, cuda or cuda:N.

    The tasks: `loss_weights` says how much each counts, `uncertainty` learns it, auto counts all alike. `start` is a
    version whose weights training begins with; with `trunk: frozen` all that it had stays as it was, and only what is
    new is learned. `compare_alone` trains each task alone too and reports it as `baseline:alone`. `distill_from` names
    the variant that the others learn from; auto is `large` if there is one, none is none.

    The end: `early_stopping: dev` looks at dev gold (at held-out targets where no task of the network has any),
    `targets` at a held-out tenth of the train targets only, `none` trains all epochs and keeps the last.
    `self_training` trains a second time on the labels that the network is surest of; auto does so for tasks with
    doubtful weak labels and dev gold, for classes also without gold where examples are many; unless dev has much gold
    no class may get lost.
    `refit` begins again in the end and learns from dev's examples, too: from what the sources say of them, never from
    their own gold, which goes on to say when to stop and how to decide. That is done where all tasks are of classes,
    bits or spans, learn from sources and have gold on dev, and without `start` and `prune`; auto wants at least a
    quarter as many examples in dev as in train. `prune` sets that share of the weights, the smallest of each matrix, to
    zero, and trains the others once more.
    """

    epochs: int | Auto = field(default="auto", metadata={"minimum": 1})
    batch_size: int | Auto = field(default="auto", metadata={"minimum": 1})
    learning_rate: float | Auto = field(default="auto", metadata={"exclusiveMinimum": 0.0})
    weight_decay: float | Auto = field(default="auto", metadata={"minimum": 0.0})
    early_stopping: Literal["dev", "targets", "none"] = "dev"
    self_training: bool | Auto = "auto"
    refit: bool | Auto = "auto"
    seed: int = field(default=0, metadata={"minimum": 0})
    device: str = field(default="auto", metadata=_DEVICE)
    warm_up: float | Auto = field(default="auto", metadata=_SHARE)
    decay: Literal["linear", "cosine", "none"] = "linear"
    l1: float = field(default=0.0, metadata={"minimum": 0.0})
    gradient_clip: float = field(default=5.0, metadata={"exclusiveMinimum": 0.0})
    loss_clip: float | None = field(default=None, metadata={"exclusiveMinimum": 0.0})
    label_smoothing: float = field(default=0.0, metadata=_SHARE)
    bucketing: bool = True
    curriculum: bool = False
    mixed_precision: bool | Auto = "auto"
    loss_weights: dict[str, float] | Literal["auto", "uncertainty"] = "auto"
    start: int | None = field(default=None, metadata={"minimum": 1})
    trunk: Literal["trained", "frozen"] = "trained"
    compare_alone: bool = False
    distill_from: str = AUTOMATIC_TEACHER
    prune: float = field(default=0.0, metadata=_SHARE)


@dataclass(frozen=True)
class Decision:
    """How one task decides.

    `costs`, of a multiclass task: what it costs to miss a class, 1 where nothing is said; `balanced` makes a class the
    dearer the rarer it is. `threshold`, of a bitvector: the probability above which a bit holds, for all bits or by
    class; auto is what dev gold says is best for F1. An answer less sure than `abstain_below` is not given.
    """

    costs: dict[str, float] | Literal["balanced"] | None = None
    threshold: float | dict[str, float] | Auto = field(default="auto", metadata={"minimum": 0.0, "maximum": 1.0})
    abstain_below: float = field(default=0.0, metadata={"minimum": 0.0, "maximum": 1.0})
