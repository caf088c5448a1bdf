"""Settings of the network that `model.yaml` may choose: an encoder for each payload, with its options.

An encoder is a frozen dataclass registered as an entry point (`transom.encoders`); the network that it stands for is
registered under the same name in `transom.encoder_networks`, so that reading settings never loads torch. The metadata
of a field holds its limits in the words of JSON Schema.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

from transom.data.pretrained import DEFAULT

Aggregate = Literal["mean", "max", "both", "attention"]
Tune = Literal["frozen", "top", "all", "adapters"]
Auto = Literal["auto"]
Reads = Literal["text", "token", "number", "category", "vector", "record"]

_SIZE: Mapping[str, Any] = {"minimum": 1, "maximum": 4096}
_SHARE: Mapping[str, Any] = {"minimum": 0.0, "exclusiveMaximum": 1.0}


@runtime_checkable
class Encoder(Protocol):
    """Settings of an encoder: `reads` names the kinds of payload value that it can turn into vectors of `size` numbers.

    `feature_dropout` is the share of features (words, n-grams, bins) left out at random of each training example; auto
    is what suits the payload. With `wide` a linear model of the features has a say beside the network, where a task
    labels examples, sees nothing but texts, tokens and values that are all read so, and has at most 256 classes.
    `version` goes up where a network with the same settings and weights would answer otherwise: a stored model says
    which one it was trained with.
    """

    reads: ClassVar[tuple[Reads, ...]]
    version: ClassVar[int]

    @property
    def size(self) -> int:
        """Length of the vectors."""
        ...

    @property
    def feature_dropout(self) -> float | Auto:
        """Share of features left out."""
        ...

    @property
    def wide(self) -> bool:
        """Whether a linear model may stand beside."""
        ...


@dataclass(frozen=True)
class Bag:
    """The sum of the embeddings of word and character n-grams: order counts only within them; the default for text.

    `word_ngrams` and `character_ngrams` are the longest n-grams, 0 for none of characters.
    """

    reads: ClassVar[tuple[Reads, ...]] = ("text", "token")
    version: ClassVar[int] = 1

    size: int = field(default=64, metadata=_SIZE)
    word_ngrams: int = field(default=2, metadata={"minimum": 1, "maximum": 5})
    character_ngrams: int = field(default=5, metadata={"minimum": 0, "maximum": 8})
    dropout: float = field(default=0.5, metadata=_SHARE)
    feature_dropout: float = field(default=0.3, metadata=_SHARE)
    wide: bool = True


@dataclass(frozen=True)
class Convolution:
    """Stacked convolutions over word embeddings: each element sees `width` neighbours a layer.

    `feature_dropout`: auto is half of what is known of a word, and none of numbers and vectors.
    """

    reads: ClassVar[tuple[Reads, ...]] = ("text", "token", "number", "vector")
    version: ClassVar[int] = 1

    size: int = field(default=128, metadata=_SIZE)
    layers: int = field(default=3, metadata={"minimum": 1, "maximum": 12})
    width: int = field(default=5, metadata={"minimum": 1, "maximum": 15})
    dropout: float = field(default=0.3, metadata=_SHARE)
    feature_dropout: float | Auto = field(default="auto", metadata=_SHARE)
    wide: bool = True


@dataclass(frozen=True)
class Lstm:
    """A long short-term memory read in both directions, each with half of `size`.

    `feature_dropout`: auto is a tenth of what is known of a word, and none of numbers and vectors.
    """

    reads: ClassVar[tuple[Reads, ...]] = ("text", "token", "number", "vector")
    version: ClassVar[int] = 1

    size: int = field(default=64, metadata={"minimum": 2, "maximum": 4096, "multipleOf": 2})
    layers: int = field(default=1, metadata={"minimum": 1, "maximum": 8})
    dropout: float = field(default=0.2, metadata=_SHARE)
    feature_dropout: float | Auto = field(default="auto", metadata=_SHARE)
    wide: bool = True


@dataclass(frozen=True)
class Gru:
    """Gated recurrent units read in both directions: lighter than `lstm`; `feature_dropout` auto is as there."""

    reads: ClassVar[tuple[Reads, ...]] = ("text", "token", "number", "vector")
    version: ClassVar[int] = 1

    size: int = field(default=64, metadata={"minimum": 2, "maximum": 4096, "multipleOf": 2})
    layers: int = field(default=1, metadata={"minimum": 1, "maximum": 8})
    dropout: float = field(default=0.2, metadata=_SHARE)
    feature_dropout: float | Auto = field(default="auto", metadata=_SHARE)
    wide: bool = True


@dataclass(frozen=True)
class Transformer:
    """Self-attention over word embeddings, small and trained from scratch; `size` is shared out among `heads`.

    `feature_dropout`: auto is a tenth of what is known of a word, and none of numbers and vectors.
    """

    reads: ClassVar[tuple[Reads, ...]] = ("text", "token", "number", "vector")
    version: ClassVar[int] = 1

    size: int = field(default=64, metadata=_SIZE)
    layers: int = field(default=2, metadata={"minimum": 1, "maximum": 12})
    heads: int = field(default=4, metadata={"minimum": 1, "maximum": 64})
    dropout: float = field(default=0.1, metadata=_SHARE)
    feature_dropout: float | Auto = field(default="auto", metadata=_SHARE)
    wide: bool = True

    def __post_init__(self) -> None:
        if self.size % self.heads:
            raise ValueError(f"size ({self.size}) must be a multiple of heads ({self.heads}).")


@dataclass(frozen=True)
class Dense:
    """Fully connected layers beside a direct path, over numbers, categories and vectors; the default for records.

    Numbers are cut into about `bins` bins: equally full, but frequent values have their own.
    """

    reads: ClassVar[tuple[Reads, ...]] = ("number", "category", "vector", "record")
    version: ClassVar[int] = 1

    size: int = field(default=64, metadata=_SIZE)
    layers: int = field(default=1, metadata={"minimum": 0, "maximum": 12})
    bins: int = field(default=32, metadata={"minimum": 1, "maximum": 256})
    dropout: float = field(default=0.3, metadata=_SHARE)
    feature_dropout: float = field(default=0.0, metadata=_SHARE)
    wide: bool = True


@dataclass(frozen=True)
class Pretrained:
    """A published transformer, by default one for sentences that comes with the extra `text`.

    `model` is a folder or a name on the Hugging Face hub. At most `max_length` pieces of words of a text are read, auto
    128, or as many as the model has places for where those are fewer.
    `tune`: with `frozen` nothing of it is trained, and every text is read once; `top` trains its last `layers`, `all`
    everything; `adapters` adds to the linear layers of the last `layers` what a product of two matrices of `rank` can.
    `learning_rate` is that of the transformer, auto what suits `tune`. A linear model (`wide`) reads n-grams instead.
    """

    reads: ClassVar[tuple[Reads, ...]] = ("text", "token")
    version: ClassVar[int] = 1

    model: str = field(default=DEFAULT, metadata={"minLength": 1})
    size: int = field(default=128, metadata=_SIZE)
    tune: Tune = "frozen"
    layers: int = field(default=2, metadata={"minimum": 1, "maximum": 96})
    rank: int = field(default=8, metadata={"minimum": 1, "maximum": 256})
    max_length: int | Literal["auto"] = field(default="auto", metadata={"minimum": 8, "maximum": 8192})
    learning_rate: float | Literal["auto"] = field(default="auto", metadata={"exclusiveMinimum": 0.0})
    dropout: float = field(default=0.2, metadata=_SHARE)
    feature_dropout: float = field(default=0.0, metadata=_SHARE)
    wide: bool = True


@dataclass(frozen=True)
class Trees:
    """Boosted trees by LightGBM, for numbers, categories, vectors and records; they learn beside the network.

    At most `trees` are grown (for each class), one after the other, until dev is better off without more; each has at
    most `leaves`, of `examples_per_leaf` or more. `feature_share` is the share of the columns that a tree may look at,
    `l2` the penalty on the squared values of leaves.
    """

    reads: ClassVar[tuple[Reads, ...]] = ("number", "category", "vector", "record")

    trees: int = field(default=1_000, metadata={"minimum": 1, "maximum": 100_000})
    leaves: int = field(default=31, metadata={"minimum": 2, "maximum": 4096})
    examples_per_leaf: int = field(default=20, metadata={"minimum": 1})
    learning_rate: float = field(default=0.05, metadata={"exclusiveMinimum": 0.0, "maximum": 1.0})
    feature_share: float = field(default=1.0, metadata={"exclusiveMinimum": 0.0, "maximum": 1.0})
    l2: float = field(default=0.0, metadata={"minimum": 0.0})
    threads: int = field(default=1, metadata={"minimum": 1, "maximum": 256})


@dataclass(frozen=True)
class PayloadSettings:
    """How one payload is encoded, and how its elements become one vector; None = what suits the payload.

    `aggregate` is used where a head sees the whole of a sequence or set.
    """

    encoder: Encoder | Trees | None = None
    aggregate: Aggregate | None = None
