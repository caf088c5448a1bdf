"""Boosted trees as learners of tasks."""

from dataclasses import replace

import numpy as np
import pytest

from transom.data.features.payloads import Features
from transom.data.items import one_each
from transom.data.labels import Labels
from transom.data.targets import Targets
from transom.errors import TrainingError
from transom.model.compile import compile_graph
from transom.model.forest import predict_forests
from transom.model.settings import PayloadSettings, Trees
from transom.schema.payloads import Field, Singleton
from transom.schema.schema import Schema
from transom.schema.tasks import Bitvector, Multiclass, Regression
from transom.training.config import TrainingConfig
from transom.training.training_data import TrainingData
from transom.training.trees import train_forests

N = 300
RANDOM = np.random.default_rng(0)
AGE, JOB = RANDOM.uniform(0, 100, N), RANDOM.choice(["cook", "baker", "pilot"], N)
PERSON = Singleton("person", "record", fields=(Field("age", "number"), Field("job", "category")))
VALUES = {"person": [{"age": age, "job": job} for age, job in zip(AGE.tolist(), JOB.tolist(), strict=True)]}
TRAIN = np.arange(N) < 200
LABEL = Multiclass("label", ("no", "yes"), "person")
ON_PLACE = {"place": PayloadSettings(Trees())}
SMALL = Trees(trees=60, examples_per_leaf=5, learning_rate=0.2)
TRUTH = ((AGE > 50) ^ (JOB == "pilot")).astype(np.int64)


def certain(labels, n_classes=2):
    return Targets(one_each(N), np.eye(n_classes)[labels], np.ones(N))


def gold(labels):
    return {"label": Labels(one_each(N), labels)}


def fitted(task, targets, *, settings=SMALL, values=VALUES, calibrates=True, seed=0, known=None, weak=frozenset()):
    graph = compile_graph(Schema((PERSON,), (task,)), {"person": PayloadSettings(settings)})
    data = TrainingData(Features(N, {}), {task.name: targets}, TRAIN, ~TRAIN, known or {}, weak)
    return train_forests(graph.tree_heads, values, data, config=TrainingConfig(seed=seed), calibrates=calibrates)


def right(forests, truth, values=VALUES):
    (found,) = predict_forests(forests, values).values()
    return (found.labels[~TRAIN] == truth[~TRAIN]).mean()


def test_numbers_and_categories_together_decide():
    assert right(fitted(LABEL, certain(TRUTH), known=gold(TRUTH)), TRUTH) > 0.95


