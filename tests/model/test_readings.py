"""Every payload has encoders that can read it, and is read as each of them needs it."""

import pytest

from transom.data.features.columns import ColumnReading
from transom.data.features.pieces import PieceReading
from transom.data.features.text import TextReading
from transom.data.features.words import WordReading
from transom.model.readings import (
    columns_of,
    default_encoder,
    encoders_for,
    feature_dropout_for,
    reading_of,
    unread_by,
)
from transom.model.settings import Bag, Convolution, Dense, Lstm, Pretrained, Trees
from transom.schema.payloads import Field, MemberSet, Sequence, Singleton

TEXT, TOKENS = Singleton("text", "text"), Sequence("tokens", "token", max_length=9)
PAYLOADS = (
    TEXT,
    TOKENS,
    Sequence("waves", "number"),
    Sequence("frames", "vector"),
    Singleton("place", "vector"),
    Singleton("age", "number"),
    Singleton("job", "category"),
    Singleton("person", "record", fields=(Field("age", "number"), Field("bio", "text"))),
    MemberSet("members", (Field("job", "category"),)),
)


@pytest.mark.parametrize(
    ("payload", "encoder"),
    [
        (TEXT, Bag()),
        (TOKENS, Convolution()),
        (Sequence("s", "number"), Convolution()),
        (Singleton("r", "record"), Dense()),
        (Singleton("v", "vector"), Dense()),
        (MemberSet("m"), Dense()),
    ],
)
def test_every_payload_has_an_encoder_that_reads_it(payload, encoder):
    assert default_encoder(payload) == encoder


@pytest.mark.parametrize(
    ("payload", "encoder", "share"),
    [
        (TOKENS, Convolution(), 0.5),
        (TEXT, Convolution(), 0.5),
        (Sequence("s", "number"), Convolution(), 0.0),
        (Sequence("s", "vector"), Convolution(), 0.0),
        (Sequence("s", "number"), Convolution(feature_dropout=0.2), 0.2),
        (TOKENS, Convolution(feature_dropout=0.0), 0.0),
        (TOKENS, Lstm(), 0.1),
        (Sequence("s", "number"), Lstm(), 0.0),
        (Singleton("v", "vector"), Dense(), 0.0),
    ],
)
def test_nothing_is_left_out_of_a_number_unless_settings_say_so(payload, encoder, share):
    assert feature_dropout_for(encoder, payload) == share


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: payload.name)
def test_the_encoder_that_suits_a_payload_is_one_that_can_read_it(payload):
    assert unread_by(type(default_encoder(payload)), payload) is None
    assert type(default_encoder(payload)).__name__.lower() in encoders_for(payload)


@pytest.mark.parametrize("payload", PAYLOADS[2:], ids=lambda payload: payload.name)
def test_what_is_no_text_cannot_be_read_as_one(payload):
    assert unread_by(Bag, payload) is not None
    assert "pretrained" not in encoders_for(payload)


def test_trees_read_whole_examples_only():
    assert "trees" in encoders_for(PAYLOADS[7])
    assert unread_by(Trees, PAYLOADS[8]) == "members of a set"
    assert unread_by(Trees, PAYLOADS[2]) == "elements of a sequence"


@pytest.mark.parametrize(
    ("encoder", "form", "reading"),
    [
        (Bag(word_ngrams=1), "singleton", TextReading(1, 5)),
        (Lstm(), "text", WordReading(6)),
        (Pretrained(model="m", max_length=20), "singleton", PieceReading("m", 20)),
        (Pretrained(model="m"), "singleton", PieceReading("m", 128)),
    ],
)
def test_a_text_is_read_as_the_encoder_needs_it(encoder, form, reading):
    found = reading_of(TEXT, encoder)
    assert (found.form, found.value) == (form, reading)


def test_of_a_sequence_a_model_reads_as_much_as_the_schema_says():
    assert reading_of(TOKENS, Lstm()).max_length == 9


def test_the_columns_of_a_record_are_its_fields_but_for_texts():
    assert list(columns_of(PAYLOADS[7])) == [ColumnReading("person", "number", "age")]
    assert list(columns_of(PAYLOADS[5])) == [ColumnReading("age", "number")]
    assert list(columns_of(TEXT)) == []
