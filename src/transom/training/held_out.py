"""Training examples that are held out to say when to stop, where no dev gold does."""

import numpy as np
from jaxtyping import Int

from transom.training.config import TrainingConfig

HELD_OUT = 10
"""One in so many is held out."""


def held_out(
    labeled: Int[np.ndarray, " n_labeled"], config: TrainingConfig
) -> tuple[Int[np.ndarray, " n_training"], Int[np.ndarray, " n_held_out"] | None]:
    """The examples to train on and those held out, in order; None where nothing stops early or they are too few."""
    if config.early_stopping == "none" or len(labeled) < 2 * HELD_OUT:
        return labeled, None
    shuffled = np.random.default_rng(config.seed).permutation(labeled)
    judging, training = np.split(shuffled, [len(labeled) // HELD_OUT])
    return np.sort(training), np.sort(judging)
