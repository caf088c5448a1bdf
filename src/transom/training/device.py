"""Where a network is trained."""

import torch

from transom.training.config import TrainingConfig


def device_for(config: TrainingConfig) -> str:
    """The device that "auto" means: an accelerator where there is one."""
    if config.device != "auto":
        return config.device
    return "cuda" if torch.cuda.is_available() else "cpu"
