"""One step: the weights move down the slope of a batch."""

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor, nn

from transom.errors import TrainingError
from transom.model.batch import batch_of
from transom.training.learner import Learner, Run
from transom.training.objective import task_losses
from transom.training.slices import Pass, slice_loss


class DivergedError(TrainingError):
    """The loss is no longer a number; `examples` are those of the batch."""

    def __init__(self, message: str, examples: tuple[int, ...]) -> None:
        self.examples = examples
        super().__init__("T124", message)


def step(run: Run, learner: Learner, chosen: Int[np.ndarray, " n_batch"], number: int, rate: float) -> float:
    """Moves the weights down the slope of a batch, at a learning rate; the loss before that.

    Raises:
        DivergedError: the loss is no longer a number.
    """
    batch = batch_of(run.features, chosen, learner.device)
    with torch.autocast(torch.device(learner.device).type, torch.bfloat16, enabled=_is_mixed(run, learner)):
        values = run.network.values(batch)
    losses = _losses(run, values, chosen, number)
    learner.optimizer.zero_grad()
    objective = learner.task_weights(losses) + _size_of_weights(run)
    if run.slices is not None:
        seen = Pass(run.network, run.features, chosen, batch, values)
        objective = objective + slice_loss(run.slices, run.goals, seen)
    objective.backward()
    nn.utils.clip_grad_norm_(run.network.parameters(), run.config.gradient_clip)
    learner.optimizer.step(rate)
    return float(losses.detach().sum())


@torch.no_grad()
def check_weights(run: Run, chosen: Int[np.ndarray, " n_batch"], number: int) -> None:
    """Looks whether the weights that were kept say something of a batch: a last step has no next one that would notice.

    Raises:
        DivergedError: the loss is no longer a number.
    """
    run.network.eval()
    device = str(next(run.network.parameters()).device)
    _losses(run, run.network.values(batch_of(run.features, chosen, device)), chosen, number)


def _losses(run: Run, values: dict[str, Tensor], chosen: Int[np.ndarray, " n_batch"], number: int) -> Tensor:
    """The loss of each task."""
    scores = {name: score.float() for name, score in run.network.scores(values).items()}
    losses = task_losses(run.goals, scores, run.features, chosen, most=run.config.loss_clip)
    if not torch.isfinite(losses).all():
        raise DivergedError(
            f"The loss of epoch {number} is {float(losses.detach().sum())}, from which nothing can be learned. "
            f"Set training.learning_rate below {run.schedule.learning_rate:g}.",
            tuple(chosen.tolist()),
        )
    return losses


def _is_mixed(run: Run, learner: Learner) -> bool:
    """Whether to compute in 16 bits where that does no harm; scores and losses have 32 in any case."""
    chosen = run.config.mixed_precision
    return learner.device.startswith("cuda") if chosen == "auto" else chosen


def _size_of_weights(run: Run) -> Tensor | float:
    """The penalty on absolute weights."""
    if not run.config.l1:
        return 0.0
    trained = [parameter for parameter in run.network.parameters() if parameter.requires_grad]
    return run.config.l1 * torch.stack([parameter.abs().sum() for parameter in trained]).sum()
