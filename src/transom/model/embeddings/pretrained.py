"""An embedding by a published sentence encoder: texts are near if they mean the same, in whatever words."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from transom.data.embedding import Vectors
from transom.data.features.pieces import PieceReading, encode_texts, fit_pieces
from transom.data.pretrained import DEFAULT
from transom.model.trunk import embed_rows, published_trunk

_READING = PieceReading(DEFAULT, max_pieces=256)


@dataclass(frozen=True)
class Pretrained:
    """What the sentence encoder in the extra `text` (all-MiniLM-L6-v2) makes of the first 256 pieces of a text.

    It knows English, and words that mean the same; nothing is learned. Needs `pip install 'transom[text]'`.
    """

    def embed(self, texts: Sequence[str | None], train: Bool[np.ndarray, " n_texts"]) -> Vectors:  # noqa: ARG002
        """A vector of length 1 for each text; zero for None.

        Raises:
            MissingExtraError: the extra `text` is not installed.
        """
        spec = fit_pieces(_READING)
        vectors = embed_rows(published_trunk(spec), encode_texts(spec, texts))
        vectors[[text is None for text in texts]] = 0.0
        return vectors
