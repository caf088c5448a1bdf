"""How payloads are read: which encoders can read one, which suits it, and what is read of it for each."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from transom.data.features.categories import CategoryReading
from transom.data.features.columns import ColumnReading
from transom.data.features.numbers import NumberReading
from transom.data.features.payloads import PayloadReading
from transom.data.features.pieces import PieceReading
from transom.data.features.text import TextReading
from transom.data.features.values import RecordReading, ValueReading
from transom.data.features.vectors import VectorReading
from transom.data.features.words import WordReading
from transom.model.settings import Bag, Convolution, Dense, Encoder, Gru, Lstm, Pretrained, Transformer, Trees
from transom.registry import names, resolve
from transom.schema.payloads import Field, MemberSet, Payload, Sequence, Singleton

WORDS_OF_A_TEXT = 512
"""An encoder that reads a text word by word sees so many of them."""

PIECES_OF_A_TEXT = 128
"""A pretrained transformer sees so many pieces of words, unless settings say otherwise or it has fewer places."""

NGRAMS_OF_A_WORD = 6
"""The longest n-grams of characters of a token: a name that is new is known by its parts. With 4, bc5cdr has .008 less
F1 on dev (one seed), in the same time."""

NGRAMS_OF_A_FIELD = 4
"""The longest n-grams of characters of a text inside a record."""

BINS_OF_AN_ELEMENT = 16
"""Into so many bins the numbers of a sequence are cut."""

LEFT_OUT_OF_A_WORD: Mapping[type, float] = {Convolution: 0.5, Gru: 0.1, Lstm: 0.1, Transformer: 0.1}
"""Share of a word's features that are left out in training, unless settings say so: the others tell which it is."""


def default_encoder(payload: Payload) -> Encoder:
    """The encoder that suits a payload."""
    match payload:
        case Singleton(value="text"):
            return Bag()
        case Sequence():
            return Convolution()
        case _:
            return Dense()


def read_kind(payload: Payload) -> str:
    """The kind of value that an encoder of the payload must read."""
    return "record" if isinstance(payload, MemberSet) else payload.value


def encoders_for(payload: Payload) -> tuple[str, ...]:
    """The registered encoders that can read a payload."""
    return tuple(name for name in names("encoders") if not unread_by(resolve("encoders", name), payload))


def encoder_name(encoder: Encoder | Trees) -> str:
    """The name under which the class of an encoder's settings is registered."""
    return next(name for name in names("encoders") if resolve("encoders", name) is type(encoder))


def unread_by(encoder: object, payload: Payload) -> str | None:
    """What an encoder, by its class, cannot read of a payload; None where it can read it."""
    if read_kind(payload) not in getattr(encoder, "reads", ()):
        return read_kind(payload)
    if encoder is Trees and not isinstance(payload, Singleton):
        return "members of a set" if isinstance(payload, MemberSet) else "elements of a sequence"
    return None


def feature_dropout_for(encoder: Encoder, payload: Payload) -> float:
    """The share of a payload's features that is left out in training.

    Unless settings say so none of numbers and vectors: no other feature tells what is gone. Of a sum of independent
    numbers a network learns, with a share p left out, 1 - p at best.
    Source: Wager, Wang & Liang (2013), Dropout Training as Adaptive Regularization, arXiv 1307.1493, section 2.
    """
    if encoder.feature_dropout != "auto":
        return encoder.feature_dropout
    return 0.0 if read_kind(payload) in ("number", "vector") else LEFT_OUT_OF_A_WORD.get(type(encoder), 0.0)


def reading_of(payload: Payload, encoder: Encoder) -> PayloadReading:
    """How a payload is read for an encoder."""
    if isinstance(encoder, Pretrained):
        return _pieces_of(payload, encoder)
    bins = encoder.bins if isinstance(encoder, Dense) else BINS_OF_AN_ELEMENT
    match payload:
        case Singleton(name, value="text") if isinstance(encoder, Bag):
            return PayloadReading(name, "singleton", TextReading(encoder.word_ngrams, encoder.character_ngrams))
        case Singleton(name, value="text"):
            return PayloadReading(name, "text", WordReading(NGRAMS_OF_A_WORD), WORDS_OF_A_TEXT)
        case Singleton(name):
            return PayloadReading(name, "singleton", _value_reading(payload, bins))
        case Sequence(name):
            return PayloadReading(name, "sequence", _value_reading(payload, bins), payload.max_length)
        case MemberSet(name, fields):
            return PayloadReading(name, "set", _record_reading(fields, bins), payload.max_length)


def _pieces_of(payload: Payload, encoder: Pretrained) -> PayloadReading:
    """How a text, or a sequence of tokens, is read for a pretrained transformer."""
    most = PIECES_OF_A_TEXT if encoder.max_length == "auto" else encoder.max_length
    pieces = PieceReading(encoder.model, most)
    if isinstance(payload, Sequence):
        return PayloadReading(payload.name, "sequence", pieces, payload.max_length)
    return PayloadReading(payload.name, "singleton", pieces)


def as_one_bag(reading: PayloadReading) -> PayloadReading:
    """How a linear model reads a payload that a network reads so: words and pieces as n-grams of all of them."""
    if not isinstance(reading.value, PieceReading | WordReading):
        return reading
    bag = Bag()
    ngrams = TextReading(bag.word_ngrams, bag.character_ngrams)
    if reading.form == "sequence":
        return replace(reading, form="joined", value=ngrams, is_second=True)
    return PayloadReading(reading.name, "singleton", ngrams, is_second=True)


def _value_reading(payload: Singleton | Sequence, bins: int) -> ValueReading | WordReading:
    match payload.value:
        case "token":
            return WordReading(NGRAMS_OF_A_WORD)
        case "number":
            return NumberReading(bins)
        case "vector":
            return VectorReading(payload.name)
        case "category":
            return CategoryReading()
        case _:
            return _record_reading(payload.fields if isinstance(payload, Singleton) else (), bins)


def _record_reading(fields: tuple[Field, ...], bins: int) -> RecordReading:
    return RecordReading(tuple((field.name, _field_reading(field, bins)) for field in fields))


def _field_reading(field: Field, bins: int) -> TextReading | NumberReading | CategoryReading:
    match field.value:
        case "text":
            return TextReading(1, NGRAMS_OF_A_FIELD)
        case "number":
            return NumberReading(bins)
        case "category":
            return CategoryReading()


def columns_of(payload: Singleton) -> Iterator[ColumnReading]:
    """The columns that trees see of a payload; a text has none."""
    if payload.value == "record":
        for field in payload.fields:
            if field.value != "text":
                yield ColumnReading(payload.name, field.value, field.name)
    elif payload.value != "text":
        yield ColumnReading(payload.name, payload.value)
