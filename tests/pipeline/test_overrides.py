"""`--set KEY=VALUE`: what it changes, and what is said of one that cannot be applied."""

import pytest

from transom.pipeline.overrides import override
from transom.schema.document import parse_document, plain

MODEL = "training: {seed: 0, epochs: 5}\nlabel_model: em\n"
DEPLOY = "gate:\n- {task: intent, metric: accuracy, min: 0.8}\n"
KEYS = {"model.yaml": ("training", "label_model", "search", "payloads"), "deploy.yaml": ("gate", "serve")}


def overridden(*settings):
    roots = {name: parse_document(text, name).root for name, text in (("model.yaml", MODEL), ("deploy.yaml", DEPLOY))}
    changed, problems = override(roots, KEYS, settings)
    return {name: plain(root) for name, root in changed.items()}, [str(problem) for problem in problems]


def test_without_settings_nothing_changes():
    changed, problems = overridden()
    assert changed == {
        "model.yaml": {"training": {"seed": 0, "epochs": 5}, "label_model": "em"},
        "deploy.yaml": {"gate": ({"task": "intent", "metric": "accuracy", "min": 0.8},)},
    }
    assert problems == []


@pytest.mark.parametrize(
    ("setting", "section", "value"),
    [
        ("training.seed=3", "training", {"seed": 3, "epochs": 5}),
        ("training.device=cuda:1", "training", {"seed": 0, "epochs": 5, "device": "cuda:1"}),
        ("training={seed: 9}", "training", {"seed": 9}),
        ("training=", "training", None),
        ("label_model={intent: majority}", "label_model", {"intent": "majority"}),
        ("payloads.tokens.encoder=bag", "payloads", {"tokens": {"encoder": "bag"}}),
        ("search.choices.tokens.encoder=[bag, lstm]", "search", {"choices": {"tokens.encoder": ("bag", "lstm")}}),
        ("label_model=a=b", "label_model", "a=b"),
    ],
)
def test_a_setting_is_laid_over_model_yaml(setting, section, value):
    changed, problems = overridden(setting)
    assert problems == []
    assert changed["model.yaml"][section] == value


def test_an_element_of_a_list_is_named_by_its_number():
    changed, problems = overridden("gate.0.min=0.9")
    assert problems == []
    assert changed["deploy.yaml"]["gate"][0]["min"] == 0.9


def test_the_last_of_several_settings_counts():
    assert overridden("training.seed=1", "training.seed=2")[0]["model.yaml"]["training"]["seed"] == 2


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("training.seed", "--set training.seed T017 'training.seed' has no '='. Write --set KEY=VALUE."),
        (
            "trainng.seed=3",
            "--set trainng.seed=3 T005 'trainng' is not a key of model.yaml or deploy.yaml. Did you mean training?",
        ),
        ("=3", "--set =3 T005 '' is not a key of model.yaml or deploy.yaml."),
        (
            "label_model.intent=em",
            "--set label_model.intent=em T017 'label_model.intent' is inside a value that is no mapping. "
            "Give it whole: --set label_model=VALUE.",
        ),
        (
            "gate.1.min=0.9",
            "--set gate.1.min=0.9 T017 'gate.1.min' is inside a value that is no mapping. "
            "Give it whole: --set gate=VALUE.",
        ),
        (
            "training=[1",
            "--set training=[1 T003 This bracket is not closed, or a comma is missing inside it. Close it.",
        ),
    ],
)
def test_a_setting_that_cannot_be_applied_is_named_whole(setting, message):
    assert overridden(setting)[1] == [message]
    assert overridden(setting)[0] == overridden()[0]