def test_more_than_two_classes_are_learned():
    truth = (AGE // 34).astype(np.int64)
    task = replace(LABEL, classes=("young", "middle", "old"))
    assert right(fitted(task, certain(truth, 3), known=gold(truth)), truth) > 0.95


def test_of_labels_that_no_class_has_a_hundredth_of_the_likeliest_is_learned():
    probabilities = np.where(np.eye(120, dtype=bool)[TRUTH], 0.0095, 0.9905 / 119)
    task = replace(LABEL, classes=tuple(f"c{number}" for number in range(120)))
    forests = fitted(task, Targets(one_each(N), probabilities, np.ones(N)), settings=replace(SMALL, trees=5))
    assert right(forests, TRUTH) > 0.9


def test_a_single_class_is_always_right():
    task, always = replace(LABEL, classes=("yes",)), np.zeros(N, np.int64)
    (found,) = predict_forests(fitted(task, certain(always, 1), known=gold(always)), VALUES).values()
    assert found.probabilities.tolist() == [[1.0]] * N


def test_bits_are_learned_one_by_one():
    truth = np.stack([TRUTH, JOB == "cook"], axis=1).astype(np.int8)
    task = Bitvector("label", ("a", "b"), "person")
    assert right(fitted(task, Targets(one_each(N), truth.astype(float), np.ones(N)), known=gold(truth)), truth) > 0.95


def test_a_value_is_learned():
    task = Regression("label", "person")
    forests = fitted(task, Targets(one_each(N), AGE / 10, np.ones(N)), known=gold(AGE / 10))
    found = predict_forests(forests, VALUES)["label"].labels
    assert np.abs(found - AGE / 10)[~TRAIN].mean() < 0.5


@pytest.mark.parametrize(("origin", "unit"), [(1.7e9, 3.0), (0.0, 1e60)])
def test_a_value_that_float32_does_not_hold_is_learned(origin, unit):
    wanted = origin + unit * AGE
    forests = fitted(Regression("label", "person"), Targets(one_each(N), wanted, np.ones(N)), known=gold(wanted))
    found = predict_forests(forests, VALUES)["label"].labels
    assert np.abs(found - wanted)[~TRAIN].mean() < 5 * unit


@pytest.mark.parametrize("classes", [2, 3])
def test_probable_labels_are_learned_as_probable(classes):
    shares = np.array([0.7, 0.3] if classes == 2 else [0.6, 0.3, 0.1])
    task = replace(LABEL, classes=("a", "b", "c")[:classes])
    targets = Targets(one_each(N), np.tile(shares, (N, 1)), np.ones(N))
    found = predict_forests(fitted(task, targets), VALUES)["label"].probabilities
    assert found == pytest.approx(np.tile(shares, (N, 1)), abs=0.02)


def test_an_example_without_weight_teaches_nothing():
    wrong = np.where(AGE > 50, 0, 1)
    weights = np.where(np.arange(N) % 2, 1.0, 0.0)
    labels = np.where(weights > 0, 1 - wrong, wrong)
    assert right(fitted(LABEL, replace(certain(labels), weights=weights)), 1 - wrong) > 0.95


def test_missing_values_are_learned_from_as_they_are():
    values = {"person": [None if label else person for person, label in zip(VALUES["person"], TRUTH, strict=True)]}
    assert right(fitted(LABEL, certain(TRUTH), values=values), TRUTH, values) == 1


def test_vectors_that_train_lacks_are_nothing_to_learn_from():
    graph = compile_graph(Schema((Singleton("place", "vector"),), (replace(LABEL, payload="place"),)), ON_PLACE)
    data = TrainingData(Features(N, {}), {"label": certain(TRUTH)}, TRAIN, ~TRAIN)
    with pytest.raises(TrainingError) as caught:
        train_forests(graph.tree_heads, {"place": [None] * N}, data, config=TrainingConfig())
    assert str(caught.value) == (
        "T125 Trees are to learn task 'label', and no example of train has a vector of 'place', all that they would "
        "see. Give vectors to examples of train, or choose another encoder."
    )


def test_gold_of_dev_says_when_to_stop_and_shifts_classes():
    random = np.random.default_rng(1)
    noisy = np.where(random.random(N) < 0.2, 1 - TRUTH, TRUTH)
    stopped = fitted(LABEL, certain(noisy), settings=replace(SMALL, trees=400), known=gold(TRUTH))
    assert stopped[0].models[0].count("Tree=") < 400
    assert not np.array_equal(stopped[0].shift, np.zeros(2))
    assert np.array_equal(fitted(LABEL, certain(noisy), known=gold(TRUTH), calibrates=False)[0].shift, np.zeros(2))


def test_gold_of_dev_shifts_more_what_sources_taught():
    one_sided = gold(np.where(np.arange(N) % 4, TRUTH, 1))
    by_gold, by_sources = (
        float(np.ptp(fitted(LABEL, certain(TRUTH), known=one_sided, weak=weak)[0].shift))
        for weak in (frozenset(), frozenset({"label"}))
    )
    assert by_gold < by_sources


def test_the_same_seed_grows_the_same_trees():
    settings = replace(SMALL, feature_share=0.5)
    one, again, other = (fitted(LABEL, certain(TRUTH), settings=settings, seed=seed)[0].models for seed in (1, 1, 2))
    assert one == again
    assert one != other


def test_one_class_alone_is_learned():
    found = predict_forests(fitted(LABEL, certain(np.ones(N, np.int64))), VALUES)["label"]
    assert (found.labels == 1).all()


def test_a_task_without_a_label_has_no_forest():
    assert fitted(LABEL, replace(certain(TRUTH), weights=np.zeros(N))) == ()
