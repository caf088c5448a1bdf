"""The encoder `pretrained`: what a published transformer makes of texts, and nothing more."""

from torch import Tensor, nn

from transom.model.settings import Pretrained


class PretrainedNetwork(nn.Module):
    """Leaves out numbers at random in training; what was published needs no layer on top."""

    def __init__(self, settings: Pretrained) -> None:
        super().__init__()
        self.dropout = nn.Dropout(settings.dropout)

    def forward(self, vectors: Tensor, mask: Tensor | None) -> Tensor:  # noqa: ARG002 encoders are called alike
        """(…, size) to (…, size)."""
        result: Tensor = self.dropout(vectors)
        return result


def build(settings: Pretrained) -> nn.Module:
    """The network of these settings."""
    return PretrainedNetwork(settings)
