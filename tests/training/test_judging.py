"""How good a network is."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from toy_models import SCHEMA, TASKS, compiled, random_targets, random_values
from transom.data.labels import Labels
from transom.model.batch import batch_of
from transom.model.network import Network
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans
from transom.training.deciding import missed_in_spans
from transom.training.judging import Judge, calibrated, gold_judge, judge
from transom.training.objective import goals_for, task_losses
from transom.training.predict import predict

VALUES = random_values(15)
GRAPH, SPEC, FEATURES = compiled(SCHEMA, VALUES)
EVERY = np.arange(15)
CALIBRATED = {task.name for task in TASKS if not isinstance(task, Regression)}


def random_gold(task, seed=0):
    """Gold of any type of task, some of it missing."""
    random, items = np.random.default_rng(seed), random_targets(task, FEATURES).items
    match task:
        case Multiclass(classes=classes):
            return Labels(items, random.integers(-1, len(classes), items.n_items))
        case Spans(classes=classes):
            return Labels(items, random.integers(-1, 1 + 2 * len(classes), items.n_items))
        case Bitvector(classes=classes):
            return Labels(items, random.integers(-1, 2, (items.n_items, len(classes))))
        case Select():
            return Labels(items, random.integers(-1, items.lengths + 1))
        case Regression():
            return Labels(
                items, np.where(random.random(items.n_items) < 0.2, np.nan, random.normal(size=items.n_items))
            )


GOLD = {task.name: random_gold(task) for task in TASKS}


@pytest.fixture
def network():
    return Network(GRAPH, SPEC).eval()


def test_every_class_task_with_gold_is_calibrated(network):
    found = judge(network, FEATURES, gold_judge(GRAPH.heads, GOLD, EVERY, calibrates=True))
    assert set(found.calibrations) == CALIBRATED
    assert np.isfinite(found.loss)


def test_a_judge_that_does_not_calibrate_finds_no_less_loss(network):
    gold = {"intent": GOLD["intent"]}
    plain, best = (judge(network, FEATURES, gold_judge(GRAPH.heads, gold, EVERY, calibrates=c)) for c in (False, True))
    assert plain.calibrations == {}
    assert best.loss <= plain.loss + 1e-6


def test_a_task_without_gold_is_not_judged(network):
    found = judge(network, FEATURES, gold_judge(GRAPH.heads, {"intent": GOLD["intent"]}, EVERY, calibrates=True))
    assert set(found.calibrations) == {"intent"}
    nothing = judge(network, FEATURES, gold_judge(GRAPH.heads, {}, EVERY, calibrates=True))
    assert (nothing.loss, nothing.calibrations) == (0, {})


def test_a_task_that_is_not_calibrated_is_judged_in_one_pass(network):
    passes = []
    network.head("score").register_forward_hook(lambda *_: passes.append(1))
    judge(network, FEATURES, gold_judge(GRAPH.heads, {"score": GOLD["score"]}, EVERY, calibrates=True))
    assert len(passes) == 1


def test_gold_of_other_examples_is_not_looked_at(network):
    half = np.arange(7)
    changed = GOLD["intent"].values.copy()
    changed[7:] = 1
    both = [
        judge(network, FEATURES, gold_judge(GRAPH.heads, {"intent": labels}, half, calibrates=True)).loss
        for labels in (GOLD["intent"], replace(GOLD["intent"], values=changed))
    ]
    assert both[0] == both[1]


def test_held_out_targets_are_judged_as_they_are(network):
    targets = {task.name: random_targets(task, FEATURES) for task in TASKS}
    found = judge(network, FEATURES, Judge(EVERY, goals_for(GRAPH.heads, targets, EVERY), {}))
    assert found.calibrations == {}
    assert found.loss > 0


def test_a_calibrated_network_predicts_with_its_shifts(network):
    labels = Labels(GOLD["intent"].items, np.ones(15, np.int64))
    before = predict(network, FEATURES)["intent"].probabilities[:, 1]
    calibrated(
        network,
        judge(network, FEATURES, gold_judge(GRAPH.heads, {"intent": labels}, EVERY, calibrates=True)).calibrations,
    )
    assert (predict(network, FEATURES)["intent"].probabilities[:, 1] > before).all()


def test_gold_shifts_more_what_sources_taught(network):
    labels = {"intent": Labels(GOLD["intent"].items, np.ones(15, np.int64))}
    shifts = [
        judge(network, FEATURES, gold_judge(GRAPH.heads, labels, EVERY, calibrates=True, weak=weak))
        .calibrations["intent"]
        .shift
        for weak in ((), {"intent"})
    ]
    by_gold, by_sources = (shift[1] - shift[0] for shift in shifts)
    assert 0 < by_gold < 0.7 * by_sources


(SELECT,) = (task.name for task in TASKS if isinstance(task, Select))
SETS = GOLD[SELECT].items


def judged_choices(network, labels, *, calibrates=True):
    by = gold_judge(GRAPH.heads, {SELECT: Labels(SETS, labels)}, EVERY, calibrates=calibrates)
    return judge(network, FEATURES, by)


def test_a_calibrated_network_chooses_none_where_gold_does(network):
    before = predict(network, FEATURES)[SELECT]
    calibrated(network, judged_choices(network, SETS.lengths).calibrations)
    after = predict(network, FEATURES)[SELECT]
    is_seen = before.probabilities > 0
    assert is_seen.any()
    assert (after.probabilities[is_seen] < before.probabilities[is_seen]).all()


def test_gold_that_is_beyond_the_members_seen_does_not_count(network):
    longest = SETS.lengths.max()
    is_last = (SETS.lengths == longest) & (longest > 4)  # `max_length` of the toy schema
    assert is_last.any()
    labels, unknown = (np.where(is_last, other, np.minimum(SETS.lengths, 1)) for other in (longest - 1, -1))
    one, other = (judged_choices(network, each) for each in (labels, unknown))
    assert one.losses == other.losses


def test_the_loss_of_choices_is_that_of_the_calibrated_network(network):
    torch.nn.init.normal_(network.head(SELECT).scores.linear.weight, generator=torch.manual_seed(0))
    is_seen = (GOLD[SELECT].values < 4) | (GOLD[SELECT].values == SETS.lengths)
    labels = np.where(is_seen, GOLD[SELECT].values, -1)
    found = judged_choices(network, labels)
    calibrated(network, found.calibrations)
    assert found.loss == pytest.approx(judged_choices(network, labels, calibrates=False).loss, rel=1e-4)


def test_spans_are_judged_by_what_they_miss_beside_their_loss(network):
    (task,) = (task for task in TASKS if isinstance(task, Spans))
    by = gold_judge(GRAPH.heads, {task.name: GOLD[task.name]}, EVERY, calibrates=True)
    found = judge(network, FEATURES, by)
    calibrated(network, found.calibrations)
    predictions = predict(network, FEATURES)[task.name]
    missed = missed_in_spans(predictions, np.where(predictions.covered, GOLD[task.name].values, -1))
    assert 0 < missed < 1
    assert found.loss == pytest.approx(found.calibrations[task.name].loss + missed)


def test_spans_of_held_out_targets_are_judged_by_what_they_miss_too(network):
    (head,) = (head for head in GRAPH.heads if isinstance(head.task, Spans))
    name, targets = head.task.name, random_targets(head.task, FEATURES)
    goals = goals_for([head], {name: targets}, EVERY)
    found = judge(network, FEATURES, Judge(EVERY, goals, {}))

    predictions = predict(network, FEATURES)[name]
    is_seen = predictions.covered & (targets.weights > 0)
    likeliest = np.where(is_seen, targets.probabilities.argmax(axis=1), -1)
    missed = missed_in_spans(predictions, likeliest)
    assert 0 < missed < 1
    loss = task_losses(goals, network(batch_of(FEATURES, EVERY, "cpu")), FEATURES, EVERY).sum().item()
    assert found.loss == pytest.approx(loss + missed)
