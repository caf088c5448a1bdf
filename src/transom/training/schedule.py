"""How long and how fast a network is trained: the settings of `training`, with "auto" worked out from the data."""

import math
from dataclasses import dataclass
from typing import Literal

from transom.model.graph import Encoding, Graph
from transom.model.settings import Bag, Dense, Pretrained, Transformer
from transom.training.config import TrainingConfig

STEPS = 2_000
"""A small data set is seen often enough for so many steps, within `EPOCHS`."""

EPOCHS = (8, 15)

FEWEST_STEPS, MOST_EPOCHS = 400, 60
"""A tiny one is seen more often than that: on bc5cdr (350 long documents) 2 points of F1 on dev."""

EPOCHS_OF_TUNING = (3, 5)
"""What is pretrained has little to learn, and each epoch is dear."""

BATCH_SIZE, MANY = 64, 8_000
"""Of many examples twice as many a batch: faster, and on dev of agnews and the sentiment example right more often."""

ELEMENTS, FEWEST_EXAMPLES = 4_096, 8
"""Of long sequences so few share a batch that they have about so many elements: with 16 documents a step instead of 64,
bc5cdr gained 2 points of F1 on dev."""

SLOWEST = 0.02
"""The learning rate never falls below this share of its peak."""

WARM_UP = 0.1
"""The share of all steps in which the learning rate rises, for transformers; others need none."""


@dataclass(frozen=True)
class Schedule:
    """The numbers that a training run goes by; with `is_averaged` the mean of the weights of about an epoch is kept."""

    epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    warm_up: float = 0.0
    decay: Literal["linear", "cosine", "none"] = "linear"
    is_averaged: bool = False

    def rate(self, share: float) -> float:
        """The learning rate when this share of all steps is done."""
        if share < self.warm_up:
            return self.learning_rate * max(share / self.warm_up, SLOWEST)
        done = (share - self.warm_up) / (1 - self.warm_up)
        left = {"linear": 1 - done, "cosine": (1 + math.cos(math.pi * done)) / 2, "none": 1.0}[self.decay]
        return self.learning_rate * max(left, SLOWEST)


def schedule_for(config: TrainingConfig, graph: Graph, n_examples: int, mean_length: float = 1.0) -> Schedule:
    """The schedule for so many training examples, with so many elements each."""
    encodings = [block for block in graph.blocks if isinstance(block, Encoding)]
    encoders = [block.encoder for block in encodings]
    is_shallow = all(isinstance(encoder, Bag | Dense | Pretrained) for encoder in encoders)
    fitting_size = _batch_size(n_examples, mean_length, is_shallow=is_shallow)
    batch_size = fitting_size if config.batch_size == "auto" else config.batch_size
    steps_per_epoch = max(-(-n_examples // batch_size), 1)
    is_tuned = any(isinstance(encoder, Pretrained) and encoder.tune != "frozen" for encoder in encoders)
    fitting_epochs = _tuning_epochs(steps_per_epoch) if is_tuned else _epochs(steps_per_epoch)
    fitting_rate = 3e-3 if is_shallow else 2e-3
    fitting_warm_up = WARM_UP if is_tuned or any(isinstance(encoder, Transformer) for encoder in encoders) else 0.0
    return Schedule(
        epochs=fitting_epochs if config.epochs == "auto" else config.epochs,
        batch_size=batch_size,
        learning_rate=fitting_rate if config.learning_rate == "auto" else config.learning_rate,
        weight_decay=0.01 if config.weight_decay == "auto" else config.weight_decay,
        warm_up=fitting_warm_up if config.warm_up == "auto" else config.warm_up,
        decay=config.decay,
        is_averaged=all(isinstance(each.encoder, Dense) and each.shape.elements is None for each in encodings),
    )


def _batch_size(n_examples: int, mean_length: float, *, is_shallow: bool) -> int:
    """Examples a batch; encoders that see order take `FEWEST_STEPS` within `MOST_EPOCHS`, however few examples are."""
    usual = BATCH_SIZE if n_examples < MANY else 2 * BATCH_SIZE
    for_steps = usual if is_shallow else n_examples * MOST_EPOCHS // FEWEST_STEPS
    return min(usual, max(min(int(ELEMENTS / max(mean_length, 1.0)), for_steps), FEWEST_EXAMPLES))


def _tuning_epochs(steps_per_epoch: int) -> int:
    fewest, most = EPOCHS_OF_TUNING
    return min(max(STEPS // steps_per_epoch, fewest), most)


def _epochs(steps_per_epoch: int) -> int:
    fewest, most = EPOCHS
    usual = min(max(STEPS // steps_per_epoch, fewest), most)
    return min(max(usual, -(-FEWEST_STEPS // steps_per_epoch)), MOST_EPOCHS)
