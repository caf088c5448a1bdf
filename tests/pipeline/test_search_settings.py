"""What a search may vary, and what it looks for."""

from dataclasses import fields

import pytest

from transom.errors import UsageError, listed
from transom.pipeline.search_settings import Search, read_search, seconds
from transom.schema.document import in_order, parse_document
from transom.schema.payloads import Field, Sequence, Singleton
from transom.schema.schema import Schema
from transom.schema.tasks import Multiclass, Regression
from transom.training.config import TrainingConfig
from transom.tuning.space import Range

SCHEMA = Schema(
    (Singleton("query", "text"), Sequence("tokens", "token")),
    (Multiclass("intent", ("a", "b.c"), "query"), Regression("intent.score", "query")),
)


def read(text):
    search, problems = read_search(parse_document(text, "model.yaml").root, SCHEMA)
    return search, [str(problem) for problem in in_order(problems)]


@pytest.mark.parametrize(("duration", "expected"), [("120s", 120.0), ("1.5h", 5400.0), ("10m", 600.0), ("250ms", 0.25)])
def test_a_duration_has_a_unit(duration, expected):
    assert seconds(duration) == expected


@pytest.mark.parametrize("duration", ["x", "", "10", "1,5h", "-3s", "3 s", "0s", "0.0h"])
def test_what_is_no_duration_is_said(duration):
    with pytest.raises(UsageError) as caught:
        seconds(duration)
    assert caught.value.problem.message == (
        f"{duration!r} is no duration above 0. Write a number with ms, s, m or h, such as 120s."
    )


def test_every_key_of_a_search_has_a_default():
    assert read("{}") == (Search(), [])
    assert read_search(None, SCHEMA) == (None, [])


@pytest.mark.parametrize("metric", ["intent.macro_f1", "intent.f1:b.c", "intent.score.mae"])
def test_a_metric_is_one_of_a_task(metric):
    assert read(f"metric: '{metric}'") == (Search(metric=metric), [])


def test_choices_are_of_payloads_and_of_training():
    text = (
        "choices: {tokens.encoder: [bag, lstm], tokens.layers: [1, 2], query.aggregate: [mean], "
        "training.epochs: [3, auto]}"
    )
    assert read(text)[1] == []
    assert read(text)[0].choices["training.epochs"] == (3, "auto")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("budget: 120", "model.yaml:1:9 T007 budget must be a duration above 0 such as 120s, 10m or 1.5h, not 120."),
        (
            "budget: soon",
            "model.yaml:1:9 T007 budget must be a duration above 0 such as 120s, 10m or 1.5h, not 'soon'.",
        ),
        ("budget: 0s", "model.yaml:1:9 T007 budget must be a duration above 0 such as 120s, 10m or 1.5h, not '0s'."),
        (
            "choices: {tokens: [bag, lstm]}",
            "model.yaml:1:11 T005 'tokens' names no setting to vary. Name one of it, such as tokens.encoder.",
        ),
        (
            "choices: {training: [1]}",
            "model.yaml:1:11 T005 'training' names no setting to vary. Name one of it, such as training.learning_rate.",
        ),
        (
            "metric: intent.macro_f2",
            "model.yaml:1:9 T016 'macro_f2' is not a metric of multiclass task 'intent'. Metrics: accuracy, "
            "accuracy_covered, macro_f1, f1:a, f1:b.c, roc_auc, coverage, ece. Did you mean macro_f1?",
        ),
        (
            "metric: itent.macro_f1",
            "model.yaml:1:9 T008 'itent' is not a task. Tasks: intent, intent.score. Did you mean intent?",
        ),
        ("choices: [bag]", "model.yaml:1:10 T007 The section 'choices' must be a mapping, not a list."),
        (
            "choices: {tokens.encoder: bag}",
            "model.yaml:1:27 T007 tokens.encoder must be a list of the values to try or {low: …, high: …}, not 'bag'.",
        ),
        (
            "choices: {tokens.encoder: [bag, cnn]}",
            "model.yaml:1:33 T010 'cnn' is not a known encoder. "
            "Known: bag, convolution, dense, gru, lstm, pretrained, transformer, trees.",
        ),
        (
            "choices: {tokens.encoder: [dense]}",
            "model.yaml:1:28 T012 Encoder 'dense' cannot read token, which payload 'tokens' holds. "
            "Encoders for it: bag, convolution, gru, lstm, pretrained, transformer.",
        ),
        (
            "choices: {tokns.encoder: [bag]}",
            "model.yaml:1:11 T008 'tokns' is not a payload. Payloads: query, tokens, training. Did you mean tokens?",
        ),
        (
            "choices: {tokens.layers: [2, 0]}",
            "model.yaml:1:30 T007 layers must be a whole number of at least 1 and at most 12, not 0.",
        ),
        (
            "choices: {query.aggregate: [mean, sum]}",
            "model.yaml:1:35 T007 aggregate must be one of mean, max, both, attention, not 'sum'.",
        ),
        (
            "choices: {training.epoch: [2]}",
            "model.yaml:1:11 T005 'epoch' is not a key of training. "
            f"Keys: {listed([each.name for each in fields(TrainingConfig)], 20)}. Did you mean epochs?",
        ),
    ],
)
def test_one_mistake_is_one_problem_with_its_place_and_its_remedy(text, message):
    assert read(text)[1] == [message]


