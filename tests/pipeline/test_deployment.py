"""deploy.yaml: what it becomes, and what is said of every way to get it wrong."""

import pytest

from transom.pipeline.deployment import Deployment, GateRule, Monitoring, read_deployment
from transom.pipeline.serve_section import Serving
from transom.schema.document import in_order, parse_document, read_document
from transom.schema.load import load_schema


def read(formats, text):
    schema = load_schema(formats / "schema.yaml")
    deployment, problems = read_deployment(parse_document(text, "deploy.yaml").root, schema)
    return deployment, [str(problem) for problem in in_order(problems)]


def test_the_deployment_of_the_formats_page_is_read(formats):
    schema = load_schema(formats / "schema.yaml")
    assert read_deployment(read_document(formats / "deploy.yaml").root, schema) == (
        Deployment(
            (
                GateRule("intent", "macro_f1", min=0.85),
                GateRule("intent", "macro_f1", slice="nutrition", max_drop=0.02),
            ),
            Serving(8080, max_batch=32, max_queue=256),
            Monitoring("dev", 1000, 0.2),
        ),
        [],
    )


def test_every_key_has_a_default(formats):
    assert read(formats, "") == (Deployment(), [])
    assert read(formats, "gate:\nserve:\nmonitor: {}\n") == (Deployment(), [])


@pytest.mark.parametrize("rule", ["{task: score, metric: mae, min: 3}", "{task: score, metric: r2, min: -1}"])
def test_errors_may_be_above_1_and_r2_below_0(formats, rule):
    assert read(formats, f"gate: [{rule}]")[1] == []


BROKEN = [
    ("- a", "deploy.yaml:1:1 T007 deploy.yaml must be a mapping, not a list."),
    (
        "gates: []",
        "deploy.yaml:1:1 T005 'gates' is not a key of deploy.yaml. Keys: gate, serve, monitor, statistics. "
        "Did you mean gate?",
    ),
    (
        "gate: {task: intent}",
        "deploy.yaml:1:7 T007 gate must be a list of rules, not a mapping. Begin each with '- '.",
    ),
    ("gate: [intent]", "deploy.yaml:1:8 T007 Gate rule 1 must be a mapping, not 'intent'."),
    ("gate:\n- {metric: macro_f1, min: 0.8}", "deploy.yaml:2:3 T006 Gate rule 1 needs the key 'task': text."),
    (
        "gate:\n- {task: intnt, metric: macro_f1, min: 0.8}",
        "deploy.yaml:2:10 T008 'intnt' is not a task. "
        "Tasks: pos, entity_type, names, intent, topics, intent_arg, score. Did you mean intent?",
    ),
    (
        "gate:\n- {task: names, metric: macro_f1, min: 0.8}",
        "deploy.yaml:2:25 T016 'macro_f1' is not a metric of spans task 'names'. "
        "Metrics: entity_f1, entity_precision, entity_recall.",
    ),
    (
        "gate:\n- {task: intent, metric: macro_f1, slice: nutritoin, min: 0.8}",
        "deploy.yaml:2:43 T008 'nutritoin' is not a slice. "
        "Slices: nutrition, short, negated, recent. Did you mean nutrition?",
    ),
    (
        "gate:\n- {task: intent, metric: macro_f1}",
        "deploy.yaml:2:3 T006 Gate rule 1 refuses nothing. Add the key 'min' or 'max_drop'.",
    ),
    (
        "gate:\n- {task: intent, metric: macro_f1, min: 85}",
        "deploy.yaml:2:41 T007 min must be at most 1, not 85, as macro_f1 is a share. Write 0.85 for 85 %.",
    ),
    (
        "gate:\n- {task: intent, metric: macro_f1, max_drop: -0.1}",
        "deploy.yaml:2:46 T007 max_drop must be a number of at least 0, not -0.1.",
    ),
    (
        "gate:\n- {task: intent, metric: macro_f1, mim: 0.8}",
        "deploy.yaml:2:36 T005 'mim' is not a key of gate rule 1. "
        "Keys: task, metric, slice, min, max_drop, min_n. Did you mean min?",
    ),
    (
        "gate:\n- {task: intent, metric: macro_f1, min: 0.8, min_n: 0}",
        "deploy.yaml:2:53 T007 min_n must be a whole number of at least 1, not 0.",
    ),
    (
        "serve: {port: 80800}",
        "deploy.yaml:1:15 T007 port must be a whole number of at least 0 and at most 65535, not 80800.",
    ),
    ("serve: {log: 1}", "deploy.yaml:1:14 T007 log must be true, false or a mapping, not 1."),
    ("serve: 8080", "deploy.yaml:1:8 T007 Serve must be a mapping, not 8080."),
    ("statistics: {drift: 0}", "deploy.yaml:1:21 T007 drift must be a number of more than 0, not 0."),
    (
        "statistics: {on_anomaly: halt}",
        "deploy.yaml:1:26 T007 on_anomaly must be one of warn, stop, not 'halt'.",
    ),
    ("monitor: {drift: 0}", "deploy.yaml:1:18 T007 drift must be a number of more than 0, not 0."),
    ("monitor: {window: 1.5}", "deploy.yaml:1:19 T007 window must be a whole number of at least 1, not 1.5."),
]


@pytest.mark.parametrize(("text", "message"), BROKEN)
def test_one_mistake_is_one_problem_with_its_place_and_its_remedy(formats, text, message):
    assert read(formats, text)[1] == [message]


def test_a_rule_may_break_in_several_ways_at_once(formats):
    assert len(read(formats, "gate: [{task: x, metric: y, slice: z}, {task: intent, metric: y}]")[1]) == 5
