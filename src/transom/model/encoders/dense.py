"""The encoder `dense`: fully connected layers beside a direct path, so that it is never less than a linear model."""

from torch import Tensor, nn
from torch.nn.functional import gelu

from transom.model.settings import Dense


class DenseNetwork(nn.Module):
    """Adds to each vector what the layers make of it."""

    def __init__(self, settings: Dense) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(settings.size, settings.size) for _ in range(settings.layers))
        self.dropout = nn.Dropout(settings.dropout)

    def forward(self, vectors: Tensor, mask: Tensor | None) -> Tensor:
        """(…, size) to (…, size); padding stays zero."""
        for layer in self.layers:
            vectors = vectors + layer(self.dropout(gelu(vectors)))
        return vectors if mask is None else vectors * mask.unsqueeze(-1)


def build(settings: Dense) -> nn.Module:
    """The network of these settings."""
    return DenseNetwork(settings)
