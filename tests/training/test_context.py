"""What a head learns of its payload from what stands beside it."""

import numpy as np
import pytest

from toy_models import compiled
from transom.data.items import from_lengths
from transom.data.targets import Targets
from transom.schema.payloads import Field, MemberSet, Sequence, Singleton
from transom.schema.schema import Schema
from transom.schema.tasks import Multiclass, Select
from transom.training.config import TrainingConfig
from transom.training.predict import predict
from transom.training.train import train
from transom.training.training_data import TrainingData

KINDS = tuple(f"kind{number}" for number in range(20))
N, N_TRAIN = 1000, 200

QUESTION = Singleton("question", "text")
OFFERS = MemberSet("offers", (Field("title", "text"), Field("side", "category")))
N_OFFERS = 3
RIGHT = np.random.default_rng(0).integers(N_OFFERS, size=N)
SIDES = np.random.default_rng(1).integers(2, size=(N, N_OFFERS))
NEW_WORDS = np.array([f"zork{number}" for number in range(N * N_OFFERS)]).reshape(N, N_OFFERS)
QUESTIONS = [f"where is {words[right]}" for words, right in zip(NEW_WORDS, RIGHT, strict=True)]
MEMBERS = [
    [
        {"id": word, "range": None, "title": f"the {word}", "side": f"side{side}"}
        for word, side in zip(*each, strict=True)
    ]
    for each in zip(NEW_WORDS.tolist(), SIDES.tolist(), strict=True)
]


def accuracy(schema, values, labels, n_classes):
    """How often what is answered is right where it was not learned; of members "none" is one more to choose from."""
    (task,) = schema.tasks
    if isinstance(task, Select):
        targets = Targets(from_lengths(np.full(N, n_classes + 1)), np.eye(n_classes + 1)[labels].ravel(), np.ones(N))
    else:
        items = from_lengths(np.full(N, labels.size // N))
        targets = Targets(items, np.eye(n_classes)[labels.ravel()], np.ones(labels.size))
    graph, spec, features = compiled(schema, values)
    in_train = np.arange(N) < N_TRAIN
    data = TrainingData(features, {task.name: targets}, in_train, np.zeros(N, bool))
    network = train(graph, spec, data, config=TrainingConfig(epochs=30)).network
    found = predict(network, features)[task.name].labels.reshape(labels.shape)
    return (found == labels)[~in_train].mean()


@pytest.mark.slow
def test_the_member_that_the_context_asks_for_is_found():
    """Each kind is as often right as any other, so that neither the wish nor the card alone says anything."""
    random = np.random.default_rng(0)
    hands = [random.permutation(KINDS)[:5].tolist() for _ in range(N)]
    right = random.integers(5, size=N)
    wishes = [hand[place] for hand, place in zip(hands, right, strict=True)]
    cards = [[{"id": kind, "range": None, "kind": kind} for kind in hand] for hand in hands]
    payloads = (Singleton("wish", "category"), MemberSet("cards", (Field("kind", "category"),)))
    schema = Schema(payloads, (Select("pick", "cards"),))
    assert accuracy(schema, {"wish": wishes, "cards": cards}, right, 5) > 0.9


@pytest.mark.slow
def test_the_odd_one_out_is_found():
    """Each kind is as often right as any other, so that a member alone says nothing."""
    random = np.random.default_rng(0)
    kinds = [random.permutation(KINDS[:4])[:2].tolist() for _ in range(N)]
    right = random.integers(5, size=N)
    cards = [
        [{"id": str(place), "range": None, "kind": odd if place == at else other} for place in range(5)]
        for (odd, other), at in zip(kinds, right, strict=True)
    ]
    schema = Schema((MemberSet("cards", (Field("kind", "category"),)),), (Select("pick", "cards"),))
    assert accuracy(schema, {"cards": cards}, right, 5) > 0.9


@pytest.mark.slow
def test_how_many_members_a_set_has_is_known():
    random = np.random.default_rng(0)
    n_members = random.integers(1, 13, size=N)
    cards = [[{"id": str(place), "range": None, "kind": random.choice(KINDS)} for place in range(n)] for n in n_members]
    payloads = (Singleton("wish", "category"), MemberSet("cards", (Field("kind", "category"),)))
    schema = Schema(payloads, (Multiclass("many", ("no", "yes"), "wish"),))
    assert accuracy(schema, {"wish": ["any"] * N, "cards": cards}, (n_members > 6).astype(int), 2) > 0.95


@pytest.mark.slow
def test_a_member_without_fields_is_known_by_the_tokens_that_it_points_at():
    tokens = [["gold" if place == right else "tin" for place in range(N_OFFERS)] for right in RIGHT]
    places = [[{"id": str(at), "range": {"start": at, "end": at + 1}} for at in range(N_OFFERS)] for _ in RIGHT]
    schema = Schema((Sequence("tokens", "token"), MemberSet("places", range="tokens")), (Select("pick", "places"),))
    assert accuracy(schema, {"tokens": tokens, "places": places}, RIGHT, N_OFFERS) > 0.95


@pytest.mark.slow
def test_a_text_is_known_by_its_words_though_nobody_ever_saw_them():
    same = np.random.default_rng(2).integers(2, size=N)
    answers = [words[right - 1 + is_same] for words, right, is_same in zip(NEW_WORDS, RIGHT, same, strict=True)]
    task = Multiclass("same", ("no", "yes"), "question")
    schema = Schema((QUESTION, Singleton("answer", "text")), (task,))
    assert accuracy(schema, {"question": QUESTIONS, "answer": answers}, same, 2) > 0.95


def test_the_member_that_a_text_names_is_found_though_nobody_ever_saw_its_name():
    schema = Schema((QUESTION, OFFERS), (Select("pick", "offers"),))
    assert accuracy(schema, {"question": QUESTIONS, "offers": MEMBERS}, RIGHT, N_OFFERS) > 0.95


@pytest.mark.slow
def test_what_a_member_says_is_known_of_the_one_that_a_text_names():
    schema = Schema((QUESTION, OFFERS), (Multiclass("side", ("side0", "side1"), "question"),))
    values = {"question": QUESTIONS, "offers": MEMBERS}
    assert accuracy(schema, values, SIDES[np.arange(N), RIGHT], 2) > 0.95


@pytest.mark.slow
def test_the_token_behind_the_word_that_a_text_asks_about_is_found_though_nobody_ever_saw_that_word():
    tokens = [
        [token for word, side in zip(words, sides, strict=True) for token in (word, "is", f"side{side}")]
        for words, sides in zip(NEW_WORDS.tolist(), SIDES.tolist(), strict=True)
    ]
    asked = np.repeat(np.arange(N_OFFERS) == RIGHT[:, None], 3, axis=1) & (np.arange(3 * N_OFFERS) % 3 == 2)
    task = Multiclass("role", ("other", "answer"), "tokens")
    schema = Schema((QUESTION, Sequence("tokens", "token")), (task,))
    values = {"question": QUESTIONS, "tokens": tokens}
    assert accuracy(schema, values, asked.astype(int), 2) > 0.95
