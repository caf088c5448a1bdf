"""Encoders and aggregates of payloads."""

from dataclasses import fields

import pytest

from transom.model.readings import encoders_for
from transom.model.settings import Bag, Dense, Gru, PayloadSettings
from transom.pipeline.payload_settings import read_payload_settings, read_variants
from transom.schema.document import parse_document
from transom.schema.payloads import Field, MemberSet, Sequence, Singleton
from transom.schema.schema import Schema

SCHEMA = Schema(
    (
        Singleton("query", "text"),
        Sequence("tokens", "token"),
        Singleton("person", "record", fields=(Field("age", "number"),)),
        MemberSet("entities"),
    )
)


def read(text):
    settings, problems = read_payload_settings(parse_document(text, "model.yaml").root.entries, SCHEMA)
    return settings, [str(problem) for problem in problems]


def test_the_keys_of_an_encoder_stand_beside_its_name():
    assert read("tokens: {encoder: bag, size: 16, aggregate: max}\nperson: {encoder: dense}") == (
        {"tokens": PayloadSettings(Bag(size=16), "max"), "person": PayloadSettings(Dense())},
        [],
    )


def test_an_encoder_is_for_the_values_that_it_reads():
    assert "bag" in encoders_for(SCHEMA.payload("query"))
    assert "bag" not in encoders_for(SCHEMA.payload("person"))
    assert encoders_for(SCHEMA.payload("person")) == ("dense", "trees")
    assert encoders_for(SCHEMA.payload("entities")) == ("dense",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "tokns: {encoder: bag}",
            "model.yaml:1:1 T008 'tokns' is not a payload. "
            "Payloads: query, tokens, person, entities. Did you mean tokens?",
        ),
        ("tokens: bag", "model.yaml:1:9 T007 Payload 'tokens' must be a mapping, not 'bag'."),
        (
            "tokens: {encoder: bags}",
            "model.yaml:1:19 T010 'bags' is not a known encoder. "
            "Known: bag, convolution, dense, gru, lstm, pretrained, transformer, trees. Did you mean bag?",
        ),
        ("tokens: {encoder: 3}", "model.yaml:1:19 T007 encoder must be text, not 3. Put it in quotes: '3'."),
        (
            "tokens: {encoder: dense}",
            "model.yaml:1:19 T012 Encoder 'dense' cannot read token, which payload 'tokens' holds. "
            "Encoders for it: bag, convolution, gru, lstm, pretrained, transformer.",
        ),
        (
            "entities: {encoder: bag}",
            "model.yaml:1:21 T012 Encoder 'bag' cannot read record, which payload 'entities' holds. "
            "Encoders for it: dense.",
        ),
        (
            "entities: {encoder: trees}",
            "model.yaml:1:21 T012 Encoder 'trees' cannot read members of a set, which payload 'entities' holds. "
            "Encoders for it: dense.",
        ),
        (
            "tokens: {encoder: gru, layrs: 2}",
            "model.yaml:1:24 T005 'layrs' is not a key of encoder 'gru'. "
            f"Keys: encoder, aggregate, {', '.join(each.name for each in fields(Gru))}. Did you mean layers?",
        ),
        (
            "tokens: {size: 16}",
            "model.yaml:1:10 T006 'size' is a setting of an encoder. "
            "Add the key 'encoder': one of bag, convolution, dense, gru, lstm, pretrained, transformer, trees.",
        ),
        (
            "tokens: {agregate: max}",
            "model.yaml:1:10 T005 'agregate' is not a key of payload 'tokens'. "
            "Keys: encoder, aggregate. Did you mean aggregate?",
        ),
        (
            "tokens: {encoder: bag, aggregate: sum}",
            "model.yaml:1:35 T007 aggregate must be one of mean, max, both, attention, not 'sum'.",
        ),
    ],
)
def test_one_mistake_is_one_problem_with_its_place_and_its_remedy(text, message):
    assert read(text)[1] == [message]


def test_trees_are_refused_where_a_task_sees_nothing_that_they_read():
    note = Singleton("note", "record", fields=(Field("text", "text"),))
    nodes = parse_document("note: {encoder: trees}", "model.yaml").root.entries

    assert [str(problem) for problem in read_payload_settings(nodes, Schema((note,)))[1]] == [
        "model.yaml:1:17 T012 Encoder 'trees' reads numbers, categories and vectors, and a task on payload 'note' sees "
        "none. Encoders for it: dense."
    ]
    assert read_payload_settings(nodes, Schema((note, Singleton("height", "number"))))[1] == []


def test_a_variant_with_another_encoder_takes_over_nothing_of_the_old_one():
    payloads = parse_document("tokens: {encoder: bag, word_ngrams: 1, aggregate: max}", "f").root.entries
    variants = parse_document("large: {tokens: {encoder: lstm}}", "f").root.entries
    settings, problems = read_variants(variants, payloads, SCHEMA)
    assert problems == []
    assert settings["large"]["tokens"].aggregate == "max"
    assert not hasattr(settings["large"]["tokens"].encoder, "word_ngrams")
