"""The networks of the blocks that every model is made of; encoders have their own folder."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout, embedding_bag, gelu, pad

from transom.model.batch import PayloadBatch
from transom.model.settings import Aggregate

EMBEDDING_SPREAD = 0.1
"""Standard deviation of embeddings before training; ten times it costs accuracy on every text project measured."""

HIDDEN = -1e9
"""The score of what is not there: exactly zero after a softmax, and no NaN where nothing is there."""


SAME_WORDS_DROPOUT = 0.3
"""Share of what the same words tell that is left out in training, as in the encoder `convolution`."""


class FirstLayer(nn.Module):
    """Sums of embeddings as the first layer of a network gives them: with a bias, and as spread as layers expect.

    Small sums without a bias would be next to linear in all that follows, and classes that take turns not told apart.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.randn(size) * EMBEDDING_SPREAD)

    def forward(self, rows: Tensor) -> Tensor:
        """(n_rows, size) to the same."""
        return (rows + self.bias) / EMBEDDING_SPREAD


class EmbeddingSum(nn.Module):
    """Each element as the weighted sum of its features' embeddings, or what a layer makes of that; padding is zero."""

    def __init__(self, n_features: int, size: int, feature_dropout: float, layer: FirstLayer | None = None) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.randn(n_features, size) * EMBEDDING_SPREAD)
        self.feature_dropout = feature_dropout
        self.layer = layer

    def forward(self, payload: PayloadBatch) -> Tensor:
        """(n_examples, size), or (n_examples, n_elements, size)."""
        weights = dropout(payload.weights, self.feature_dropout, self.training)
        rows = embedding_bag(
            payload.ids,
            self.table,
            payload.offsets,
            mode="sum",
            per_sample_weights=weights,
            include_last_offset=True,
        )
        return self.placed(rows, payload)

    def placed(self, rows: Tensor, payload: PayloadBatch) -> Tensor:
        """The rows where the elements are that have them; zero elsewhere."""
        values = rows if self.layer is None else self.layer(rows)
        padding = values.new_zeros(1, values.shape[1])
        return torch.cat([values, padding])[payload.index]


class WideSum(nn.Module):
    """Scores that are linear in the features; zero until a linear model is added (see `transom.training.wide`)."""

    def __init__(self, n_features: Sequence[int], n_scores: int) -> None:
        super().__init__()
        self.sums = nn.ModuleList(EmbeddingSum(n, n_scores, 0.0) for n in n_features)
        for weights in self.parameters():
            nn.init.zeros_(weights.requires_grad_(False))

    def forward(self, payloads: Sequence[PayloadBatch]) -> Tensor:
        """(n_examples, n_scores)."""
        return torch.stack([each(of) for each, of in zip(self.sums, payloads, strict=True)]).sum(0)


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
    """All elements of an example as one vector; zero where it has none."""

    def __init__(self, size: int, aggregate: Aggregate) -> None:
        super().__init__()
        self.aggregate = aggregate
        self.score = nn.Linear(size, 1, bias=False) if aggregate == "attention" else None

    def forward(self, elements: Tensor, mask: Tensor) -> Tensor:
        """(n_examples, n_elements, size) and its mask to (n_examples, size), twice that for `both`."""
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
        sums = pad(sequence.cumsum(1), (0, 0, 1, 0))
        bounds = ranges.clamp(0, sequence.shape[1])
        start, end = (sums.gather(1, bounds[..., side, None].expand(-1, -1, sequence.shape[2])) for side in (0, 1))
        return (end - start) / (bounds[..., 1] - bounds[..., 0]).clamp(min=1).unsqueeze(-1)


class Mixed(nn.Module):
    """Several inputs as one vector: what each adds, how the first goes with the others, and a hidden layer on top.

    Sums do not tell whether a member is what its context asks for; products of their directions do.
    Source: Kim et al. (2017), Hadamard Product for Low-rank Bilinear Pooling, arXiv 1610.04325, section 3.
    """

    def __init__(self, sizes: tuple[int, ...], size: int) -> None:
        super().__init__()
        self.linear = nn.Linear(sum(sizes), size)
        self.first = nn.Linear(sizes[0], size)
        self.others = nn.Linear(sum(sizes[1:]), size)
        self.hidden = nn.Linear(size, size)

    def forward(self, inputs: list[Tensor], n_elements: int | torch.SymInt | None) -> Tensor:
        """Inputs of whole examples stand beside each of `n_elements`."""
        if n_elements is not None:
            inputs = [each if each.dim() == 3 else each.unsqueeze(1).expand(-1, n_elements, -1) for each in inputs]
        product = self.first(inputs[0]) * self.others(torch.cat(inputs[1:], -1))
        mixed = self.linear(torch.cat(inputs, -1)) + product
        result: Tensor = mixed + self.hidden(gelu(mixed))
        return result
