"""The encoders `lstm` and `gru`: memories that read a sequence forwards and backwards."""

import torch
from torch import Tensor, nn

from transom.model.settings import Gru, Lstm


class RecurrentNetwork(nn.Module):
    """Layers of two memories each; the backward one reads every sequence from its own end, not from its padding."""

    def __init__(self, memory: type[nn.LSTM] | type[nn.GRU], settings: Lstm | Gru) -> None:
        super().__init__()
        half = settings.size // 2
        self.forwards, self.backwards = (
            nn.ModuleList(memory(settings.size, half, batch_first=True) for _ in range(settings.layers))
            for _ in range(2)
        )
        self.dropout = nn.Dropout(settings.dropout)

    def forward(self, elements: Tensor, mask: Tensor) -> Tensor:
        """(n_examples, n_elements, size) and its mask to the same shape."""
        places = torch.arange(mask.shape[1], device=mask.device).expand_as(mask)
        mirror = _mirror(places, mask)
        for forwards, backwards in zip(self.forwards, self.backwards, strict=True):
            elements = self.dropout(elements)
            ahead, _ = forwards(elements)
            back, _ = backwards(_rearranged(elements, mirror))
            # once traced, a memory claims to give as many elements as in the trace; what is gathered has its own number
            elements = torch.cat([_rearranged(ahead, places), _rearranged(back, mirror)], -1)
        return elements * mask.unsqueeze(-1)


def build_lstm(settings: Lstm) -> nn.Module:
    """The network of these settings."""
    return RecurrentNetwork(nn.LSTM, settings)


def build_gru(settings: Gru) -> nn.Module:
    """The network of these settings."""
    return RecurrentNetwork(nn.GRU, settings)


def _mirror(places: Tensor, mask: Tensor) -> Tensor:
    """For each place of a sequence the one as far from its end; padding stays where it is."""
    return torch.where(mask, mask.sum(1, keepdim=True) - 1 - places, places)


def _rearranged(elements: Tensor, places: Tensor) -> Tensor:
    return elements.gather(1, places.unsqueeze(-1).expand(-1, -1, elements.shape[2]))
