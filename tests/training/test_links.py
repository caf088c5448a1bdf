"""What the scores of a regression are, and how they spread."""

import math
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import mean_poisson_deviance

from toy_models import SCHEMA, TASKS, compiled, random_targets, random_values
from transom.model.graph import Logarithms, Units
from transom.training.links import BEYOND, link_for, linked, spread_of

GRAPH, SPEC, FEATURES = compiled(SCHEMA, random_values(12))
TARGETS = {task.name: random_targets(task, FEATURES) for task in TASKS}
TRAIN = np.arange(12) < 8
(SCORE,) = (head for head in GRAPH.heads if head.task.name == "score")
RISING = np.arange(1.0, 13.0)


def numbers(values, weights=None):
    weights = np.ones(12) if weights is None else weights
    return {**TARGETS, "score": replace(TARGETS["score"], probabilities=np.asarray(values, float), weights=weights)}


def link_of(targets, known=None):
    graph = linked(GRAPH, targets, TRAIN, known or {})
    return next(head.link for head in graph.heads if head.task.name == "score")


def test_logarithms_are_for_unlike_values_above_zero():
    assert link_for(np.array([1.0, 2.0, 9.0])) == Logarithms(4.0, math.log(1 / BEYOND), math.log(9 * BEYOND))


@pytest.mark.parametrize("values", [[0.0, 3.0], [-1.0, 3.0], [], [1000.0, 1001.0, 1900.0]])
def test_other_values_are_told_themselves(values):
    assert link_for(np.array(values)) is None


@pytest.mark.parametrize("values", [[1.7e9 - 100, 1.7e9 + 100], [1e40, 3e40], [1e-40, 3e-40], [1.7e9 + 1]])
def test_values_that_float32_is_too_coarse_or_too_narrow_for_have_units_of_their_own(values):
    found = link_for(np.array(values))
    assert isinstance(found, Units)
    assert (found.origin, found.unit) == (np.mean(values), pytest.approx(np.std(values) or 1.0))


def test_a_single_wild_value_does_not_make_values_unlike():
    assert link_for(np.array([*np.linspace(1000, 1100, 99), 1e6])) is None


def test_only_heads_of_numbers_have_a_link():
    found = linked(GRAPH, numbers(RISING), TRAIN, {})
    assert [head.task.name for head in found.heads if head.link] == ["score"]
    assert linked(GRAPH, numbers(RISING - 1), TRAIN, {}) == GRAPH


@pytest.mark.parametrize("silent", [3, 11], ids=["without weight", "not on train"])
def test_labels_that_are_not_learned_from_say_nothing(silent):
    values, weights = RISING.copy(), np.ones(12)
    values[silent] = -5.0
    weights[silent] = float(silent == 11)
    assert link_of(numbers(values, weights))


def test_a_task_without_targets_tells_its_scores():
    assert linked(GRAPH, {}, TRAIN, {}) == GRAPH


def test_a_link_that_is_known_stays():
    known = Logarithms(2.0, -1.0, 3.0)
    assert link_of(numbers(-RISING), {SCORE.id: known}) == known
    assert link_of(numbers(RISING), {SCORE.id: None}) is None


def test_the_unit_of_values_is_their_spread():
    found = spread_of(np.arange(10.0) - 3, None)
    assert (found.mean, found.unit) == (pytest.approx(1.5), pytest.approx(np.arange(10).std()))


def test_the_unit_of_logarithms_is_the_root_of_the_deviance_of_the_mean():
    values = np.exp(np.arange(10.0))
    found = spread_of(values, link_for(values))
    deviance = mean_poisson_deviance(values / values.mean(), np.ones(10))
    assert (found.mean, found.unit**2) == (pytest.approx(values.mean()), pytest.approx(deviance))
    assert found.middle == pytest.approx(math.log(values.mean()))


@pytest.mark.parametrize("unit", [1e-9, 1e6, 1e30])
def test_the_spread_of_logarithms_does_not_depend_on_the_unit_of_the_values(unit):
    one, other = (spread_of(values, link_for(values)).unit for values in (RISING, unit * RISING))
    assert one == pytest.approx(other)


@pytest.mark.parametrize("link", [None, link_for(RISING)], ids=["values", "logarithms"])
@pytest.mark.parametrize("value", [0.0, -2.0, 7.3])
def test_labels_that_do_not_differ_have_a_unit_all_the_same(link, value):
    assert spread_of(np.full(7, value), link).unit == 1.0


def test_labels_of_dev_are_told_by_the_mean_of_train():
    link = link_for(RISING)
    assert spread_of(np.array([-4.0, 0.0, 900.0]), link).mean == RISING.mean()
