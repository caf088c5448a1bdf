"""How long and how fast a network is trained: the settings of `training`, with "auto" worked out from the data."""

from dataclasses import dataclass

from transom.model.graph import Encoding, Graph
from transom.model.settings import Bag, Dense
from transom.training.config import TrainingConfig

STEPS = 2_000
"""A small data set is seen often enough for so many steps, within `EPOCHS`."""

EPOCHS = (8, 15)

BATCH_SIZE, MANY = 64, 8_000
"""Of many examples twice as many a batch: faster, and on dev of agnews and the sentiment example right more often."""


@dataclass(frozen=True)
class Schedule:
    """The numbers that a training run goes by."""

    epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float


def schedule_for(config: TrainingConfig, graph: Graph, n_examples: int) -> Schedule:
    """The schedule for so many training examples."""
    fitting = BATCH_SIZE if n_examples < MANY else 2 * BATCH_SIZE
    batch_size = fitting if config.batch_size == "auto" else config.batch_size
    steps_per_epoch = max(-(-n_examples // batch_size), 1)
    fewest, most = EPOCHS
    epochs = min(max(STEPS // steps_per_epoch, fewest), most) if config.epochs == "auto" else config.epochs
    is_shallow = all(isinstance(block.encoder, Bag | Dense) for block in graph.blocks if isinstance(block, Encoding))
    learning_rate = (3e-3 if is_shallow else 2e-3) if config.learning_rate == "auto" else config.learning_rate
    return Schedule(epochs, batch_size, learning_rate, 0.01 if config.weight_decay == "auto" else config.weight_decay)
