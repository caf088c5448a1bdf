"""What the trainer minimizes."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from toy_models import SCHEMA, TASKS, compiled, random_targets, random_values
from transom.data.items import Items
from transom.data.targets import Targets
from transom.model.batch import batch_of
from transom.model.network import Network
from transom.training.links import link_for, spread_of
from transom.training.objective import MOST, goals_for, has_label, target_batch, task_losses, weight_rows

VALUES = random_values(10)
GRAPH, SPEC, FEATURES = compiled(SCHEMA, VALUES)
TARGETS = {task.name: random_targets(task, FEATURES) for task in TASKS}
EVERY = np.arange(10)
NETWORK = Network(GRAPH, SPEC).eval()


def loss_of(targets, examples=EVERY):
    goals = goals_for(GRAPH.heads, targets, EVERY)
    with torch.inference_mode():
        return float(task_losses(goals, NETWORK(batch_of(FEATURES, examples)), FEATURES, examples).sum())


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


def test_a_right_member_that_is_not_seen_does_not_teach_that_there_is_none():
    (head,) = (head for head in GRAPH.heads if head.task.name == "argument")
    seen = FEATURES.payloads["entities"].items
    more = Items(seen.offsets + 2 * np.arange(11))
    probabilities = np.zeros(more.n_items)
    probabilities[more.offsets[1:] - 1] = 0.75
    (goal,) = goals_for([head], {"argument": Targets(more, probabilities, np.ones(10))}, EVERY)
    found = target_batch(goal, FEATURES, EVERY, torch.device("cpu")).probabilities
    assert found.sum(dim=1).tolist() == found[:, 0].tolist() == [0.25] * 10


def test_items_without_weight_have_no_part_in_the_spread():
    (score,) = (head for head in GRAPH.heads if head.task.name == "score")
    known = TARGETS["score"].probabilities[TARGETS["score"].weights > 0]
    found = goals_for([score], {"score": TARGETS["score"]}, EVERY)[0].spread
    assert (found.mean, found.unit) == (pytest.approx(known.mean()), pytest.approx(known.std()))
    link = link_for(known * np.arange(1, len(known) + 1))
    assert goals_for([replace(score, link=link)], {"score": TARGETS["score"]}, EVERY)[0].spread == spread_of(
        known, link
    )
