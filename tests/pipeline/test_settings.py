"""model.yaml: what it becomes, and what is said of every way to get it wrong."""

from dataclasses import fields

import pytest

from transom.errors import listed
from transom.model.settings import Lstm, PayloadSettings, Transformer
from transom.pipeline.search_settings import Search
from transom.pipeline.settings import Extension, ModelSettings, read_model_settings
from transom.schema.document import in_order, parse_document, read_document
from transom.schema.load import load_schema
from transom.training.config import TrainingConfig


def read(formats, text):
    schema = load_schema(formats / "schema.yaml")
    settings, problems = read_model_settings(parse_document(text, "model.yaml").root, schema)
    return settings, [str(problem) for problem in in_order(problems)]


def test_the_settings_of_the_formats_page_are_read(formats):
    schema = load_schema(formats / "schema.yaml")
    settings, problems = read_model_settings(read_document(formats / "model.yaml").root, schema)
    assert problems == []
    assert settings.extend == Extension("query", "static", "auto")
    assert settings.payloads == {
        "tokens": PayloadSettings(Lstm(size=128)),
        "query": PayloadSettings(aggregate="attention"),
    }
    assert settings.training == TrainingConfig(batch_size=64)
    assert settings.search == Search(
        "120s", "intent.macro_f1", {"tokens.encoder": ("bag", "convolution", "lstm", "transformer")}
    )


def test_an_empty_file_leaves_every_default(formats):
    settings, problems = read(formats, "")
    assert problems == []
    assert {each.name for each in settings.label_models.values()} == {"auto"}
    assert settings == ModelSettings(label_models=settings.label_models)


def test_empty_sections_are_as_good_as_absent_ones(formats):
    assert read(formats, "payloads:\ntraining:\nsearch:\nvariants:\n") == read(formats, "")


def test_a_variant_holds_all_payloads_with_its_own_changes(formats):
    settings, _ = read(
        formats,
        "payloads: {tokens: {encoder: lstm, size: 128, aggregate: max}, query: {aggregate: attention}}\n"
        "variants: {small: {tokens: {size: 8}}, large: {tokens: {encoder: transformer}}}\n",
    )
    assert settings.variants == {
        "small": {
            "tokens": PayloadSettings(Lstm(size=8), "max"),
            "query": PayloadSettings(aggregate="attention"),
        },
        "large": {
            "tokens": PayloadSettings(Transformer(), "max"),
            "query": PayloadSettings(aggregate="attention"),
        },
    }


def test_the_prefix_of_a_group_keeps_it_in_one_split(formats):
    assert read(formats, "split: {by: 'article:'}")[0].split_by == "article:"


BROKEN = [
    (
        "label_modle: em",
        "model.yaml:1:1 T005 'label_modle' is not a key of model.yaml. Keys: label_model, split, extend, payloads, "
        "training, search, variants, decisions, use_gold, use_dev. Did you mean label_model?",
    ),
    ("[a]", "model.yaml:1:1 T007 model.yaml must be a mapping, not a list."),
    ("use_gold: maybe", "model.yaml:1:11 T007 use_gold must be true, false or auto, not 'maybe'."),
    ("use_dev: 1", "model.yaml:1:10 T007 use_dev must be true or false, not 1."),
    ("split: video", "model.yaml:1:8 T007 Split must be a mapping, not 'video'."),
    ("split: {by: ''}", "model.yaml:1:13 T007 by must be text that is not empty, not ''."),
    (
        "extend: {payload: qury}",
        "model.yaml:1:19 T008 'qury' is not a payload. Payloads: query, tokens, entities, person. Did you mean query?",
    ),
    ("extend: {embedding: static}", "model.yaml:1:1 T006 Extend needs the key 'payload': text."),
    (
        "extend: {payload: query, threshold: 3}",
        "model.yaml:1:37 T007 threshold must be a number of at least -1 and at most 1 or auto, not 3.",
    ),
    (
        "training: {epochs: fifteen}",
        "model.yaml:1:20 T007 epochs must be a whole number of at least 1 or auto, not 'fifteen'.",
    ),
    (
        "training: {learning_rate: -1e-3}",
        "model.yaml:1:27 T007 learning_rate must be a number of more than 0 or auto, not -1e-3.",
    ),
    ("training: {device: gpu}", "model.yaml:1:20 T007 device must be auto, cpu, cuda or cuda:N, not 'gpu'."),
    (
        "training: {sead: 3}",
        "model.yaml:1:12 T005 'sead' is not a key of training. "
        f"Keys: {listed([each.name for each in fields(TrainingConfig)], 20)}. Did you mean seed?",
    ),
    ("payloads: [tokens]", "model.yaml:1:11 T007 The section 'payloads' must be a mapping, not a list."),
    ("variants: {small: 3}", "model.yaml:1:19 T007 Variant 'small' must be a mapping, not 3."),
]


@pytest.mark.parametrize(("text", "message"), BROKEN)
def test_one_mistake_is_one_problem_with_its_place_and_its_remedy(formats, text, message):
    assert read(formats, text)[1] == [message]


def test_a_problem_of_a_payload_is_not_repeated_by_every_variant(formats):
    text = "payloads: {tokens: {encoder: lstm, size: 0}}\nvariants: {a: {query: {}}, b: {tokens: {layers: 2}}}"
    assert read(formats, text)[1] == [
        "model.yaml:1:42 T007 size must be a whole number of at least 2 and at most 4096, a multiple of 2, not 0."
    ]
