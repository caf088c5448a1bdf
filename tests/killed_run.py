"""A training run that kills itself in the middle, for a test that takes it up again: `python killed_run.py FOLDER`."""

import os
import signal
import sys
from pathlib import Path

import numpy as np

from toy_models import compiled
from transom.data.labels import Labels
from transom.data.targets import Targets
from transom.schema.payloads import Sequence
from transom.schema.schema import Schema
from transom.schema.slices import Slice
from transom.schema.tasks import Multiclass, Spans
from transom.training.config import TrainingConfig
from transom.training.rounds import Beginning
from transom.training.train import train
from transom.training.training_data import TrainingData

WORDS = ("ship", "road", "wave", "car")


def trained(checkpoints, advance):
    """Two tasks on sequences, one trained twice, both on dev in the end, and two slices, one of which can be told."""
    random = np.random.default_rng(0)
    tokens = [random.choice(WORDS, random.integers(1, 9)).tolist() for _ in range(60)]
    tasks = (Spans("names", ("SHIP",), "tokens"), Multiclass("first", WORDS, "tokens"))
    slices = (Slice("at_sea", tag="at_sea"), Slice("odd", tag="odd"))
    members = np.array([["ship" in words, place % 2 == 1] for place, words in enumerate(tokens)])
    graph, spec, features = compiled(Schema((Sequence("tokens", "token"),), tasks, slices), {"tokens": tokens})
    items = features.payloads["tokens"].all_items
    found = np.array([WORDS.index(word) for words in tokens for word in words])
    targets = {
        "names": Targets(items, np.eye(3)[(found == 0).astype(int)], np.ones(len(found))),
        "first": Targets(items, np.eye(4)[np.where(random.random(len(found)) < 0.2, 0, found)], np.ones(len(found))),
    }
    is_train = np.arange(60) < 45
    data = TrainingData(
        features,
        targets,
        is_train,
        ~is_train,
        {"first": Labels(items, found), "names": Labels(items, (found == 0).astype(int))},
        members=members,
        weak=frozenset(["first", "names"]),
    )
    config = TrainingConfig(epochs=4, batch_size=8, loss_weights="uncertainty", self_training=True, refit=True)
    return train(graph, spec, data, config=config, begin=Beginning(checkpoints=checkpoints), advance=advance)


def main():
    """Trains for as many epochs of all rounds as the second argument says, and is then killed as by `kill -9`."""
    seen = []

    def advance(epoch):
        seen.append(epoch)
        if len(seen) == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)

    trained(Path(sys.argv[1]), advance)


if __name__ == "__main__":
    main()
