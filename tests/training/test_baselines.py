"""The linear baselines."""

import numpy as np
import pytest

from tiny_bert import save_tiny_bert
from toy_models import SCHEMA, TASKS, compiled, random_targets, random_values
from transom.data.items import one_each
from transom.data.predictions import Predictions
from transom.data.targets import Targets
from transom.model.settings import Lstm, PayloadSettings, Pretrained
from transom.schema.payloads import MemberSet, Sequence, Singleton
from transom.schema.schema import Schema
from transom.schema.tasks import Multiclass, Regression
from transom.training.baselines import Inputs, has_linear, linear, linear_majority

TEXT = Schema((Singleton("text", "text"),), (Multiclass("label", ("sea", "land"), "text"),))
TEXTS = ["the ship sails", "a boat on the sea", "the sea ship", "a car on the road", "the road and the car", "my car"]
LABELS = np.array([0, 0, 0, 1, 1, 1])


def inputs_of(schema, values, train=None, settings=None):
    _, spec, features = compiled(schema, values, settings)
    train = np.ones(features.n_examples, bool) if train is None else train
    return Inputs(schema, values, train, spec, features)


def certain(labels, weights=None):
    return Targets(one_each(len(labels)), np.eye(2)[labels], np.ones(len(labels)) if weights is None else weights)


def test_words_tell_classes_apart():
    values = {"text": [*TEXTS, "ship at sea", "a new car"]}
    train = np.array([True] * 6 + [False] * 2)
    found = linear(inputs_of(TEXT, values, train), TEXT.tasks, {"label": certain([*LABELS, 0, 0])})
    assert found["label"].labels.tolist() == [*LABELS, 0, 1]
    assert found["label"].probabilities.sum(axis=1) == pytest.approx(np.ones(8))


def test_what_is_not_for_training_is_not_learned_from():
    train = np.array([True] * 6 + [False])
    found = [
        linear(inputs_of(TEXT, {"text": [*TEXTS, "zebra"]}, train), TEXT.tasks, {"label": certain([*LABELS, label])})
        for label in (0, 1)
    ]
    assert np.array_equal(found[0]["label"].probabilities, found[1]["label"].probabilities)


@pytest.mark.parametrize("wide", [True, False])
@pytest.mark.parametrize("encoder", ["words", "pieces"])
def test_features_are_the_same_whether_the_model_has_read_them_or_not(tmp_path, encoder, wide):
    pretrained = Pretrained(model=save_tiny_bert(tmp_path), max_length=20, wide=wide)
    chosen = Lstm(size=4, wide=wide) if encoder == "words" else pretrained
    values, targets = {"text": TEXTS}, {"label": certain(LABELS)}
    known = linear(inputs_of(TEXT, values), TEXT.tasks, targets)
    other = inputs_of(TEXT, values, settings={"text": PayloadSettings(chosen)})
    assert ("text.ngrams" in other.features.payloads) == wide
    assert np.array_equal(known["label"].probabilities, linear(other, TEXT.tasks, targets)["label"].probabilities)


def test_a_majority_counts_where_something_voted():
    votes = np.eye(2)[[0, 0, 0, 1, 1, 0]]
    covered = np.array([True, True, True, True, True, False])
    majority = Predictions(one_each(6), votes, votes.argmax(axis=1).astype(np.int32), covered)
    found = linear_majority(inputs_of(TEXT, {"text": TEXTS}), TEXT.tasks, {"label": majority})
    assert found["label"].labels.tolist() == LABELS.tolist()


def test_tasks_on_whole_examples_have_a_linear_baseline():
    assert [task.name for task in TASKS if has_linear(SCHEMA, task)] == ["intent", "topics", "score"]


@pytest.mark.parametrize("payload", [None, "members", "waves"])
def test_what_cannot_be_read_as_a_bag_has_none(payload):
    schema = Schema((MemberSet("members"), Sequence("waves", "number")))
    assert not has_linear(schema, Multiclass("t", ("a", "b"), payload))


def test_every_kind_of_payload_is_read():
    values = random_values(30)
    inputs = inputs_of(SCHEMA, values)
    targets = {task.name: random_targets(task, inputs.features) for task in TASKS}
    found = linear(inputs, TASKS, targets)
    assert set(found) == {"intent", "topics", "score"}
    assert all(np.isfinite(each.probabilities).all() for each in found.values())


def test_of_a_text_with_a_base_the_base_is_read_as_examples_need_not_have_the_text():
    note, words = Singleton("note", "text", base=("words",)), Sequence("words", "token")
    schema = Schema((note, words), (Multiclass("label", ("a", "b"), "note"),))
    values = {"note": [None] * 6, "words": [text.split() for text in TEXTS]}
    found = linear(inputs_of(schema, values), schema.tasks, {"label": certain(LABELS, np.ones(6))})
    assert found["label"].labels.tolist() == LABELS.tolist()


def test_a_text_is_read_itself_where_its_base_cannot_be():
    note, waves = Singleton("note", "text", base=("waves",)), Sequence("waves", "number")
    schema = Schema((note, waves), (Multiclass("label", ("a", "b"), "note"),))
    inputs = inputs_of(schema, {"note": TEXTS, "waves": [[1.0]] * 6})
    found = linear(inputs, schema.tasks, {"label": certain(LABELS, np.ones(6))})
    assert found["label"].labels.tolist() == LABELS.tolist()


def test_a_task_without_labels_has_no_baseline():
    inputs = inputs_of(TEXT, {"text": TEXTS})
    assert linear(inputs, TEXT.tasks, {"label": certain(LABELS, np.zeros(6))}) == {}


@pytest.mark.parametrize(("origin", "unit"), [(5000, 1000), (1.7e9, 30), (0, 1e-300)])
def test_a_number_is_learned_in_its_own_unit(origin, unit):
    schema = Schema((Singleton("height", "number"),), (Regression("score", "height"),))
    heights = np.linspace(0, 1, 50)
    targets = Targets(one_each(50), heights * unit + origin, np.ones(50))
    found = linear(inputs_of(schema, {"height": heights.tolist()}), schema.tasks, {"score": targets})
    assert np.abs(found["score"].labels - targets.probabilities).max() < 0.02 * unit


def test_classes_of_numbers_that_say_nothing_are_hardly_told_apart():
    random = np.random.default_rng(0)
    schema = Schema((Singleton("size", "number"),), (Multiclass("label", ("sea", "land"), "size"),))
    inputs = inputs_of(schema, {"size": random.normal(size=200).tolist()})
    found = linear(inputs, schema.tasks, {"label": certain(random.integers(2, size=200))})["label"]
    assert np.abs(found.probabilities - 0.5).max() < 0.2
