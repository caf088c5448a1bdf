"""What a head learns of its payload from what stands beside it."""

import numpy as np

from toy_models import compiled
from transom.data.items import from_lengths
from transom.data.targets import Targets
from transom.schema.payloads import Field, MemberSet, Singleton
from transom.schema.schema import Schema
from transom.schema.tasks import Select
from transom.training.config import TrainingConfig
from transom.training.predict import predict
from transom.training.train import train
from transom.training.training_data import TrainingData

KINDS = tuple(f"kind{number}" for number in range(20))
SCHEMA = Schema(
    (Singleton("wish", "category"), MemberSet("cards", (Field("kind", "category"),))), (Select("pick", "cards"),)
)
N, N_TRAIN = 1000, 200


def test_the_member_that_the_context_asks_for_is_found():
    """Each kind is as often right as any other, so that neither the wish nor the card alone says anything."""
    random = np.random.default_rng(0)
    hands = [random.permutation(KINDS)[:5].tolist() for _ in range(N)]
    right = random.integers(5, size=N)
    wishes = [hand[place] for hand, place in zip(hands, right, strict=True)]
    cards = [[{"id": kind, "range": None, "kind": kind} for kind in hand] for hand in hands]
    graph, spec, features = compiled(SCHEMA, {"wish": wishes, "cards": cards})
    in_train = np.arange(N) < N_TRAIN
    targets = Targets(from_lengths(np.full(N, 6)), np.eye(6)[right].ravel(), np.ones(N))
    data = TrainingData(features, {"pick": targets}, in_train, np.zeros(N, bool))
    network = train(graph, spec, data, config=TrainingConfig(epochs=30)).network
    found = predict(network, features)["pick"].labels
    assert (found == right)[~in_train].mean() > 0.9
