"""What the trainer minimizes."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from toy_models import SCHEMA, TASKS, compiled, random_targets, random_values
from transom.model.batch import batch_of
from transom.model.losses import loss_for
from transom.model.network import Network
from transom.training.objective import MOST, batch_loss, goals_for, has_label, weight_rows

VALUES = random_values(10)
GRAPH, SPEC, FEATURES = compiled(SCHEMA, VALUES)
TARGETS = {task.name: random_targets(task, FEATURES) for task in TASKS}
EVERY = np.arange(10)
NETWORK = Network(GRAPH, SPEC).eval()


def loss_of(targets, examples=EVERY):
    goals = goals_for(GRAPH.heads, targets, EVERY)
    with torch.inference_mode():
        return float(batch_loss(goals, NETWORK(batch_of(FEATURES, examples)), FEATURES, examples))


def without_weight(targets):
    return replace(targets, weights=np.zeros_like(targets.weights))


def test_a_task_without_labels_has_no_goal():
    silent = {**TARGETS, "intent": without_weight(TARGETS["intent"])}
    assert "intent" not in [goal.head.task.name for goal in goals_for(GRAPH.heads, silent, EVERY)]
    assert "intent" not in [
        goal.head.task.name
        for goal in goals_for(GRAPH.heads, {k: v for k, v in TARGETS.items() if k != "intent"}, EVERY)
    ]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_the_losses_of_batches_add_up_to_that_of_all(task):
    targets = {task.name: TARGETS[task.name]}
    first, second = EVERY[:4], EVERY[4:]
    parts = (loss_of(targets, first) * 4 + loss_of(targets, second) * 6) / 10
    assert parts == pytest.approx(loss_of(targets), rel=1e-4)


def test_tasks_add_up():
    alone = sum(loss_of({name: targets}) for name, targets in TARGETS.items())
    assert loss_of(TARGETS) == pytest.approx(alone, rel=1e-4)


def test_what_a_masked_item_says_does_not_matter():
    targets = TARGETS["intent"]
    changed = targets.probabilities.copy()
    changed[targets.weights == 0] = np.nan
    assert loss_of({"intent": replace(targets, probabilities=changed)}) == loss_of({"intent": targets})


def test_a_task_with_few_labels_counts_like_one_with_many_up_to_a_bound():
    weights = np.zeros(10)
    weights[0] = 1.0
    goals = goals_for(GRAPH.heads, {"intent": replace(TARGETS["intent"], weights=weights)}, EVERY)
    assert goals[0].share == 10.0
    weights[0] = 1e-9
    goals = goals_for(GRAPH.heads, {"intent": replace(TARGETS["intent"], weights=weights)}, EVERY)
    assert goals[0].share == MOST


def test_an_example_with_a_label_for_any_task_is_trained_on():
    weights = np.zeros(10)
    weights[3] = 1.0
    targets = {"intent": replace(TARGETS["intent"], weights=weights), "argument": without_weight(TARGETS["argument"])}
    goals = goals_for(GRAPH.heads, targets, EVERY)
    assert np.flatnonzero(has_label(goals, 10)).tolist() == [3]


def test_a_select_is_weighed_by_example_and_others_by_item():
    heads = {head.task.name: head for head in GRAPH.heads}
    chosen = np.array([2, 5])
    assert weight_rows(heads["argument"], TARGETS["argument"], chosen).tolist() == [2, 5]
    assert len(weight_rows(heads["pos"], TARGETS["pos"], chosen)) == TARGETS["pos"].items.lengths[chosen].sum()


SCORE = next(head for head in GRAPH.heads if head.task.name == "score")
BY_LOGARITHM = replace(SCORE, link="log")


def spread_of(head, values):
    targets = replace(TARGETS["score"], probabilities=np.asarray(values, float), weights=np.ones(10))
    return goals_for([head], {"score": targets}, EVERY)[0].spread


def test_the_unit_of_a_number_is_its_spread():
    found = spread_of(SCORE, np.arange(10.0) - 3)
    assert (found.mean, found.unit) == (pytest.approx(1.5), pytest.approx(np.arange(10).std()))
    assert spread_of(SCORE, np.full(10, 7.0)).unit == 1.0


def test_items_without_weight_have_no_part_in_the_spread():
    known = TARGETS["score"].probabilities[TARGETS["score"].weights > 0]
    found = goals_for([SCORE], {"score": TARGETS["score"]}, EVERY)[0].spread
    assert (found.mean, found.unit) == (pytest.approx(known.mean()), pytest.approx(known.std()))


@pytest.mark.parametrize("head", [SCORE, BY_LOGARITHM], ids=lambda head: head.link)
def test_the_squares_of_the_mean_are_one_in_the_mean(head):
    values = np.array([3.0, 5.0] * 5)  # none is further than a unit
    spread = spread_of(head, values)
    losses = loss_for(head.task, torch.full((10,), spread.middle), torch.tensor(values), replace(spread, unit=9.0))
    assert 2 * 81 * float(losses.mean()) == pytest.approx(spread.unit**2, rel=1e-3)


def test_the_spread_of_logarithms_does_not_depend_on_the_unit_of_the_values():
    one, other = (spread_of(BY_LOGARITHM, unit * np.arange(1.0, 11.0)).unit for unit in (1, 1e6))
    assert one == pytest.approx(other)


@pytest.mark.parametrize("values", [np.zeros(10), np.full(10, -2.0), np.full(10, 3.0)])
def test_labels_that_logarithms_cannot_tell_apart_have_a_spread_all_the_same(values):
    found = spread_of(BY_LOGARITHM, values)
    assert found.mean > 0
    assert found.unit == 1.0
