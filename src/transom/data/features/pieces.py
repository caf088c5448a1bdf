"""Texts and tokens as the pieces of words that a pretrained encoder reads; no torch, since serving runs this too."""

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any

import numpy as np
from jaxtyping import Int

from transom.data.features.bags import Bags, bags_of
from transom.data.positions import n_positions
from transom.data.pretrained import CONFIG, TOKENIZER, pretrained_folder
from transom.errors import MissingExtraError

NOWHERE = (0, 0)
"""The stretch of a token of which a network sees no piece."""


@dataclass(frozen=True)
class PieceReading:
    """A text is read as the pieces that the pretrained `model` was trained on, at most `max_pieces` of them."""

    model: str
    max_pieces: int


@dataclass(frozen=True)
class PieceSpec:
    """All that is needed of a pretrained encoder beside its weights, as the JSON texts that it was published with."""

    reading: PieceReading
    tokenizer: str
    config: str

    @property
    def n_features(self) -> int:
        """Number of pieces that there are."""
        return int(_tokenizer(self).get_vocab_size())

    @property
    def max_pieces(self) -> int:
        """The most pieces that are read of a text: as many as the reading has, if there are places for them."""
        places = n_positions(self.config)
        return self.reading.max_pieces if places is None else min(self.reading.max_pieces, places)


@dataclass(frozen=True)
class Pieces:
    """The pieces of some texts, in order, one row of `bags` a text, and what each token of a text is made of.

    `stretches` has for every token of every text the places [start, end) of its pieces in the row of its text.
    """

    bags: Bags
    stretches: Int[np.ndarray, "n_tokens 2"]


def fit_pieces(reading: PieceReading) -> PieceSpec:
    """What the model was published with; nothing is learned from data.

    Raises:
        UsageError: there is no such model.
        MissingExtraError: the extra `text` is not installed.
    """
    folder = pretrained_folder(reading.model)
    texts = [(folder / name).read_text(encoding="utf-8") for name in (TOKENIZER, CONFIG)]
    return PieceSpec(reading, *texts)


def encode_texts(spec: PieceSpec, texts: Sequence[str | None]) -> Bags:
    """One row a text, a missing one being empty; ids stand in the order of the text and all weigh 1."""
    return _bags(_tokenizer(spec).encode_batch_fast([text or "" for text in texts]))


def encode_tokens(spec: PieceSpec, texts: Sequence[Sequence[str]]) -> Pieces:
    """Texts that are split into tokens already; no piece crosses the border of a token."""
    encodings = _tokenizer(spec).encode_batch([list(tokens) for tokens in texts], is_pretokenized=True)
    stretches = [_stretches(each, len(tokens)) for each, tokens in zip(encodings, texts, strict=True)]
    return Pieces(_bags(encodings), np.array(list(chain.from_iterable(stretches)), np.int64).reshape(-1, 2))


def _bags(encodings: Sequence[Any]) -> Bags:
    lengths = np.fromiter((len(each.ids) for each in encodings), np.int64, len(encodings))
    ids = np.fromiter(chain.from_iterable(each.ids for each in encodings), np.int64, int(lengths.sum()))
    return bags_of(np.repeat(np.arange(len(encodings)), lengths), ids, np.ones(len(ids)), len(encodings))


def _stretches(encoding: Any, n_tokens: int) -> list[tuple[int, int]]:
    return [encoding.word_to_tokens(token) or NOWHERE for token in range(n_tokens)]


@lru_cache(maxsize=4)
def _tokenizer(spec: PieceSpec) -> Any:
    """The tokenizer, which cuts what is too long and pads nothing."""
    try:
        tokenizers = importlib.import_module("tokenizers")
    except ModuleNotFoundError:
        raise MissingExtraError("tokenizers", "text", f"The pretrained encoder {spec.reading.model!r}") from None
    tokenizer = tokenizers.Tokenizer.from_str(spec.tokenizer)
    tokenizer.no_padding()
    tokenizer.enable_truncation(spec.max_pieces)
    return tokenizer
