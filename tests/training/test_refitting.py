"""Learning from what sources say of dev's examples, once dev's gold has said how long to train and how to decide."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from toy_models import compiled
from transom.data.items import from_lengths, one_each
from transom.data.labels import Labels
from transom.data.targets import Targets
from transom.model.network import weights_of
from transom.schema.payloads import Field, MemberSet, Sequence, Singleton
from transom.schema.schema import Schema
from transom.schema.slices import Slice
from transom.schema.tasks import Multiclass, Select, Spans
from transom.training.config import TrainingConfig
from transom.training.judging import gold_judge
from transom.training.predict import answer, predict
from transom.training.refitting import is_refitted, with_dev
from transom.training.rounds import Beginning, Setup, learned, learned_like
from transom.training.train import no_epochs, train
from transom.training.training_data import TrainingData

N = 90
RANDOM = np.random.default_rng(0)
TRUTH = RANDOM.integers(2, size=N)
TEXTS = [" ".join(RANDOM.choice(["car", "road"] if label else ["ship", "sail"], 3)) for label in TRUTH]
LABEL, KIND = (Multiclass(name, ("sea", "land"), "text") for name in ("label", "kind"))
GRAPH, SPEC, FEATURES = compiled(Schema((Singleton("text", "text"),), (LABEL, KIND)), {"text": TEXTS})
ITEMS = one_each(N)
ENOUGH = (np.arange(N) < 50).astype(float)
ONE_FEWER = (np.arange(N) < 49).astype(float)
CONFIG = TrainingConfig(epochs=3, batch_size=8, refit=True)


def certain(labels, weights=None):
    return Targets(ITEMS, np.eye(2)[labels], np.ones(N) if weights is None else weights)


def data(n_train=40, n_dev=20, *, weak=("label",), **others):
    """Train, then dev, then examples that are in neither."""
    rows = np.arange(N)
    known = {"targets": {"label": certain(TRUTH)}, "gold": {"label": Labels(ITEMS, TRUTH)}} | others
    return TrainingData(
        FEATURES, train=rows < n_train, dev=(rows >= n_train) & (rows < n_train + n_dev), weak=frozenset(weak), **known
    )


def setup_for(given, config, *, graph=GRAPH, spec=SPEC, calibrates=True, begin=None):
    heads = tuple(head for head in graph.heads if head.task.name in given.targets)
    on_dev = gold_judge(heads, given.gold, np.flatnonzero(given.dev), calibrates=calibrates)
    return Setup(graph, heads, frozenset(), spec, config, begin or Beginning(), on_dev, no_epochs)


def same_weights(one, other):
    found, expected = weights_of(one), weights_of(other)
    return all(torch.equal(found[name], expected[name]) for name in found | expected)


@pytest.mark.parametrize(
    ("given", "refit", "expected"),
    [
        (data(40, 10), "auto", True),
        (data(41, 10), "auto", False),
        (data(41, 10), True, True),
        (data(40, 20), False, False),
        (data(40, 20, weak=()), "auto", False),
        (data(40, 20, weak=()), True, False),
        (data(40, 0), True, False),
        (data(40, 20, gold={}), True, False),
        (data(40, 40, targets={"label": certain(TRUTH, ONE_FEWER)}), "auto", False),
        (data(40, 40, targets={"label": certain(TRUTH, ENOUGH)}), "auto", True),
    ],
)
def test_dev_is_learned_from_where_its_votes_are_a_quarter_of_those_of_train_and_its_gold_has_judged(
    given, refit, expected
):
    assert is_refitted(setup_for(given, replace(CONFIG, refit=refit)), given) is expected


@pytest.mark.parametrize("weak", [("label",), ("kind",), ("label", "kind")])
@pytest.mark.parametrize("judged", [("label",), ("kind",), ("label", "kind")])
def test_every_task_must_be_weak_and_judged_by_dev(weak, judged):
    targets = {"label": certain(TRUTH), "kind": certain(TRUTH)}
    given = data(targets=targets, weak=weak, gold={name: Labels(ITEMS, TRUTH) for name in judged})
    assert is_refitted(setup_for(given, CONFIG), given) is (len(weak) == len(judged) == 2)


@pytest.mark.parametrize(
    ("changed", "others"),
    [
        ({"early_stopping": "targets"}, {}),
        ({"early_stopping": "none"}, {}),
        ({"prune": 0.5}, {}),
        ({}, {"calibrates": False}),
        ({}, {"begin": Beginning(weights={"a": torch.zeros(1)})}),
    ],
)
def test_a_network_that_dev_has_not_judged_as_one_that_is_new_to_it_does_not_learn_from_dev(changed, others):
    assert not is_refitted(setup_for(data(), replace(CONFIG, **changed), **others), data())


def test_a_select_does_not_learn_from_dev():
    payload, task = MemberSet("set", (Field("name", "text"),)), Select("pick", "set")
    graph, spec, features = compiled(Schema((payload,), (task,)), {"set": [[{"name": "a"}, {"name": "b"}]] * N})
    known = {"targets": {"pick": Targets(features.payloads["set"].all_items, np.tile([1.0, 0.0], N), np.ones(N))}}
    gold = {"pick": Labels(features.payloads["set"].all_items, np.zeros(N, np.int64))}
    given = replace(data(**known, gold=gold, weak=["pick"]), features=features)
    assert not is_refitted(setup_for(given, CONFIG, graph=graph, spec=spec), given)


def test_dev_is_train_then():
    wider = with_dev(data())
    assert np.flatnonzero(wider.train).tolist() == list(range(60))
    assert not wider.dev.any()


@pytest.mark.slow
def test_of_what_dev_says_before_it_is_learned_from_nothing_changes():
    before = train(GRAPH, SPEC, data(), config=replace(CONFIG, refit=False))
    found = train(GRAPH, SPEC, data(), config=CONFIG)
    assert same_weights(found.new_to_dev, before.network)
    assert before.new_to_dev is None
    assert not same_weights(found.network, before.network)
    assert (found.epochs, found.best) == (before.epochs, before.best)


@pytest.mark.slow
def test_what_sources_say_of_dev_is_learned_and_its_gold_is_not():
    """Of dev alone sources say the contrary, with a word that train has not."""
    texts = [*TEXTS[:40], *["lighthouse " + text for text in TEXTS[40:]]]
    graph, spec, features = compiled(Schema((Singleton("text", "text"),), (LABEL,)), {"text": texts})
    said = np.where(np.arange(N) < 40, TRUTH, 0)
    given = replace(data(n_dev=30, targets={"label": certain(said)}), features=features)
    trained = train(graph, spec, given, config=replace(CONFIG, epochs=10, self_training=False))
    of_land = (np.arange(N) >= 70) & (TRUTH == 1)
    before, after = (
        predict(network, features)["label"].probabilities[of_land, 0].mean()
        for network in (trained.new_to_dev, trained.network)
    )
    assert before < 0.2
    assert after > before + 0.2


def test_what_gold_chose_stays():
    trained = train(GRAPH, SPEC, data(), config=CONFIG)
    before, after = (network.head("label") for network in (trained.new_to_dev, trained.network))
    assert after.scale.tolist() == before.scale.tolist()
    assert not same_weights(trained.network, trained.new_to_dev)


@pytest.mark.slow
def test_members_of_slices_are_told_by_the_network_that_learned_from_dev():
    """A slice at random beside one that can be told: what the network before could not tell counts little."""
    members = np.stack([TRUTH == 1, np.arange(N) % 5 == 0], axis=1)
    slices = (Slice("land", tag="land"), Slice("any", tag="any"))
    graph, spec, features = compiled(Schema((Singleton("text", "text"),), (LABEL,), slices), {"text": TEXTS})
    given = replace(data(), features=features, members=members)
    setup = setup_for(given, replace(CONFIG, epochs=10), graph=graph, spec=spec)
    before = learned(setup, given, "first")
    network = learned_like(setup, with_dev(given), before).network
    found = answer(network, features).membership[60:, 0]
    assert np.corrcoef(found, TRUTH[60:])[0, 1] > 0.9
    barely = replace(setup, on_dev=replace(setup.on_dev, examples=np.arange(40, 41)))
    assert not same_weights(network, learned_like(barely, with_dev(given), before).network)


@pytest.mark.slow
def test_a_second_round_is_learned_on_dev_too():
    doubtful = Targets(ITEMS, 0.8 * np.eye(2)[TRUTH] + 0.1, np.ones(N))
    seen = []
    given = data(targets={"label": doubtful})
    train(GRAPH, SPEC, given, config=replace(CONFIG, self_training=True), advance=seen.append)
    assert [epoch.number for epoch in seen] == [1, 2, 3] * 3
    assert [epoch.judged is None for epoch in seen] == [False] * 6 + [True] * 3


@pytest.mark.slow
def test_it_takes_as_many_epochs_as_the_network_before():
    random = np.random.default_rng(1)
    leaning = np.where(random.random(N) < 0.45, 1 - TRUTH, TRUTH)
    seen = []
    given = data(targets={"label": certain(leaning)})
    config = TrainingConfig(epochs=40, batch_size=8, learning_rate=0.05, self_training=False, refit=True)
    trained = train(GRAPH, SPEC, given, config=config, advance=seen.append)
    assert len(trained.epochs) < 40
    assert len(seen) == 2 * len(trained.epochs)


@pytest.mark.slow
def test_spans_of_dev_are_learned_and_calibrated_as_before():
    tokens = [["see", word] for word in ["rome", "oslo", "bonn"] * 30]
    graph, spec, features = compiled(
        Schema((Sequence("tokens", "token"),), (Spans("names", ("LOC",), "tokens"),)), {"tokens": tokens}
    )
    items = from_lengths(np.full(N, 2))
    tags = np.tile([0, 1], N)
    given = replace(
        data(targets={"names": Targets(items, np.eye(3)[tags], np.ones(2 * N))}, gold={"names": Labels(items, tags)}),
        features=features,
        weak=frozenset(["names"]),
    )
    trained = train(graph, spec, given, config=replace(CONFIG, epochs=10))
    assert predict(trained.network, features)["names"].labels.tolist() == tags.tolist()
    assert trained.network.head("names").shift.tolist() == trained.new_to_dev.head("names").shift.tolist()
