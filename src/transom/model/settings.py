"""Settings of the network that `model.yaml` may choose: an encoder for each payload, with its options.

An encoder is a frozen dataclass registered as an entry point (`transom.encoders`); the network that it stands for is
registered under the same name in `transom.encoder_networks`, so that reading settings never loads torch. The metadata
of a field holds its limits in the words of JSON Schema.
"""

from dataclasses import dataclass, field
from typing import ClassVar, Literal, Protocol

Aggregate = Literal["mean", "max", "both", "attention"]
Reads = Literal["text", "token", "number", "category", "vector", "record"]


class Encoder(Protocol):
    """Settings of an encoder: `reads` names the kinds of payload value that it can turn into vectors."""

    reads: ClassVar[tuple[Reads, ...]]
    size: int


@dataclass(frozen=True)
class Bag:
    """Word and character n-grams, each with a linear weight and an embedding; the default for text.

    Order counts only within an n-gram. `character_ngrams` is the longest n-gram of characters, 0 for none.
    """

    reads: ClassVar[tuple[Reads, ...]] = ("text", "token")

    size: int = field(default=64, metadata={"minimum": 1, "maximum": 4096})
    word_ngrams: int = field(default=2, metadata={"minimum": 1, "maximum": 5})
    character_ngrams: int = field(default=5, metadata={"minimum": 0, "maximum": 8})
    dropout: float = field(default=0.2, metadata={"minimum": 0.0, "exclusiveMaximum": 1.0})


@dataclass(frozen=True)
class Convolution:
    """Stacked convolutions over word embeddings: each token sees `width` neighbours a layer."""

    reads: ClassVar[tuple[Reads, ...]] = ("text", "token", "number", "vector")

    size: int = field(default=64, metadata={"minimum": 1, "maximum": 4096})
    layers: int = field(default=2, metadata={"minimum": 1, "maximum": 12})
    width: int = field(default=3, metadata={"minimum": 1, "maximum": 15})
    dropout: float = field(default=0.2, metadata={"minimum": 0.0, "exclusiveMaximum": 1.0})


@dataclass(frozen=True)
class Lstm:
    """A long short-term memory read in both directions."""

    reads: ClassVar[tuple[Reads, ...]] = ("text", "token", "number", "vector")

    size: int = field(default=64, metadata={"minimum": 2, "maximum": 4096, "multipleOf": 2})
    layers: int = field(default=1, metadata={"minimum": 1, "maximum": 8})
    dropout: float = field(default=0.2, metadata={"minimum": 0.0, "exclusiveMaximum": 1.0})


@dataclass(frozen=True)
class Gru:
    """Gated recurrent units read in both directions: lighter than `lstm`."""

    reads: ClassVar[tuple[Reads, ...]] = ("text", "token", "number", "vector")

    size: int = field(default=64, metadata={"minimum": 2, "maximum": 4096, "multipleOf": 2})
    layers: int = field(default=1, metadata={"minimum": 1, "maximum": 8})
    dropout: float = field(default=0.2, metadata={"minimum": 0.0, "exclusiveMaximum": 1.0})


@dataclass(frozen=True)
class Transformer:
    """Self-attention over word embeddings, small and trained from scratch; `size` is shared out among `heads`."""

    reads: ClassVar[tuple[Reads, ...]] = ("text", "token", "number", "vector")

    size: int = field(default=64, metadata={"minimum": 1, "maximum": 4096})
    layers: int = field(default=2, metadata={"minimum": 1, "maximum": 12})
    heads: int = field(default=4, metadata={"minimum": 1, "maximum": 64})
    dropout: float = field(default=0.1, metadata={"minimum": 0.0, "exclusiveMaximum": 1.0})


@dataclass(frozen=True)
class Dense:
    """A linear path beside fully connected layers over numbers and categories; the default for records."""

    reads: ClassVar[tuple[Reads, ...]] = ("number", "category", "vector", "record")

    size: int = field(default=64, metadata={"minimum": 1, "maximum": 4096})
    layers: int = field(default=2, metadata={"minimum": 0, "maximum": 12})
    bins: int = field(default=32, metadata={"minimum": 1, "maximum": 256})
    dropout: float = field(default=0.1, metadata={"minimum": 0.0, "exclusiveMaximum": 1.0})


@dataclass(frozen=True)
class PayloadSettings:
    """How one payload is encoded, and how its elements become one vector.

    `encoder` is one of the settings above, or None for the one that suits the payload. `aggregate` is used where a
    head sees the whole of a sequence or set.
    """

    encoder: Encoder | None = None
    aggregate: Aggregate | None = None
