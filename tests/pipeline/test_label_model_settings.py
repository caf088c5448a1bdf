"""Which label model weighs the votes of each task."""

import pytest

from transom.pipeline.label_model_settings import ChosenLabelModel, read_label_models
from transom.schema.document import parse_document
from transom.schema.schema import Schema
from transom.schema.tasks import Regression
from transom.supervision.choice import Auto
from transom.supervision.label_models.em import Em
from transom.supervision.label_models.majority import Majority

SCHEMA = Schema(tasks=(Regression("intent"), Regression("score")))


def read(text, schema=SCHEMA):
    node = parse_document(text, "model.yaml").root.entries["label_model"]
    chosen, problems = read_label_models(node, schema)
    return chosen, [str(problem) for problem in problems]


def test_without_the_section_every_task_is_automatic():
    assert read_label_models(None, SCHEMA) == (dict.fromkeys(["intent", "score"], ChosenLabelModel()), [])


@pytest.mark.parametrize(
    ("text", "intent", "score"),
    [
        ("label_model: auto", ChosenLabelModel("auto", Auto()), ChosenLabelModel("auto", Auto())),
        ("label_model: em", ChosenLabelModel("em", Em()), ChosenLabelModel("em", Em())),
        ("label_model: {name: em, prior: uniform}", *[ChosenLabelModel("em", Em(prior="uniform"))] * 2),
        ("label_model: {intent: majority}", ChosenLabelModel("majority", Majority()), ChosenLabelModel()),
        (
            "label_model: {intent: {name: em, prior: [0.25, 0.75]}, score: majority}",
            ChosenLabelModel("em", Em(prior=(0.25, 0.75))),
            ChosenLabelModel("majority", Majority()),
        ),
    ],
)
def test_a_label_model_is_named_for_all_tasks_or_for_each(text, intent, score):
    assert read(text) == ({"intent": intent, "score": score}, [])


def test_a_task_may_be_called_name():
    schema = Schema(tasks=(Regression("name"),))
    assert read("label_model: {name: em}", schema) == ({"name": ChosenLabelModel("em", Em())}, [])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("label_model: 3", "model.yaml:1:14 T007 label model must be text, not 3. Put it in quotes: '3'."),
        (
            "label_model: {intnt: em}",
            "model.yaml:1:15 T008 'intnt' is not a task. Tasks: intent, score. Did you mean intent?",
        ),
        (
            "label_model: {intent: {prior: uniform}}",
            "model.yaml:1:15 T006 The label model needs the key 'name': auto or the name of a label model.",
        ),
        (
            "label_model: {name: em, prior: unifrom}",
            "model.yaml:1:32 T007 prior must be dev, uniform or a list of numbers, not 'unifrom'. "
            "Did you mean uniform?",
        ),
    ],
)
def test_one_mistake_is_one_problem_with_its_place_and_its_remedy(text, message):
    assert read(text)[1] == [message]


def test_an_unknown_label_model_comes_with_the_nearest():
    (message,) = read("label_model: majorty")[1]
    assert message.startswith("model.yaml:1:14 T010 'majorty' is not a known label model. Known: auto, ")
    assert message.endswith(" Did you mean majority?")
