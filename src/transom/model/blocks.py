"""The networks of what reads features, and of what makes one vector of several inputs."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout, embedding_bag, gelu

from transom.model.batch import PayloadBatch

EMBEDDING_SPREAD = 0.1
"""Standard deviation of embeddings before training; ten times it costs accuracy on every text project measured."""


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
