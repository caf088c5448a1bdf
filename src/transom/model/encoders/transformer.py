"""The encoder `transformer`: self-attention, every element looking at every other one.

Source: Vaswani et al. (2017), Attention Is All You Need; layer normalization comes first, as in Xiong et al. (2020),
arXiv 2002.04745, whose slopes are even from the first step on. `schedule` warms up all the same.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from transom.model.settings import Transformer


class AttentionLayer(nn.Module):
    """Self-attention, then two dense layers, each beside a direct path."""

    def __init__(self, settings: Transformer) -> None:
        super().__init__()
        self.n_heads = settings.heads
        self.before_attention = nn.LayerNorm(settings.size)
        self.before_dense = nn.LayerNorm(settings.size)
        self.query_key_value = nn.Linear(settings.size, 3 * settings.size)
        self.together = nn.Linear(settings.size, settings.size)
        self.dense = nn.Sequential(
            nn.Linear(settings.size, 4 * settings.size), nn.GELU(), nn.Linear(4 * settings.size, settings.size)
        )
        self.dropout = nn.Dropout(settings.dropout)

    def forward(self, elements: Tensor, looked_at: Tensor) -> Tensor:
        """(n_examples, n_elements, size); `looked_at` is (n_examples, 1, 1, n_elements)."""
        elements = elements + self.dropout(self.together(self._attended(self.before_attention(elements), looked_at)))
        result: Tensor = elements + self.dropout(self.dense(self.before_dense(elements)))
        return result

    def _attended(self, elements: Tensor, looked_at: Tensor) -> Tensor:
        n_examples, n_elements, size = elements.shape
        parts = self.query_key_value(elements).view(n_examples, n_elements, 3, self.n_heads, size // self.n_heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        attended = scaled_dot_product_attention(query, key, value, attn_mask=looked_at)
        return attended.transpose(1, 2).reshape(n_examples, n_elements, size)


class TransformerNetwork(nn.Module):
    """Layers of self-attention over elements that know their place."""

    def __init__(self, settings: Transformer) -> None:
        super().__init__()
        self.layers = nn.ModuleList(AttentionLayer(settings) for _ in range(settings.layers))
        self.norm = nn.LayerNorm(settings.size)
        self.dropout = nn.Dropout(settings.dropout)

    def forward(self, elements: Tensor, mask: Tensor) -> Tensor:
        """(n_examples, n_elements, size) and its mask to the same shape."""
        elements = self.dropout(elements + _places(elements))
        is_first = torch.arange(mask.shape[1], device=mask.device) == 0  # of no element at all something is looked at
        looked_at = (mask | is_first)[:, None, None, :]
        for layer in self.layers:
            elements = layer(elements, looked_at)
        result: Tensor = self.norm(elements) * mask.unsqueeze(-1)
        return result


def build(settings: Transformer) -> nn.Module:
    """The network of these settings."""
    return TransformerNetwork(settings)


def _places(elements: Tensor) -> Tensor:
    """Sines and cosines of each place, (n_elements, size)."""
    n_elements, size = elements.shape[1:]
    places = torch.arange(n_elements, device=elements.device).unsqueeze(1)
    pace = torch.exp(torch.arange(0, size, 2, device=elements.device) * (-math.log(10_000.0) / size))
    angles = places * pace
    waves = torch.stack([angles.sin(), angles.cos()], -1).flatten(1)
    return waves[:, :size] * 0.1  # as far apart as embeddings are
