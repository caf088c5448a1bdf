"""How much each task counts in the loss that a step is taken from."""

import torch
from torch import Tensor, nn


class TaskWeights(nn.Module):
    """Adds the losses of tasks up, or learns how much each counts from how uncertain the task is.

    Source: Kendall, Gal & Cipolla (2018), arXiv 1705.07115, eq. 10, in logarithms of variances; we use the form for
    classes for every task, as losses of numbers are in units of their spread.
    """

    def __init__(self, n_tasks: int, *, learned: bool) -> None:
        super().__init__()
        self.log_variances = nn.Parameter(torch.zeros(n_tasks)) if learned else None

    def forward(self, losses: Tensor) -> Tensor:
        """(n_tasks,) to one number."""
        if self.log_variances is None:
            return losses.sum()
        return (torch.exp(-self.log_variances) * losses + self.log_variances / 2).sum()
