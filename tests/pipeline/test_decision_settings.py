"""The section `decisions` of model.yaml."""

import pytest

from transom.pipeline.decision_settings import read_decisions
from transom.schema.document import parse_document
from transom.schema.load import load_schema
from transom.training.config import Decision


def read(formats, text):
    schema = load_schema(formats / "schema.yaml")
    found, problems = read_decisions(parse_document(text, "model.yaml").root.entries, schema)
    return found, [str(problem) for problem in problems]


def test_what_tasks_decide_by_is_read(formats):
    found, problems = read(
        formats,
        "intent: {abstain_below: 0.6, costs: {height: 2, age: 0.5}}\n"
        "topics: {threshold: {sport: 0.3}}\n"
        "entity_type: {threshold: 0.4}\n"
        "pos: {costs: balanced}\n",
    )
    assert problems == []
    assert found == {
        "intent": Decision(costs={"height": 2.0, "age": 0.5}, abstain_below=0.6),
        "topics": Decision(threshold={"sport": 0.3}),
        "entity_type": Decision(threshold=0.4),
        "pos": Decision(costs="balanced"),
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("intnet: {costs: balanced}", "model.yaml:1:1 T008 'intnet' is not a task. Tasks: pos, entity_type, names, "),
        ("intent: {cost: balanced}", "model.yaml:1:10 T005 'cost' is not a key of decision of 'intent'. "),
        ("intent: {threshold: 0.5}", "model.yaml:1:10 T130 threshold cannot be set for multiclass task 'intent'. "),
        ("topics: {costs: balanced}", "model.yaml:1:10 T130 costs cannot be set for bitvector task 'topics'. "),
        ("names: {abstain_below: 0.5}", "model.yaml:1:9 T130 abstain_below cannot be set for spans task 'names'. "),
        ("intent: {costs: {heigth: 2}}", "model.yaml:1:18 T008 'heigth' is not a class of task 'intent'. "),
        ("intent: {costs: {height: 0}}", "model.yaml:1:26 T007 costs.height must be a number more than 0, not 0."),
        ("topics: {threshold: {sport: 2}}", "model.yaml:1:29 T007 threshold.sport must be a number from 0 to 1, "),
        ("topics: {threshold: 2}", "model.yaml:1:21 T007 threshold must be "),
        ("intent: {abstain_below: high}", "model.yaml:1:25 T007 abstain_below must be a number of at least 0 and at "),
        ("intent: 3", "model.yaml:1:9 T007 Decision of 'intent' must be a mapping, not 3."),
    ],
)
def test_every_way_to_get_it_wrong_is_said_at_its_place(formats, text, message):
    _, problems = read(formats, text)
    assert len(problems) == 1
    assert problems[0].startswith(message)
