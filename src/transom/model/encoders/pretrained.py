"""The encoder `pretrained`: what a published transformer makes of texts, and nothing more."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32
from torch import Tensor, nn

from transom.data.features.pieces import PieceReading, encode_texts, fit_pieces
from transom.data.pretrained import DEFAULT
from transom.model.settings import Pretrained
from transom.model.trunk import embed_rows, published_trunk

MAX_PIECES = 128
"""So many pieces of each text are read."""


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


def embed_texts(texts: Sequence[str], model: str = DEFAULT) -> Float32[np.ndarray, "n_texts size"]:
    """A vector of length 1 for each text, alike for texts of like meaning; the same text is embedded once.

    Raises:
        UsageError: there is no such model.
        MissingExtraError: the extra `text` is not installed.
    """
    spec = fit_pieces(PieceReading(model, MAX_PIECES))
    distinct, index = np.unique(np.array(texts, dtype=object), return_inverse=True)
    vectors = embed_rows(published_trunk(spec), encode_texts(spec, distinct.tolist()))
    return vectors[index]
