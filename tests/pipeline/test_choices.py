"""Choices make settings, and settings say which choices there are."""

import pytest

from transom.errors import TrainingError
from transom.model.compile import compile_graph
from transom.model.settings import Bag, Convolution, Lstm, PayloadSettings, Transformer
from transom.pipeline.choices import as_keys, search_space, with_choices
from transom.pipeline.search_settings import Search
from transom.pipeline.settings import ModelSettings
from transom.schema.payloads import Sequence, Singleton
from transom.schema.schema import Schema
from transom.schema.tasks import Multiclass
from transom.tuning.space import Parameter, Range

SCHEMA = Schema(
    payloads=(
        Sequence("tokens", "token", max_length=8),
        Singleton("query", "text", base=("tokens",)),
        Singleton("title", "text"),
    ),
    tasks=(Multiclass("intent", ("a", "b"), payload="query"),),
)
LSTM = ModelSettings(payloads={"tokens": PayloadSettings(Lstm(size=32, layers=2), "max")})


def test_what_the_project_names_is_varied_encoders_first():
    search = Search(choices={"tokens.layers": (1, 2), "tokens.encoder": ("lstm", "bag")})

    assert search_space(search, ModelSettings(), SCHEMA) == (
        Parameter("tokens.encoder", ("lstm", "bag")),
        Parameter("tokens.layers", (1, 2), {"tokens.encoder": ("lstm",)}),
    )


def test_an_aggregate_that_another_goes_before_is_not_varied():
    usual = [parameter.key for parameter in search_space(Search(), ModelSettings(), SCHEMA)]
    settings = ModelSettings(payloads={"query": PayloadSettings(aggregate="both")})

    assert "tokens.aggregate" in usual
    assert [parameter.key for parameter in search_space(Search(), settings, SCHEMA)] == [
        key for key in usual if key != "tokens.aggregate"
    ]


def test_a_setting_that_all_varied_encoders_have_always_means_something():
    search = Search(choices={"tokens.encoder": ("lstm", "bag"), "tokens.size": (32, 64)})

    assert search_space(search, ModelSettings(), SCHEMA)[1] == Parameter("tokens.size", (32, 64))


def test_a_setting_of_the_encoder_that_the_project_has_can_be_varied_alone():
    search = Search(choices={"tokens.layers": Range(1, 3)})

    assert search_space(search, LSTM, SCHEMA) == (Parameter("tokens.layers", Range(1, 3)),)


def test_a_setting_that_the_encoder_does_not_have_is_never_varied():
    (heads,) = search_space(Search(choices={"tokens.heads": (2, 4)}), LSTM, SCHEMA)

    assert not heads.applies({})


def test_without_choices_every_payload_that_is_encoded_and_the_learning_rate_are_varied():
    space = {each.key: each.options for each in search_space(Search(), ModelSettings(), SCHEMA)}

    assert list(space) == [
        "tokens.encoder",
        "title.encoder",
        "tokens.size",
        "tokens.aggregate",
        "title.size",
        "training.learning_rate",
    ]
    assert space["title.encoder"] == ("bag", "convolution", "lstm", "transformer")


def test_no_choice_leaves_the_settings_as_they_are():
    assert with_choices(LSTM, SCHEMA, {}) == LSTM


def test_a_setting_is_changed_and_its_encoder_keeps_the_others():
    changed = with_choices(LSTM, SCHEMA, {"tokens.size": 64, "training.learning_rate": 0.01})

    assert changed.payloads["tokens"] == PayloadSettings(Lstm(size=64, layers=2), "max")
    assert changed.training.learning_rate == 0.01


def test_an_encoder_that_is_chosen_anew_takes_over_nothing_but_the_aggregate():
    changed = with_choices(LSTM, SCHEMA, {"tokens.encoder": "convolution"})

    assert changed.payloads["tokens"] == PayloadSettings(Convolution(), "max")


def test_a_payload_without_settings_starts_from_what_suits_it():
    assert with_choices(ModelSettings(), SCHEMA, {"title.size": 32}).payloads["title"] == PayloadSettings(Bag(size=32))


def test_the_aggregate_of_a_text_with_a_base_is_varied_without_an_encoder():
    choices = {"query.aggregate": "attention"}
    changed = with_choices(ModelSettings(), SCHEMA, choices)

    assert changed.payloads == {"query": PayloadSettings(aggregate="attention")}
    assert compile_graph(SCHEMA, changed.payloads) != compile_graph(SCHEMA)
    assert as_keys(ModelSettings(), SCHEMA, choices) == {"payloads.query": {"aggregate": "attention"}}


def test_choices_that_exclude_each_other_cannot_be_trained():
    with pytest.raises(TrainingError) as raised:
        with_choices(ModelSettings(), SCHEMA, {"tokens.encoder": "transformer", "tokens.heads": 3, "tokens.size": 64})

    assert raised.value.problem.message == (
        "Payload 'tokens', encoder 'transformer': size (64) must be a multiple of heads (3)."
    )


def test_keys_say_an_encoder_with_all_it_needs_and_nothing_usual():
    keys = as_keys(LSTM, SCHEMA, {"tokens.layers": 3, "training.learning_rate": 0.002})

    assert keys == {
        "payloads.tokens": {"encoder": "lstm", "size": 32, "layers": 3, "aggregate": "max"},
        "training.learning_rate": 0.002,
    }


def test_keys_make_the_settings_that_the_choices_make():
    choices = {"tokens.encoder": "transformer", "tokens.heads": 2}

    assert as_keys(LSTM, SCHEMA, choices)["payloads.tokens"] == {
        "encoder": "transformer",
        "heads": 2,
        "aggregate": "max",
    }
    assert with_choices(LSTM, SCHEMA, choices).payloads["tokens"].encoder == Transformer(heads=2)
