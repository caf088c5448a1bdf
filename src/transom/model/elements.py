"""The networks of the blocks that read all elements of an example: tokens, or members of a set."""

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, pad

from transom.model.settings import Aggregate

HIDDEN = -1e9
"""The score of what is not there: exactly zero after a softmax, and no NaN where nothing is there."""

SAME_WORDS_DROPOUT = 0.3
"""Share of what the same words tell that is left out in training, as in the encoder `convolution`."""

STEPS_PER_DOUBLING, N_STEPS = 4, 40
"""How finely numbers of elements are told apart; those of 1,023 elements and more are alike."""


class SameWords(nn.Module):
    """Adds to each token what the tokens of its example that are the same word, itself among them, say together.

    Where one place says little of a word, another does: a name is called what it is once, and used from then on.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(size, elementwise_affine=False)  # the linear layer scales and shifts
        self.linear = nn.Linear(size, size)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)
        self.dropout = nn.Dropout(SAME_WORDS_DROPOUT)

    def forward(self, elements: Tensor, index: Tensor, mask: Tensor) -> Tensor:
        """(n_examples, n_tokens, size), which word each token is and the mask (n_examples, n_tokens) to the same."""
        is_same = ((index.unsqueeze(2) == index.unsqueeze(1)) & mask.unsqueeze(1)).to(elements.dtype)
        means = is_same @ self.norm(elements) / is_same.sum(2, keepdim=True).clamp(min=1)
        result: Tensor = elements + self.dropout(gelu(self.linear(means))) * mask.unsqueeze(-1)
        return result


def mean_of(elements: Tensor, mask: Tensor) -> Tensor:
    """(n_examples, n_elements, size) and its mask to the means, (n_examples, size); zero where nothing is there."""
    return (elements * mask.unsqueeze(-1)).sum(1) / mask.sum(1, keepdim=True).clamp(min=1)


def highest_of(elements: Tensor, mask: Tensor) -> Tensor:
    """(n_examples, n_elements, size) and its mask to the highest numbers, (n_examples, size); zero of nothing."""
    return elements.masked_fill(~mask.unsqueeze(-1), HIDDEN).amax(1) * mask.any(1, keepdim=True)


def steps_of(counts: Tensor) -> Tensor:
    """Counts as (n_examples, N_STEPS): how far each of the steps, `STEPS_PER_DOUBLING` to a doubling, is climbed."""
    height = torch.log2(1.0 + counts.unsqueeze(1)) * STEPS_PER_DOUBLING
    return (height - torch.arange(N_STEPS, device=counts.device)).clamp(0.0, 1.0)


class SetApart(nn.Module):
    """Adds to each member what sets it apart from the others: how far it is from their mean and from the highest.

    What a member is worth may depend on the others of its set: the second cheapest offer, the odd one out. Their
    summary beside it would tell sets apart, too, and of few sets a network would learn each by heart; how far a
    member is from the others says much less of which set it is in. Other members may come in any order.
    Source: Zaheer et al. (2017), Deep Sets, arXiv 1703.06114, Lemma 3 and what follows it.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(2 * size, size)
        self.linear = nn.Linear(size, size)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, elements: Tensor, mask: Tensor) -> Tensor:
        """(n_examples, n_members, size) and its mask to the same shape as the members."""
        apart = torch.cat([elements - each(elements, mask).unsqueeze(1) for each in (mean_of, highest_of)], -1)
        result: Tensor = elements + self.linear(gelu(self.hidden(apart))) * mask.unsqueeze(-1)
        return result


class Summarized(nn.Module):
    """All elements of an example as one vector, zero where it has none; with `counts` how many they are adds to it.

    A mean does not tell two elements from ten, nor a sum that it could be multiplied to. At first a count adds nothing.
    """

    def __init__(self, size: int, aggregate: Aggregate, *, counts: bool) -> None:
        super().__init__()
        self.aggregate = aggregate
        self.score = nn.Linear(size, 1, bias=False) if aggregate == "attention" else None
        self.count = nn.Linear(N_STEPS, 2 * size if aggregate == "both" else size, bias=False) if counts else None
        if self.count is not None:
            nn.init.zeros_(self.count.weight)

    def forward(self, elements: Tensor, mask: Tensor) -> Tensor:
        """(n_examples, n_elements, size) and its mask to (n_examples, size), twice that for `both`."""
        summary = self.aggregated(elements, mask)
        return summary if self.count is None else summary + self.count(steps_of(mask.sum(1)))

    def aggregated(self, elements: Tensor, mask: Tensor) -> Tensor:
        """What elements come to, whatever their number."""
        if self.score is not None:
            scores = self.score(elements).squeeze(-1).masked_fill(~mask, HIDDEN)
            shares = scores.softmax(1) * mask
            return torch.einsum("be,bes->bs", shares, elements)
        parts = []
        if self.aggregate in ("mean", "both"):
            parts.append(mean_of(elements, mask))
        if self.aggregate in ("max", "both"):
            parts.append(highest_of(elements, mask))
        return torch.cat(parts, -1)


class MeanOfRange(nn.Module):
    """For each member of a set the mean of the stretch of the sequence that it points at; zero where it has none."""

    def forward(self, sequence: Tensor, ranges: Tensor) -> Tensor:
        """(n_examples, n_tokens, size) and (n_examples, n_members, 2) to (n_examples, n_members, size)."""
        sums = pad(sequence.float().cumsum(1), (0, 0, 1, 0))  # with 16 bits late stretches are lost in what came before
        bounds = ranges.clamp(0, sequence.shape[1])
        start, end = (sums.gather(1, bounds[..., side, None].expand(-1, -1, sequence.shape[2])) for side in (0, 1))
        return (end - start) / (bounds[..., 1] - bounds[..., 0]).clamp(min=1).unsqueeze(-1)
