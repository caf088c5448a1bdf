"""How a network is trained: the `training` section of `model.yaml`; no torch here."""

from dataclasses import dataclass, field
from typing import Literal

Auto = Literal["auto"]

_DEVICE = {"pattern": "^(auto|cpu|cuda(:[0-9]+)?)$", "description": "auto, cpu, cuda or cuda:N"}


@dataclass(frozen=True)
class TrainingConfig:
    """Options of the trainer; "auto" is worked out from the data. Field metadata holds limits as in JSON Schema.

    `early_stopping`: `dev` looks at dev gold (at held-out targets where a task has none), `targets` at a held-out tenth
    of the train targets only, `none` trains all epochs and keeps the last. `self_training` trains a second time on the
    labels that the network is surest of; auto does so for tasks with weak sources and dev gold. `device`: auto, cpu,
    cuda or cuda:N.
    """

    epochs: int | Auto = field(default="auto", metadata={"minimum": 1})
    batch_size: int | Auto = field(default="auto", metadata={"minimum": 1})
    learning_rate: float | Auto = field(default="auto", metadata={"exclusiveMinimum": 0.0})
    weight_decay: float | Auto = field(default="auto", metadata={"minimum": 0.0})
    early_stopping: Literal["dev", "targets", "none"] = "dev"
    self_training: bool | Auto = "auto"
    seed: int = field(default=0, metadata={"minimum": 0})
    device: str = field(default="auto", metadata=_DEVICE)
