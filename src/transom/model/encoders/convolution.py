"""The encoder `convolution`: each element sees its neighbours, a layer at a time."""

from torch import Tensor, nn
from torch.nn.functional import gelu, pad

from transom.model.settings import Convolution


class ConvolutionNetwork(nn.Module):
    """Residual convolutions; padding is zero before each, so that it is no different from the end of a sequence."""

    def __init__(self, settings: Convolution) -> None:
        super().__init__()
        self.width = settings.width
        self.layers = nn.ModuleList(
            nn.Conv1d(settings.size, settings.size, settings.width) for _ in range(settings.layers)
        )
        self.norms = nn.ModuleList(nn.LayerNorm(settings.size) for _ in range(settings.layers))
        self.dropout = nn.Dropout(settings.dropout)

    def forward(self, elements: Tensor, mask: Tensor) -> Tensor:
        """(n_examples, n_elements, size) and its mask to the same shape."""
        is_there = mask.unsqueeze(-1)
        elements = self.dropout(elements)
        for layer, norm in zip(self.layers, self.norms, strict=True):
            before = (norm(elements) * is_there).transpose(1, 2)
            around = pad(before, ((self.width - 1) // 2, self.width // 2))
            elements = elements + self.dropout(gelu(layer(around).transpose(1, 2)))
        result: Tensor = elements * is_there
        return result


def build(settings: Convolution) -> nn.Module:
    """The network of these settings."""
    return ConvolutionNetwork(settings)
