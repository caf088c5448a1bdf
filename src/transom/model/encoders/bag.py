"""The encoder `bag`: what its embeddings sum up to, and nothing more."""

from torch import Tensor, nn

from transom.model.settings import Bag


class BagNetwork(nn.Module):
    """Leaves out numbers at random in training; the sum of n-gram embeddings needs no layer on top."""

    def __init__(self, settings: Bag) -> None:
        super().__init__()
        self.dropout = nn.Dropout(settings.dropout)

    def forward(self, vectors: Tensor, mask: Tensor | None) -> Tensor:  # noqa: ARG002 encoders are called alike
        """(…, size) to (…, size)."""
        result: Tensor = self.dropout(vectors)
        return result


def build(settings: Bag) -> nn.Module:
    """The network of these settings."""
    return BagNetwork(settings)