def test_numbers_may_be_tried_from_a_range():
    search, problems = read(
        "choices: {training.learning_rate: {low: 0.0005, high: 0.02, log: true}, tokens.layers: {low: 1, high: 3}}"
    )
    assert problems == []
    assert search.choices == {"training.learning_rate": Range(0.0005, 0.02, log=True), "tokens.layers": Range(1, 3)}
    assert search.choices["tokens.layers"].is_whole


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "choices: {tokens.layers: {low: 3, high: 1}}",
            "model.yaml:1:11 T007 The range of tokens.layers: low (3) must be below high (1).",
        ),
        (
            "choices: {training.learning_rate: {low: 0, high: 1, log: true}}",
            "model.yaml:1:11 T007 The range of training.learning_rate: low (0) must be above 0 with log.",
        ),
        (
            "choices: {tokens.layers: {low: 1, hihg: 3}}",
            "model.yaml:1:35 T005 'hihg' is not a key of the range of tokens.layers. Keys: low, high, log. "
            "Did you mean high?",
        ),
        (
            "choices: {tokens.layers: {low: 0, high: 3}}",
            "model.yaml:1:32 T007 layers must be a whole number of at least 1 and at most 12, not 0.",
        ),
        (
            "choices: {query.aggregate: {low: 0, high: 3}}",
            "model.yaml:1:34 T007 aggregate must be one of mean, max, both, attention, not 0.",
        ),
    ],
)
def test_a_range_must_be_one_and_its_limits_values_of_the_setting(text, message):
    assert read(text)[1][0] == message


def test_a_setting_to_try_belongs_to_an_encoder_that_can_read_the_payload():
    (message,) = read("choices: {tokens.lairs: [2]}")[1]
    assert message.startswith(
        "model.yaml:1:11 T005 'lairs' is not a key of payload 'tokens'. Keys: encoder, aggregate, "
    )
    assert message.endswith(". Did you mean layers?")
    assert "bins" not in message


def test_nothing_of_an_encoder_is_tried_on_a_text_that_is_not_encoded():
    schema = Schema((Sequence("tokens", "token"), Singleton("query", "text", base=("tokens",))), SCHEMA.tasks)
    node = parse_document("choices: {query.aggregate: [mean, max], query.size: [32, 64]}", "model.yaml").root

    assert [str(problem) for problem in read_search(node, schema)[1]] == [
        "model.yaml:1:41 T122 Payload 'query' is a text with a base: a model sees tokens instead. "
        "Choose the encoder of tokens."
    ]


def test_trees_are_not_tried_where_a_task_sees_nothing_that_they_read():
    note = Singleton("note", "record", fields=(Field("text", "text"),))
    node = parse_document("choices: {note.encoder: [dense, trees]}", "model.yaml").root

    assert [str(problem) for problem in read_search(node, Schema((note,)))[1]] == [
        "model.yaml:1:33 T012 Encoder 'trees' reads numbers, categories and vectors, and a task on payload 'note' sees "
        "none. Encoders for it: dense."
    ]
