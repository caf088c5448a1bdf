"""Linear models beside the network."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from scipy.sparse import csr_matrix

from toy_models import compiled
from transom.data.items import one_each
from transom.data.labels import Labels
from transom.data.targets import Targets
from transom.model.network import Network, weights_of
from transom.model.settings import Bag, PayloadSettings
from transom.schema.payloads import Field, Sequence, Singleton
from transom.schema.schema import Schema
from transom.schema.slices import Slice
from transom.schema.tasks import Bitvector, Multiclass, Regression
from transom.training.config import TrainingConfig
from transom.training.judging import gold_judge, judge
from transom.training.linear import SHARES, fit_linear, naive_bayes, sparse
from transom.training.predict import predict
from transom.training.rounds import Beginning
from transom.training.train import train
from transom.training.training_data import TrainingData
from transom.training.wide import (
    LOUDNESS,
    ODDS,
    OF_NUMBERS,
    best_odds,
    calibrations_beside,
    clear_wide,
    linear_beside,
    widen,
)

N = 80
RANDOM = np.random.default_rng(1)
TRUTH = RANDOM.integers(2, size=N)
TEXTS = [" ".join(RANDOM.choice(["ship", "sail"] if label else ["road", "car"], 3)) for label in TRUTH]
LABEL = Multiclass("label", ("land", "sea"), "text")
LABEL_OF_HEIGHT = Multiclass("label", ("land", "sea"), "height")
SCHEMA = Schema((Singleton("text", "text"),), (LABEL,))
GRAPH, SPEC, FEATURES = compiled(SCHEMA, {"text": TEXTS})
TRAIN = np.arange(N) < 40


def certain(labels):
    return Targets(one_each(N), np.eye(2)[labels], np.ones(N))


def beside(network, labels=TRUTH, **others):
    return linear_beside(
        network, network.graph.heads, FEATURES, targets={"label": certain(labels)}, train=TRAIN, **others
    )


def judge_with(labels):
    gold = {"label": Labels(one_each(N), labels)}
    return gold_judge(GRAPH.heads, gold, np.flatnonzero(~TRAIN), calibrates=True)


def listen(network, linear, features, by):
    odds = best_odds(network, linear, features, by)
    widen(network, linear, odds, calibrations_beside(network, linear, odds, features, by))
    return judge(network, features, by).loss


def probabilities(network):
    return predict(network, FEATURES)["label"].probabilities


def odds_of(network, linear):
    """How much the linear model was made to count."""
    (model,) = linear.values()
    table = weights_of(network)["task/label/wide:sums.0.table"].numpy()
    return float(np.abs(table).sum() / np.abs(model.coefficients).sum() / network.head("label").scale[0])


def test_where_nobody_judges_a_silent_network_leaves_half_of_what_the_linear_model_says():
    network = Network(GRAPH, SPEC)
    linear = beside(network)
    widen(network, linear, {}, {})
    found, told = probabilities(network), linear[GRAPH.heads[0]]
    bags = FEATURES.payloads["text"].bags
    rows = [slice(*bags.offsets[row : row + 2]) for row in range(N)]
    scores = np.stack([bags.weights[row] @ told.coefficients[bags.ids[row]] for row in rows]) + told.intercepts
    powers = np.exp(scores / 2)
    assert found == pytest.approx(powers / powers.sum(axis=1, keepdims=True), abs=1e-4)
    assert odds_of(network, linear) == pytest.approx(1.0)


def test_what_a_linear_model_says_of_tokens_and_numbers_is_what_the_network_says_beside_it():
    random = np.random.default_rng(3)
    payloads = (Sequence("tokens", "token"), Singleton("height", "number"))
    schema = Schema(payloads, (LABEL_OF_HEIGHT,))
    tokens = [[] if row == 3 else text.split()[: 1 + row % 3] for row, text in enumerate(TEXTS)]
    graph, spec, features = compiled(schema, {"tokens": tokens, "height": random.normal(size=N).tolist()})
    network = Network(graph, spec)
    targets = {"label": certain(TRUTH)}
    linear = linear_beside(network, network.graph.heads, features, targets=targets, train=TRAIN)
    widen(network, linear, {}, {})
    (told,) = linear.values()
    keys = [reading.key for reading in graph.block("task/label/wide").readings]
    assert keys == ["height", "tokens.ngrams"]
    sizes = {payload.reading.key: payload.n_features for payload in spec.payloads}
    seen = np.hstack([sparse(features.payloads[key].bags, sizes[key]).toarray() for key in keys])
    powers = np.exp((seen @ told.coefficients + told.intercepts) / 2)
    found = predict(network, features)["label"].probabilities
    assert found == pytest.approx(powers / powers.sum(axis=1, keepdims=True), abs=1e-4)
    assert (found[TRAIN].argmax(axis=1) == TRUTH[TRAIN]).mean() > 0.9


@pytest.mark.parametrize("network_is_right", [False, True])
def test_gold_says_how_far_to_listen_to_the_linear_model(network_is_right):
    network = Network(GRAPH, SPEC)
    torch.nn.init.normal_(network.head("label").linear.weight, std=30.0, generator=torch.Generator().manual_seed(0))
    said = probabilities(network).argmax(axis=1)
    linear = beside(network, 1 - said)
    listen(network, linear, FEATURES, judge_with(said if network_is_right else 1 - said))
    odds = odds_of(network, linear)
    assert odds < 0.9 if network_is_right else odds > 1.1


def test_beside_a_head_with_slices_gold_alone_says_how_far_to_listen():
    odds = []
    for slices in ((), (Slice("storm", tag="storm"),)):
        network = Network(compiled(Schema(SCHEMA.payloads, SCHEMA.tasks, slices), {"text": TEXTS})[0], SPEC)
        torch.nn.init.normal_(network.head("label").linear.weight, std=30.0, generator=torch.Generator().manual_seed(0))
        right = probabilities(network).argmax(axis=1)
        linear = beside(network, 1 - right)
        gold = {"label": Labels(one_each(N), right)}
        listen(network, linear, FEATURES, gold_judge(network.graph.heads, gold, np.arange(40, 46), calibrates=True))
        odds.append(odds_of(network, linear))
    assert odds[0] > odds[1]
    assert odds[1] == pytest.approx(ODDS[0])


def test_a_linear_model_that_is_wrong_does_not_spoil_a_network_that_is_right():
    network = Network(GRAPH, SPEC)
    listen(network, beside(network), FEATURES, judge_with(TRUTH))
    before = probabilities(network)
    clear_wide(network, GRAPH.heads)
    assert (before.argmax(axis=1) == TRUTH).mean() == 1.0
    assert not weights_of(network)["task/label/wide:sums.0.table"].any()


def test_of_labels_by_weak_sources_naive_bayes_has_a_say_too():
    network = Network(GRAPH, SPEC)
    (fitted,), (both,) = (beside(network, weak=weak).values() for weak in ((), {"label"}))
    matrix = sparse(FEATURES.payloads["text"].bags, SPEC.payloads[0].n_features)[TRAIN]
    other = both.scores(matrix) - fitted.scores(matrix)
    assert other.std(axis=0).mean() == pytest.approx(LOUDNESS * fitted.scores(matrix).std(axis=0).mean())
    assert (other.argmax(axis=1) == TRUTH[TRAIN]).all()


def test_a_fit_believes_what_tells_classes_apart_before_what_a_few_rows_happen_to_have():
    random = np.random.default_rng(0)
    n_train, truth = 100, random.integers(2, size=2100)
    telling = [[f"{('land', 'sea')[label]}{k}" for k in random.choice(30, 2)] for label in truth]
    chance = [[f"{k}{k}" for k in random.choice(900, 12)] for _ in truth]
    texts = [" ".join(words) for words in np.hstack([telling, chance])]
    settings = {"text": PayloadSettings(encoder=Bag(word_ngrams=1, character_ngrams=0))}
    graph, spec, features = compiled(SCHEMA, {"text": texts}, settings)
    train, targets = np.arange(2100) < n_train, Targets(one_each(2100), np.eye(2)[truth], np.ones(2100))
    models = linear_beside(Network(graph, spec), graph.heads, features, targets={"label": targets}, train=train)
    (found,), matrix = models.values(), sparse(features.payloads["text"].bags, spec.payloads[0].n_features)
    plain = fit_linear(LABEL, matrix[train], targets.probabilities[train], weights=np.ones(n_train))
    right = [(model.scores(matrix).argmax(axis=1) == truth)[~train].mean() for model in (found, plain)]
    assert right[0] > right[1] + 0.05


def of_heights(weak):
    """A linear model of numbers that say nothing of the labels, the numbers as it sees them, and its targets."""
    schema = Schema((Singleton("height", "number"),), (LABEL_OF_HEIGHT,))
    graph, spec, features = compiled(schema, {"height": np.random.default_rng(2).normal(size=N).tolist()})
    network, targets = Network(graph, spec), {"label": certain(TRUTH)}
    (found,) = linear_beside(network, graph.heads, features, targets=targets, train=TRAIN, weak=weak).values()
    matrix = sparse(features.payloads["height"].bags, spec.payloads[0].n_features)[TRAIN]
    return found, matrix, targets["label"].probabilities[TRAIN]


def test_of_numbers_naive_bayes_knows_nothing():
    found, matrix, told = of_heights(weak={"label"})
    plain = fit_linear(LABEL, matrix, told, weights=np.ones(40))
    assert found.coefficients == pytest.approx(plain.coefficients)


def test_of_numbers_and_gold_labels_held_out_rows_say_how_much_is_penalized():
    found, matrix, told = of_heights(weak=())
    plain, chosen = (
        fit_linear(LABEL, matrix, told, weights=np.ones(40), shares=each).coefficients for each in ((1.0,), SHARES)
    )
    assert found.coefficients == pytest.approx(chosen)
    assert np.abs(found.coefficients).mean() < np.abs(plain).mean() / 2


def test_beside_numbers_naive_bayes_has_its_say_of_words_and_categories():
    random = np.random.default_rng(3)
    task = Multiclass("label", ("land", "sea", "air"), "person")
    fields = (Field("note", "text"), Field("height", "number"), Field("port", "category"))
    labels = random.integers(3, size=N)
    people = [
        {"note": f"{text} {label}", "height": float(height), "port": "quay" if label else "station"}
        for text, height, label in zip(TEXTS, random.normal(size=N), labels, strict=True)
    ]
    schema = Schema((Singleton("person", "record", fields=fields),), (task,))
    graph, spec, features = compiled(schema, {"person": people})
    network, targets = Network(graph, spec), {"label": Targets(one_each(N), np.eye(3)[labels], np.ones(N))}
    (gold,), (weak,) = (
        linear_beside(network, graph.heads, features, targets=targets, train=TRAIN, weak=names).values()
        for names in ((), {"label"})
    )
    discrete = spec.payloads[0].discrete
    matrix = sparse(features.payloads["person"].bags, len(discrete))[TRAIN].toarray()
    ratios = naive_bayes(csr_matrix(matrix), np.eye(3)[labels[TRAIN]], weights=np.ones(40)).coefficients
    sizes = np.sqrt((ratios**2).mean(axis=1))
    units = np.where(discrete, sizes / np.sqrt((sizes[discrete] ** 2).mean()), OF_NUMBERS)
    scaled = csr_matrix(matrix * units)
    fits = [fit_linear(task, scaled, np.eye(3)[labels[TRAIN]], weights=np.ones(40), shares=s) for s in (SHARES, (1.0,))]
    of_gold, of_weak = (units[:, None] * fit.coefficients for fit in fits)
    assert gold.coefficients == pytest.approx(of_gold)
    added = weak.coefficients - of_weak
    assert np.abs(added[~discrete]).max() < 1e-9
    loud, counted = ((matrix[:, discrete] @ each[discrete]).std(axis=0).mean() for each in (of_weak, added))
    assert counted == pytest.approx(LOUDNESS * loud)
    assert added[discrete] * ratios[discrete].max() == pytest.approx(ratios[discrete] * added[discrete].max())


@pytest.mark.parametrize("task", [LABEL, Regression("label", "text")])
def test_a_task_of_which_no_example_has_a_label_has_no_linear_model(task):
    graph, spec, features = compiled(Schema(SCHEMA.payloads, (task,)), {"text": TEXTS})
    probabilities = np.zeros(N) if isinstance(task, Regression) else np.full((N, 2), 0.5)
    targets = {"label": Targets(one_each(N), probabilities, (~TRAIN).astype(float))}
    assert not linear_beside(Network(graph, spec), graph.heads, features, targets=targets, train=TRAIN)


def test_pruned_coefficients_say_nothing():
    (model,) = beside(Network(GRAPH, SPEC), prune=0.75).values()
    assert (model.coefficients == 0).mean() >= 0.75
    assert model.coefficients.any()


def test_each_bit_has_its_own_linear_model():
    schema = Schema(SCHEMA.payloads, (Bitvector("bits", ("land", "sea"), "text"),))
    graph, spec, features = compiled(schema, {"text": TEXTS})
    data = TrainingData(features, {"bits": certain(TRUTH)}, TRAIN, ~TRAIN)
    trained = train(graph, spec, data, config=TrainingConfig(epochs=2))
    table = weights_of(trained.network)["task/bits/wide:sums.0.table"]
    assert torch.allclose(table[:, 0], -table[:, 1], atol=1e-2)
    assert table.any()


def test_training_that_begins_with_another_model_learns_without_its_linear_model_and_calibration():
    data = TrainingData(FEATURES, {"label": certain(TRUTH)}, TRAIN, ~TRAIN)
    config = TrainingConfig(epochs=2)
    first = train(GRAPH, SPEC, data, config=config).network
    other = weights_of(first) | {
        "task/label/wide:sums.0.table": torch.full((SPEC.payloads[0].n_features, 2), 5.0),
        "task/label/head:scale": torch.full((2,), 0.1),
        "task/label/head:shift": torch.tensor([3.0, -3.0]),
    }
    found = [
        weights_of(train(GRAPH, SPEC, data, config=config, begin=Beginning(weights)).network)
        for weights in (weights_of(first), other)
    ]
    assert all(torch.equal(found[0][name], found[1][name]) for name in found[0])


SCORE = Regression("score", "text")
SCORED = compiled(Schema(SCHEMA.payloads, (SCORE,)), {"text": TEXTS})
LENGTHS = np.array([len(set(text.split())) for text in TEXTS]) + 3.0 * TRUTH


def numbers(values):
    return Targets(one_each(N), values, np.ones(N))


def network_of_numbers(values, std):
    """A network whose head has the unit and mean of the values, and says something at random."""
    network = Network(SCORED[0], SCORED[1])
    scores = network.head("score").scores
    torch.nn.init.normal_(scores.linear.weight, std=std, generator=torch.Generator().manual_seed(0))
    scores.scale.fill_(float(values.std()))
    scores.shift.fill_(float(values.mean()))
    return network


@pytest.mark.parametrize("unit", [1e-3, 1.0, 1e6])
def test_numbers_are_the_mean_of_what_network_and_linear_model_say_in_any_unit(unit):
    values = unit * LENGTHS
    network, (_, _, features) = network_of_numbers(values, 1.0), SCORED
    alone = predict(network, features)["score"].labels
    linear = linear_beside(network, network.graph.heads, features, targets={"score": numbers(values)}, train=TRAIN)
    widen(network, linear, {}, {})
    found = 2 * predict(network, features)["score"].labels - alone
    assert np.corrcoef(found, values)[0, 1] > 0.9
    assert np.abs(found - values).mean() < 0.5 * np.abs(values - values.mean()).mean()


@pytest.mark.parametrize("std", [0.0, 30.0])
def test_gold_of_numbers_says_how_far_to_listen(std):
    network, (_, _, features) = network_of_numbers(LENGTHS, std), SCORED
    linear = linear_beside(network, network.graph.heads, features, targets={"score": numbers(LENGTHS)}, train=TRAIN)
    alone = predict(network, features)["score"].labels
    gold = {"score": Labels(one_each(N), LENGTHS if std == 0 else alone.astype(float))}
    by = gold_judge(network.graph.heads, gold, np.flatnonzero(~TRAIN), calibrates=True)
    (odds,) = best_odds(network, linear, features, by).values()
    assert odds == (ODDS[-1] if std == 0 else ODDS[0])
    assert predict(network, features)["score"].labels == pytest.approx(alone)


def test_a_few_gold_labels_say_less_where_sources_made_the_others():
    network, (_, _, features) = network_of_numbers(LENGTHS, 30.0), SCORED
    linear = linear_beside(network, network.graph.heads, features, targets={"score": numbers(LENGTHS)}, train=TRAIN)
    gold = {"score": Labels(one_each(N), predict(network, features)["score"].labels.astype(float))}
    judge_of = partial(gold_judge, network.graph.heads, gold, np.arange(40, 44), calibrates=True)
    (trusted,), (doubted,) = (
        best_odds(network, linear, features, judge_of(weak=weak)).values() for weak in ((), {"score"})
    )
    assert trusted < doubted < 1


def test_without_gold_on_dev_what_was_held_out_of_trains_gold_says_how_far_to_listen():
    graph, spec, features = SCORED
    data = TrainingData(features, {"score": numbers(LENGTHS)}, np.ones(N, bool), np.zeros(N, bool))
    config = TrainingConfig(epochs=1, learning_rate=1e-6)
    by_gold, by_votes = (
        float(train(graph, spec, replace(data, weak=weak), config=config).network.head("score").scores.scale)
        for weak in (frozenset(), frozenset({"score"}))
    )
    assert by_gold < 0.7 * by_votes


def test_numbers_that_begin_with_another_model_begin_in_the_unit_of_their_targets():
    graph, spec, features = SCORED
    data = TrainingData(features, {"score": numbers(LENGTHS)}, TRAIN, ~TRAIN)
    config = TrainingConfig(epochs=1, learning_rate=1e-9)
    first = train(graph, spec, data, config=config).network
    again = train(graph, spec, data, config=config, begin=Beginning(weights_of(first))).network
    found, expected = (predict(network, features)["score"].labels for network in (again, first))
    assert found == pytest.approx(expected, rel=1e-4)
