"""Training."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from toy_models import PAYLOADS, SCHEMA, TASKS, WORDS, all_items, compiled, random_targets, random_values
from transom.data.items import one_each
from transom.data.labels import Labels
from transom.data.targets import Targets
from transom.errors import TrainingError
from transom.model.network import Network, weights_of
from transom.model.settings import Bag, Dense, Lstm, PayloadSettings
from transom.schema.payloads import Field, MemberSet, Sequence, Singleton
from transom.schema.schema import Schema
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans
from transom.training.config import TrainingConfig
from transom.training.held_out import held_out
from transom.training.predict import predict
from transom.training.rounds import Beginning
from transom.training.train import train
from transom.training.training_data import TrainingData

QUICK = TrainingConfig(epochs=3, batch_size=8, refit=False)
LABEL = Multiclass("label", ("sea", "land"), "text")
TEXT = Schema((Singleton("text", "text"),), (LABEL,))
RANDOM = np.random.default_rng(0)
TRUTH = RANDOM.integers(2, size=60)
TEXTS = [
    " ".join(RANDOM.choice(["ship", "sail", "wave"] if label == 0 else ["road", "car", "wheel"], 3)) for label in TRUTH
]


def data_of(features, targets, *, n_train=40, **others):
    """The first examples are for training, the others dev."""
    is_train = np.arange(features.n_examples) < n_train
    return TrainingData(features, targets, is_train, ~is_train, **others)


def toy(labels=TRUTH, *, classes=("sea", "land"), texts=TEXTS, doubt=0.0, **others):
    """Graph, spec and data of texts with these labels as targets; `doubt` is spread over all classes."""
    schema = Schema((Singleton("text", "text"),), (replace(LABEL, classes=classes),))
    graph, spec, features = compiled(schema, {"text": texts})
    probabilities = (1 - doubt) * np.eye(len(classes))[labels] + doubt / len(classes)
    targets = Targets(one_each(len(labels)), probabilities, np.ones(len(labels)))
    return graph, spec, data_of(features, {"label": targets}, **others)


def gold(labels=TRUTH):
    return {"label": Labels(one_each(len(labels)), labels)}


def probabilities(trained, features, task="label"):
    return predict(trained.network, features)[task].probabilities


def same_weights(one, other):
    found, expected = weights_of(one.network), weights_of(other.network)
    return found.keys() == expected.keys() and all(torch.equal(found[name], expected[name]) for name in found)


def test_a_separable_task_is_learned():
    graph, spec, data = toy()
    found = predict(train(graph, spec, data, config=TrainingConfig(batch_size=8)).network, data.features)["label"]
    assert found.labels[40:].tolist() == TRUTH[40:].tolist()


def test_the_same_seed_gives_the_same_weights_to_the_last_bit():
    assert same_weights(train(*toy(), config=QUICK), train(*toy(), config=QUICK))
    assert not same_weights(train(*toy(), config=QUICK), train(*toy(), config=replace(QUICK, seed=1)))


@pytest.mark.usefixtures("two_threads")
def test_training_leaves_the_random_numbers_and_threads_of_others_alone():
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    train(*toy(), config=QUICK)
    assert torch.equal(torch.rand(1), expected)
    assert torch.get_num_threads() == 2


def test_a_task_without_labels_changes_nothing():
    both = (LABEL, Bitvector("topics", ("a", "b"), "text"))
    graph, spec, _ = compiled(Schema(TEXT.payloads, both), {"text": TEXTS})
    _, _, alone = toy()
    masked = Targets(one_each(60), np.full((60, 2), 0.5), np.zeros(60))
    trained = train(graph, spec, replace(alone, targets={**alone.targets, "topics": masked}), config=QUICK)
    assert [head.task.name for head in trained.network.graph.heads] == ["label"]
    assert same_weights(trained, train(*toy(), config=QUICK))


def test_what_masked_examples_say_changes_nothing():
    graph, spec, data = toy()
    weights = np.ones(60)
    weights[::3] = 0
    flipped = np.where(np.arange(60) % 3 == 0, 1 - TRUTH, TRUTH)
    results = [
        train(
            graph,
            spec,
            replace(data, targets={"label": Targets(one_each(60), np.eye(2)[labels], weights)}),
            config=QUICK,
        )
        for labels in (TRUTH, flipped)
    ]
    assert same_weights(*results)


def test_classes_in_another_order_have_their_probabilities_in_that_order():
    graph, spec, data = toy()
    one = probabilities(train(graph, spec, data, config=QUICK), data.features)
    graph, spec, data = toy(1 - TRUTH, classes=("land", "sea"))
    other = probabilities(train(graph, spec, data, config=QUICK), data.features)
    assert other[:, ::-1] == pytest.approx(one, abs=1e-4)  # sums of gradients are taken in another order


def test_gold_is_looked_at_on_dev_only():
    elsewhere = np.where(np.arange(60) < 40, 1 - TRUTH, TRUTH)
    found = [train(*toy(gold=gold(labels)), config=QUICK) for labels in (TRUTH, elsewhere)]
    assert same_weights(*found)


def test_dev_gold_corrects_what_weak_labels_lean_to():
    random = np.random.default_rng(1)
    leaning = np.where(random.random(60) < 0.45, 0, TRUTH)
    graph, spec, data = toy(leaning, gold=gold())
    plain = predict(train(graph, spec, data, config=QUICK, calibrates=False).network, data.features)["label"].labels
    found = predict(train(graph, spec, data, config=QUICK).network, data.features)["label"].labels
    assert (found == TRUTH).mean() >= (plain == TRUTH).mean()
    assert (found == TRUTH).mean() > 0.9


def test_without_calibration_scores_are_half_the_networks_and_half_those_of_a_linear_model():
    trained = train(*toy(gold=gold()), config=QUICK, calibrates=False)
    assert trained.network.head("label").scale.tolist() == [0.5, 0.5]


WEAK = {"weak": frozenset(["label"]), "doubt": 0.2}


def test_gold_shifts_more_what_sources_taught():
    one_sided, config = gold(np.where(np.arange(60) % 3, TRUTH, 1)), replace(QUICK, self_training=False)
    by_gold, by_sources = (
        train(*toy(gold=one_sided, weak=frozenset(weak)), config=config).network.head("label").shift
        for weak in ((), ("label",))
    )
    assert 0 < by_gold[1] - by_gold[0] < 0.7 * (by_sources[1] - by_sources[0])


def test_doubtful_weak_labels_with_dev_gold_are_trained_again():
    seen = []
    train(*toy(gold=gold(), **WEAK), config=replace(QUICK, learning_rate=0.05), advance=seen.append)
    assert [epoch.number for epoch in seen] == [1, 2, 3, 1, 2, 3]


@pytest.mark.parametrize(
    ("others", "config", "n_rounds"),
    [
        (WEAK, QUICK, 1),
        ({"gold": gold(), "doubt": 0.2}, QUICK, 1),
        ({"gold": gold(), **WEAK, "doubt": 0.0}, QUICK, 1),
        ({"gold": gold(), **WEAK}, replace(QUICK, self_training=False), 1),
        ({"weak": frozenset(["label"])}, replace(QUICK, self_training=True), 2),
    ],
)
def test_a_second_round_needs_doubtful_weak_labels_and_dev_gold_unless_it_is_asked_for(others, config, n_rounds):
    seen = []
    train(*toy(**others), config=config, advance=seen.append)
    assert [epoch.number for epoch in seen].count(1) == n_rounds


@pytest.mark.slow
def test_many_doubtful_labels_are_learned_from_a_second_time_without_gold():
    seen = []
    many = toy(np.tile(TRUTH, 15), texts=TEXTS * 15, n_train=900, **WEAK)
    train(*many, config=QUICK, advance=seen.append)
    assert [epoch.number for epoch in seen].count(1) == 2


@pytest.mark.slow
@pytest.mark.parametrize("n_dev", [0, 20])
@pytest.mark.parametrize(("asked", "n_rounds"), [("auto", 1), (True, 2)])
def test_labels_that_lose_a_class_are_not_learned_from_unless_it_is_asked_for(asked, n_rounds, n_dev):
    """A class of a tenth of the labels, at random, so that the network names the other alone; gold has three of 20."""
    seen, rare = [], np.random.default_rng(0).permutation(np.where(np.arange(900) % 10 == 0, 1, 0))
    others = {"gold": {"label": Labels(one_each(900), rare)}} if n_dev else {}
    many = toy(rare, texts=TEXTS * 15, n_train=900 - n_dev, **others, **WEAK)
    train(*many, config=replace(QUICK, self_training=asked), advance=seen.append)
    assert [epoch.number for epoch in seen].count(1) == n_rounds


def test_the_best_epoch_on_dev_is_kept():
    random = np.random.default_rng(1)
    graph, spec, data = toy(np.where(random.random(60) < 0.4, 1 - TRUTH, TRUTH), gold=gold())
    trained = train(graph, spec, data, config=replace(QUICK, epochs=8, learning_rate=0.05))
    judged = [epoch.judged for epoch in trained.epochs]
    assert trained.best == int(np.argmin(judged)) + 1


def test_without_dev_gold_a_tenth_of_train_says_when_to_stop():
    assert all(epoch.judged is not None for epoch in train(*toy(), config=QUICK).epochs)
    assert all(
        epoch.judged is not None
        for epoch in train(*toy(gold=gold()), config=replace(QUICK, early_stopping="targets")).epochs
    )


def test_a_task_all_of_whose_few_labels_would_be_held_out_learns_from_them():
    schema = Schema(TEXT.payloads, (LABEL, Regression("price", "text")))
    graph, spec, features = compiled(schema, {"text": TEXTS})
    _, judging = held_out(np.arange(40), QUICK)
    few = np.isin(np.arange(60), judging[:2]).astype(np.float64)
    labels = Targets(one_each(60), np.eye(2)[TRUTH], np.ones(60))
    prices = Targets(one_each(60), np.full(60, 100.0), few)

    trained = train(graph, spec, data_of(features, {"label": labels, "price": prices}), config=QUICK)

    np.testing.assert_allclose(probabilities(trained, features, "price"), 100.0, rtol=1e-3)
    assert all(epoch.judged is not None for epoch in trained.epochs)


def test_without_early_stopping_the_last_epoch_is_kept():
    trained = train(*toy(), config=replace(QUICK, early_stopping="none"))
    assert (trained.best, [epoch.judged for epoch in trained.epochs]) == (3, [None] * 3)


def test_a_handful_of_examples_is_enough():
    trained = train(*toy(n_train=3), config=QUICK)
    assert np.isfinite(probabilities(trained, toy()[2].features)).all()


def test_one_class_in_train_is_always_predicted():
    graph, spec, data = toy(np.zeros(60, np.int64))
    found = predict(train(graph, spec, data, config=QUICK).network, data.features)["label"]
    assert set(found.labels) == {0}


@pytest.mark.parametrize("texts", [[""] * 60, [None] * 60, ["same"] * 60])
def test_texts_that_tell_nothing_leave_the_share_of_each_class(texts):
    graph, spec, data = toy(np.array([0, 0, 1] * 20), texts=texts)
    found = probabilities(train(graph, spec, data, config=QUICK), data.features)
    assert found[:, 0] == pytest.approx(np.full(60, 2 / 3), abs=0.1)


def test_no_label_on_train_is_refused():
    graph, spec, data = toy()
    nothing = Targets(one_each(60), np.full((60, 2), 0.5), np.repeat([0.0, 1.0], [40, 20]))
    with pytest.raises(TrainingError) as caught:
        train(graph, spec, replace(data, targets={"label": nothing}), config=QUICK)
    assert str(caught.value) == (
        "T125 No training example has a label for a task with a payload. Add a source that votes on some."
    )


def test_a_frozen_trunk_without_a_new_task_has_nothing_to_learn():
    graph, spec, data = toy()
    begin = Beginning(weights_of(Network(graph, spec)), graph)
    with pytest.raises(TrainingError) as caught:
        train(graph, spec, data, config=replace(QUICK, trunk="frozen"), begin=begin)
    assert str(caught.value) == (
        "T129 trunk: frozen leaves nothing to learn: the version has learned label already. Add a task, or set "
        "training.trunk to trained."
    )


def test_a_frozen_trunk_learns_nothing_from_the_labels_of_tasks_that_it_keeps():
    _, _, data = toy()
    both = Schema((Singleton("text", "text"),), (LABEL, replace(LABEL, name="other")))
    graph, spec, _ = compiled(both, {"text": TEXTS})
    begin = Beginning(weights_of(Network(graph.only(["label"]), spec)), graph.only(["label"]))
    with pytest.raises(TrainingError) as caught:
        train(graph, spec, data, config=replace(QUICK, trunk="frozen"), begin=begin)
    assert str(caught.value) == (
        "T125 No training example has a label for other, and trunk: frozen keeps the other tasks as they are. "
        "Add a source that votes on some."
    )


def test_a_loss_that_is_no_number_is_refused_with_what_to_do():
    graph, spec, data = toy()
    with pytest.raises(TrainingError) as caught:
        train(graph, spec, data, config=replace(QUICK, learning_rate=1e38))
    assert str(caught.value).startswith("T124 The loss of epoch ")
    assert str(caught.value).endswith("Set training.learning_rate below 1e+38.")


def test_all_tasks_are_trained_together():
    graph, spec, features = compiled(SCHEMA, random_values(40))
    targets = {task.name: random_targets(task, features) for task in TASKS}
    trained = train(graph, spec, data_of(features, targets, n_train=30), config=QUICK)
    assert trained.epochs[-1].loss < trained.epochs[0].loss
    assert set(predict(trained.network, features)) == {task.name for task in TASKS}


def test_stretches_of_a_sequence_are_learned():
    random = np.random.default_rng(1)
    task = Spans("names", ("SHIP",), "tokens")
    tokens = [random.choice(WORDS, 5).tolist() for _ in range(80)]
    graph, spec, features = compiled(Schema(PAYLOADS[1:2], (task,)), {"tokens": tokens})
    tags = np.array([1 if word in ("ship", "boat") else 0 for words in tokens for word in words])
    items = all_items(task, features)
    data = data_of(features, {"names": Targets(items, np.eye(3)[tags], np.ones(len(tags)))}, n_train=60)
    trained = train(graph, spec, data, config=TrainingConfig(epochs=12, batch_size=8, learning_rate=0.01))
    assert (predict(trained.network, features)["names"].labels == tags).mean() > 0.97


@pytest.mark.slow
def test_members_are_chosen_by_what_they_are():
    random = np.random.default_rng(1)
    payload = MemberSet("entities", (Field("weight", "number"),))
    weights = [random.permutation(5)[: random.integers(1, 5)].tolist() for _ in range(120)]
    members = [[{"id": str(w), "range": None, "weight": float(w)} for w in each] for each in weights]
    task = Select("best", "entities")
    graph, spec, features = compiled(Schema((payload,), (task,)), {"entities": members})
    chosen = np.array([w == max(each) for each in weights for w in each], float)
    targets = Targets(features.payloads["entities"].all_items, chosen, np.ones(120))
    trained = train(
        graph, spec, data_of(features, {"best": targets}, n_train=90), config=TrainingConfig(epochs=15, batch_size=8)
    )
    found = predict(trained.network, features)["best"].labels[90:].tolist()
    assert np.mean([pick == each.index(max(each)) for pick, each in zip(found, weights[90:], strict=True)]) > 0.9


@pytest.mark.slow
def test_a_question_is_answered_from_the_member_that_it_asks_about():
    random = np.random.default_rng(1)
    people, places = tuple("abcdef"), ("sea", "land", "air")
    where = random.integers(len(places), size=(800, len(people)))
    asked = random.integers(len(people), size=800)
    members = [
        [{"id": who, "range": None, "who": who, "where": places[at]} for who, at in zip(people, row, strict=True)]
        for row in where
    ]
    payloads = (
        Singleton("question", "category"),
        MemberSet("memory", (Field("who", "category"), Field("where", "category"))),
    )
    values = {"question": [people[who] for who in asked], "memory": members}
    graph, spec, features = compiled(Schema(payloads, (Multiclass("answer", places, "question"),)), values)
    answers = where[np.arange(800), asked]
    data = data_of(
        features, {"answer": Targets(one_each(800), np.eye(len(places))[answers], np.ones(800))}, n_train=600
    )
    trained = train(graph, spec, data, config=TrainingConfig(epochs=20, batch_size=8, learning_rate=0.01))
    assert (predict(trained.network, features)["answer"].labels == answers)[600:].mean() > 0.95


@pytest.mark.slow
def test_classes_that_lie_in_stripes_of_a_vector_are_told_apart():
    points = np.random.default_rng(3).uniform(-1, 1, (600, 2))
    stripe = (np.sin(4 * points.sum(1)) > 0).astype(int)
    stripes = Schema((Singleton("place", "vector"),), (replace(LABEL, payload="place"),))
    graph, spec, features = compiled(stripes, {"place": points.tolist()})
    targets = {"label": Targets(one_each(600), np.eye(2)[stripe], np.ones(600))}
    trained = train(graph, spec, data_of(features, targets, n_train=400, gold=gold(stripe)))
    assert (predict(trained.network, features)["label"].labels[400:] == stripe[400:]).mean() > 0.8


@pytest.mark.slow
def test_which_numbers_of_a_sequence_are_higher_than_the_one_before_is_learned():
    """A third of them differ by less than .43; with half of what is known of a number left out .83 were right."""
    numbers = np.random.default_rng(5).normal(size=(300, 8)).cumsum(1)
    task = Multiclass("way", ("down", "up"), "waves")
    series = Schema((Sequence("waves", "number"),), (task,))
    graph, spec, features = compiled(series, {"waves": numbers.tolist()})
    is_higher = np.diff(numbers, axis=1, prepend=numbers[:, :1]) > 0
    ways, items = is_higher.ravel().astype(int), all_items(task, features)
    targets = {"way": Targets(items, np.eye(2)[ways], np.ones(len(ways)))}
    trained = train(graph, spec, data_of(features, targets, n_train=200, gold={"way": Labels(items, ways)}))
    assert (predict(trained.network, features)["way"].labels == ways)[8 * 200 :].mean() > 0.9


@pytest.mark.slow
def test_a_number_is_learned_in_its_own_unit():
    random = np.random.default_rng(1)
    heights = random.random(100)
    graph, spec, features = compiled(
        Schema((Singleton("height", "number"),), (Regression("score", "height"),)), {"height": heights.tolist()}
    )
    targets = Targets(one_each(100), heights * 1000 + 5000, np.ones(100))
    trained = train(graph, spec, data_of(features, {"score": targets}, n_train=80), config=TrainingConfig(batch_size=8))
    found = predict(trained.network, features)["score"].labels
    assert np.abs(found - targets.probabilities)[80:].mean() < 60


def prices(offset=0.0, n=400):
    """Numbers that are a product of what makes and sizes say, over four orders of magnitude."""
    random = np.random.default_rng(0)
    makes, sizes = random.integers(8, size=n), random.normal(size=n)
    values = np.exp(random.normal(size=8)[makes] * 1.5 + sizes + random.normal(size=n) * 0.1) * 100 + offset
    fields = (Field("make", "category"), Field("size", "number"))
    schema = Schema((Singleton("car", "record", fields=fields),), (Regression("price", "car"),))
    records = [{"make": f"m{make}", "size": size} for make, size in zip(makes.tolist(), sizes.tolist(), strict=True)]
    return *compiled(schema, {"car": records}), values


@pytest.mark.slow
@pytest.mark.parametrize(("origin", "unit"), [(1.7e9, 30.0), (0.0, 1e60), (0.0, 1e-300)])
def test_numbers_that_float32_does_not_hold_are_learned_and_answered(origin, unit):
    heights = np.linspace(-2, 2, 120)
    graph, spec, features = compiled(
        Schema((Singleton("height", "number"),), (Regression("score", "height"),)), {"height": heights.tolist()}
    )
    wanted = origin + unit * 3 * heights
    targets, gold = Targets(one_each(120), wanted, np.ones(120)), {"score": Labels(one_each(120), wanted)}
    data = data_of(features, {"score": targets}, n_train=80, gold=gold)
    trained = train(graph, spec, replace(data, train=data.dev, dev=data.train), config=TrainingConfig(batch_size=8))
    found = predict(trained.network, features)["score"].labels
    assert np.abs((found - wanted)[80:]).mean() < unit


def test_products_are_learned_as_products_and_no_price_is_below_zero():
    graph, spec, features, values = prices()
    data = data_of(features, {"price": Targets(one_each(400), values, np.ones(400))}, n_train=300)
    trained = train(graph, spec, data)
    found = predict(trained.network, features)["price"].labels
    assert trained.network.graph.heads[0].link is not None
    assert (found > 0).all()
    assert np.abs(np.log(found / values))[300:].mean() < 0.5  # learned as they are, it is 1.9


def test_numbers_below_zero_are_no_products():
    graph, spec, features, values = prices(offset=-50)
    data = data_of(features, {"price": Targets(one_each(400), values, np.ones(400))}, n_train=300)
    assert train(graph, spec, data, config=QUICK).network.graph.heads[0].link is None


@pytest.mark.slow
def test_a_frozen_trunk_keeps_what_the_scores_of_its_numbers_are():
    _, _, _, values = prices()
    fields = (Field("make", "category"), Field("size", "number"))
    tasks = (Regression("price", "car"), Regression("gain", "car"))
    both = Schema((Singleton("car", "record", fields=fields),), tasks)
    records = [{"make": "a", "size": size} for size in values.tolist()]
    graph, spec, features = compiled(both, {"car": records})
    dear, falling = (Targets(one_each(400), sign * values, np.ones(400)) for sign in (1, -1))
    first = train(graph.only(["price"]), spec, data_of(features, {"price": dear}, n_train=300), config=QUICK).network
    before = predict(first, features)["price"].labels
    begin = Beginning(weights_of(first), first.graph)
    later = train(
        graph,
        spec,
        data_of(features, {"price": falling, "gain": falling}, n_train=300),
        config=replace(QUICK, trunk="frozen"),
        begin=begin,
    )
    assert [head.link for head in later.network.graph.heads] == [first.graph.heads[0].link, None]
    assert predict(later.network, features)["price"].labels == pytest.approx(before)


@pytest.mark.parametrize(
    ("payload", "encoder"),
    [(Singleton("text", "text"), Lstm(size=8)), (Singleton("text", "text"), Bag(size=8, character_ngrams=0))],
)
def test_another_encoder_is_one_setting_away(payload, encoder):
    graph, spec, features = compiled(Schema((payload,), (LABEL,)), {"text": TEXTS}, {"text": PayloadSettings(encoder)})
    targets = Targets(one_each(60), np.eye(2)[TRUTH], np.ones(60))
    config = TrainingConfig(epochs=8, batch_size=8, learning_rate=0.02)
    trained = train(graph, spec, data_of(features, {"label": targets}), config=config)
    assert (predict(trained.network, features)["label"].labels == TRUTH).mean() > 0.95


def test_an_unseen_category_and_a_missing_record_are_answered():
    schema = Schema(
        (Singleton("person", "record", fields=(Field("job", "category"),)),), (Multiclass("t", ("a", "b"), "person"),)
    )
    people = [{"job": "cook"}, {"job": "smith"}] * 20
    graph, spec, features = compiled(
        schema, {"person": [*people, {"job": "new"}, None, {"job": None}]}, {"person": PayloadSettings(Dense(size=8))}
    )
    targets = Targets(one_each(43), np.eye(2)[np.arange(43) % 2], np.ones(43))
    found = predict(train(graph, spec, data_of(features, {"t": targets}), config=QUICK).network, features)["t"]
    assert np.isfinite(found.probabilities).all()


def test_examples_whose_sequences_are_all_empty_are_trained_on():
    task = Multiclass("t", ("a", "b"), "query")
    schema = Schema((Singleton("query", "text", base=("tokens",)), Sequence("tokens", "token")), (task,))
    graph, spec, features = compiled(schema, {"tokens": [[], None] * 15})
    targets = Targets(one_each(30), np.eye(2)[np.zeros(30, int)], np.ones(30))
    trained = train(graph, spec, data_of(features, {"t": targets}, n_train=20), config=QUICK)
    assert set(predict(trained.network, features)["t"].labels) == {0}


def test_with_half_of_two_tasks_labels_removed_every_example_with_a_label_is_learned_from():
    draw = np.random.default_rng(0)
    tasks = (LABEL, Multiclass("other", ("a", "b"), "text"))
    words = [f"word{number}" for number in range(80)]
    graph, spec, features = compiled(
        Schema(TEXT.payloads, tasks), {"text": words}, {"text": PayloadSettings(Bag(size=4, character_ngrams=0))}
    )
    weights = [(draw.random(80) < 0.5).astype(float) for _ in tasks]
    targets = {
        task.name: Targets(one_each(80), np.eye(2)[draw.integers(2, size=80)], own)
        for task, own in zip(tasks, weights, strict=True)
    }
    data = data_of(features, targets, n_train=80)
    config = replace(QUICK, epochs=30, early_stopping="none", weight_decay=0.0, learning_rate=0.01)
    before, after = Network(graph, spec), train(graph, spec, data, config=config).network
    moved = (after.parts[0].table - before.parts[0].table).abs().sum(1).detach().numpy()
    bags = features.payloads["text"].bags
    is_learned_from = np.array([moved[bags.ids[bags.offsets[row]]] > 1e-4 for row in range(80)])
    assert is_learned_from.tolist() == ((weights[0] + weights[1]) > 0).tolist()


def test_sets_without_a_member_choose_none_of_them():
    payload = MemberSet("entities", (Field("weight", "number"),))
    members = [[] if row % 2 else [{"id": "a", "range": None, "weight": 1.0}] for row in range(40)]
    task = Select("best", "entities")
    graph, spec, features = compiled(Schema((payload,), (task,)), {"entities": members})
    items = features.payloads["entities"].all_items
    data = data_of(features, {"best": Targets(items, np.ones(20), np.ones(40))}, n_train=30)
    found = predict(train(graph, spec, data, config=QUICK).network, features)["best"]
    assert np.isfinite(found.probabilities).all()
    assert set(found.labels[1::2]) == {0}  # the place behind the last of no members: none of them


def test_gold_of_dev_says_how_often_none_is_right_where_sources_never_do():
    """The heaviest of three is right if it weighs more than half; a label model names it at .9 then, else at .6."""
    random = np.random.default_rng(0)
    payload, task = MemberSet("entities", (Field("weight", "number"),)), Select("best", "entities")
    weights = random.random((240, 3)) * random.choice([0.5, 1.0], (240, 1))
    members = [[{"id": str(n), "range": None, "weight": float(w)} for n, w in enumerate(each)] for each in weights]
    graph, spec, features = compiled(Schema((payload,), (task,)), {"entities": members})
    is_best = weights == weights.max(axis=1, keepdims=True)
    is_right, items = weights.max(axis=1) > 0.5, features.payloads["entities"].all_items
    said = is_best * np.where(is_right, 0.9, 0.6)[:, None]
    truth = np.where(is_right, weights.argmax(axis=1), 3).astype(np.int32)
    place = np.arange(240)
    targets, gold = {"best": Targets(items, said.ravel(), np.ones(240))}, {"best": Labels(items, truth)}
    data = TrainingData(features, targets, place < 120, (place >= 120) & (place < 150), gold, frozenset({"best"}))
    config = TrainingConfig(epochs=12, batch_size=8)
    with_gold, without = (
        (predict(train(graph, spec, data, config=config, calibrates=each).network, features)["best"].labels == truth)
        for each in (True, False)
    )
    assert without[150:].mean() < 0.75
    assert with_gold[150:].mean() > 0.85


def test_a_batch_without_a_label_for_a_task_changes_only_the_others():
    """One label of the task among 40 examples: nearly every batch of 8 has none."""
    tasks = (LABEL, Multiclass("rare", ("a", "b"), "text"))
    graph, spec, features = compiled(Schema(TEXT.payloads, tasks), {"text": TEXTS})
    weights = np.zeros(60)
    weights[3] = 1.0
    targets = {
        "label": Targets(one_each(60), np.eye(2)[TRUTH], np.ones(60)),
        "rare": Targets(one_each(60), np.eye(2)[np.ones(60, int)], weights),
    }
    trained = train(graph, spec, data_of(features, targets), config=QUICK)
    assert all(np.isfinite(epoch.loss) for epoch in trained.epochs)
    assert set(predict(trained.network, features)) == {"label", "rare"}


def test_a_text_of_ten_thousand_words_is_trained_on_by_its_beginning():
    texts = [*TEXTS[:-1], " ".join(["ship"] * 10_000)]
    graph, spec, data = toy(texts=texts)
    assert np.isfinite(probabilities(train(graph, spec, data, config=QUICK), data.features)).all()
    by_word = {"text": PayloadSettings(Lstm(size=8))}
    graph, spec, features = compiled(Schema((Singleton("text", "text"),), (LABEL,)), {"text": texts}, by_word)
    assert features.payloads["text"].n_truncated == 1
    data = data_of(features, data.targets)
    assert np.isfinite(probabilities(train(graph, spec, data, config=replace(QUICK, epochs=1)), features)).all()


def test_numbers_that_are_missing_are_told_apart_from_those_they_are_replaced_by():
    heights = [None if row % 2 else 1.0 + row % 3 for row in range(60)]
    schema = Schema((Singleton("height", "number"),), (Multiclass("known", ("yes", "no"), "height"),))
    graph, spec, features = compiled(schema, {"height": heights})
    targets = Targets(one_each(60), np.eye(2)[np.arange(60) % 2], np.ones(60))
    config = replace(QUICK, epochs=15, learning_rate=0.02)
    trained = train(graph, spec, data_of(features, {"known": targets}), config=config)
    assert predict(trained.network, features)["known"].labels.tolist() == (np.arange(60) % 2).tolist()


@pytest.mark.slow
def test_a_pruned_network_has_learned_with_the_weights_that_are_left():
    graph, spec, data = toy()
    trained = train(graph, spec, data, config=TrainingConfig(batch_size=8, prune=0.75))

    matrices = [weight for weight in trained.network.parameters() if weight.dim() > 1]
    assert all(int((weight == 0).sum()) >= int(0.75 * weight.numel()) for weight in matrices)
    assert predict(trained.network, data.features)["label"].labels[40:].tolist() == TRUTH[40:].tolist()
