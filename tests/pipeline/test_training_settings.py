"""What the section `training` names."""

import pytest

from transom.pipeline.settings import read_model_settings
from transom.schema.document import parse_document
from transom.schema.load import load_schema
from transom.training.config import TrainingConfig


def read(formats, text):
    settings, problems = read_model_settings(
        parse_document(text, "model.yaml").root, load_schema(formats / "schema.yaml")
    )
    return settings, [str(problem) for problem in problems]


def test_tasks_and_variants_can_be_named(formats):
    settings, problems = read(
        formats,
        "training: {loss_weights: {intent: 2, pos: 0.5}, distill_from: big}\n"
        "variants: {big: {tokens: {encoder: lstm}}, small: {}}\n",
    )
    assert problems == []
    assert settings.training == TrainingConfig(loss_weights={"intent": 2.0, "pos": 0.5}, distill_from="big")


@pytest.mark.parametrize("text", ["", "training:\n", "training: {loss_weights: auto, distill_from: none}\n"])
def test_nothing_need_be_named(formats, text):
    assert read(formats, text)[1] == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{loss_weights: {intnet: 2}}", "model.yaml:1:27 T008 'intnet' is not a task. Tasks: pos, "),
        (
            "{loss_weights: {intent: 0}}",
            "model.yaml:1:35 T007 loss_weights.intent must be a number more than 0",
        ),
        ("{loss_weights: equal}", "model.yaml:1:26 T007 loss_weights must be "),
        (
            "{trunk: frozen}",
            "model.yaml:1:19 T129 trunk: frozen needs a version whose weights stay as they are. "
            "Add its number: start: 3.",
        ),
        ("{distill_from: big}", "model.yaml:1:26 T008 'big' is not a variant. No variant is declared."),
    ],
)
def test_what_is_not_there_cannot_be_named(formats, text, message):
    _, problems = read(formats, f"training: {text}\n")
    assert len(problems) == 1
    assert problems[0].startswith(message)
