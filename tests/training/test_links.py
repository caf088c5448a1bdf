"""What the scores of a regression are."""

from dataclasses import replace

import numpy as np
import pytest

from toy_models import SCHEMA, TASKS, compiled, random_targets, random_values
from transom.training.links import link_for, linked

GRAPH, SPEC, FEATURES = compiled(SCHEMA, random_values(12))
TARGETS = {task.name: random_targets(task, FEATURES) for task in TASKS}
TRAIN = np.arange(12) < 8


def numbers(values, weights=None):
    return {**TARGETS, "score": replace(TARGETS["score"], probabilities=np.asarray(values, float), weights=weights)}


def link_of(graph):
    return next(head.link for head in graph.heads if head.task.name == "score")


@pytest.mark.parametrize(
    ("values", "link"),
    [
        ([0.1, 3.0], "log"),
        ([0.0, 3.0], "identity"),
        ([-1.0, 3.0], "identity"),
        ([2000.0, 2001.0], "log"),
        ([], "identity"),
    ],
)
def test_logarithms_are_for_values_above_zero(values, link):
    assert link_for(np.array(values)) == link


def test_only_heads_of_numbers_have_another_link():
    found = linked(GRAPH, numbers(np.arange(1.0, 13.0), np.ones(12)), TRAIN)
    assert [head.task.name for head in found.heads if head.link == "log"] == [
        "score",
        "swell",
    ]  # all of toy's are above 0
    found = linked(GRAPH, numbers(np.arange(12.0), np.ones(12)), TRAIN)
    assert [head.task.name for head in found.heads if head.link == "log"] == ["swell"]


@pytest.mark.parametrize("silent", [3, 11], ids=["without weight", "not on train"])
def test_labels_that_are_not_learned_from_say_nothing(silent):
    values, weights = np.arange(1.0, 13.0), np.ones(12)
    values[silent] = -5.0
    weights[silent] = float(silent == 11)
    assert link_of(linked(GRAPH, numbers(values, weights), TRAIN)) == "log"


def test_a_task_without_targets_keeps_the_identity():
    assert linked(GRAPH, {}, TRAIN) == GRAPH


def test_a_link_that_is_known_stays():
    below, above = numbers(-np.ones(12), np.ones(12)), numbers(np.ones(12), np.ones(12))
    (score,) = (head.id for head in GRAPH.heads if head.task.name == "score")
    assert link_of(linked(GRAPH, below, TRAIN, known={score: "log"})) == "log"
    assert link_of(linked(GRAPH, above, TRAIN, known={score: "identity"})) == "identity"
