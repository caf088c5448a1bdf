"""What a network says of examples: batch size and padding change nothing."""

from collections.abc import Iterator

import numpy as np
import torch
from jaxtyping import Int

from transom.data.decisions import Scored, predictions_from
from transom.data.features.payloads import Features
from transom.data.items import Items, one_each
from transom.data.predictions import Predictions
from transom.model.batch import batch_of
from transom.model.graph import Head
from transom.model.network import Network
from transom.training.threads import one_thread

BATCH_SIZE = 256


def predict(network: Network, features: Features, *, batch_size: int = BATCH_SIZE) -> dict[str, Predictions]:
    """Predictions of every example on every task that the network has learned."""
    if not network.graph.heads:
        return {}
    scored = list(score(network, features, np.arange(features.n_examples), batch_size=batch_size))
    return {
        head.task.name: predictions_from(head.task, items_of(head, features), (each[head.task.name] for each in scored))
        for head in network.graph.heads
    }


def score(
    network: Network, features: Features, examples: Int[np.ndarray, " n_chosen"], *, batch_size: int = BATCH_SIZE
) -> Iterator[dict[str, Scored]]:
    """The scores of some examples by task, a batch at a time; examples of like length share a batch."""
    device = next(iter(network.parameters())).device
    ordered = examples[np.argsort(lengths_of(features)[examples], kind="stable")]
    network.eval()
    with torch.inference_mode(), one_thread():
        for start in range(0, len(ordered), batch_size):
            chosen = ordered[start : start + batch_size]
            scores = network(batch_of(features, chosen, str(device)))
            yield {
                head.task.name: Scored(
                    chosen, scores[head.task.name].cpu().numpy(), seen_lengths(head, features, chosen)
                )
                for head in network.graph.heads
            }


def items_of(head: Head, features: Features) -> Items:
    """The items that a head's task labels: examples, or all elements of a payload."""
    elements = head.shape.elements
    return one_each(features.n_examples) if elements is None else features.payloads[elements].all_items


def seen_lengths(
    head: Head, features: Features, examples: Int[np.ndarray, " n_batch"]
) -> Int[np.ndarray, " n_batch"] | None:
    """How many elements of each example the head sees; None where it sees examples as a whole."""
    elements = head.shape.elements
    return None if elements is None else features.payloads[elements].items.lengths[examples]


def lengths_of(features: Features) -> Int[np.ndarray, " n_examples"]:
    """How long each example is: the elements of all its sequences and sets."""
    return np.asarray(sum(payload.items.lengths for payload in features.payloads.values()))
