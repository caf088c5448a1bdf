"""What a network says of examples: batch size and padding change nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from transom.data.decisions import Scored, predictions_from
from transom.data.features.payloads import Features
from transom.data.items import Items, one_each
from transom.data.predictions import Predictions
from transom.model.batch import batch_of
from transom.model.graph import Embedding, Experts, Graph, Head, Published
from transom.model.network import Network
from transom.training.threads import one_thread

BATCH_SIZE = 256

ELEMENTS = 32_768
"""Of long examples so few share a batch that they have no more elements: some blocks compare each with all others, so
that 256 sequences of 5,000 tokens would take 25 GB."""

SCORES = 2**23
"""So few scores are told by experts of slices at once: those of 100 slices of 40 types of span in 32,768 tokens would
take 1 GB each time that attention writes them down."""


@dataclass(frozen=True)
class Answers:
    """Predictions by task, and the probability that each example is in each slice with capacity."""

    predictions: dict[str, Predictions]
    membership: Float[np.ndarray, "n_examples n_slices"]


def predict(network: Network, features: Features, *, batch_size: int = BATCH_SIZE) -> dict[str, Predictions]:
    """Predictions of every example on every task that the network has learned."""
    return answer(network, features, batch_size=batch_size).predictions


def answer(network: Network, features: Features, *, batch_size: int = BATCH_SIZE) -> Answers:
    """All that a network says of every example."""
    heads, slices = network.graph.heads, network.graph.slices
    membership = np.zeros((features.n_examples, len(slices)), np.float32)
    if not heads:
        return Answers({}, membership)
    scored = []
    for chosen, values in passes(network, features, np.arange(features.n_examples), batch_size):
        scored.append(_scored(network, features, chosen, values))
        if slices:
            membership[chosen] = network.membership(values).cpu().numpy()
    predictions = {
        head.task.name: predictions_from(head.task, items_of(head, features), (each[head.task.name] for each in scored))
        for head in heads
    }
    return Answers(predictions, membership)


def score(network: Network, features: Features, examples: Int[np.ndarray, " n_chosen"]) -> Iterator[dict[str, Scored]]:
    """The answers to some examples by task, a batch at a time: of classes their scores."""
    for chosen, values in passes(network, features, examples):
        yield _scored(network, features, chosen, values)


def passes(
    network: Network, features: Features, examples: Int[np.ndarray, " n_chosen"], batch_size: int = BATCH_SIZE
) -> Iterator[tuple[Int[np.ndarray, " n_batch"], dict[str, Tensor]]]:
    """What all blocks make of some examples, a batch at a time; examples of like length share a batch."""
    device = next(iter(network.parameters())).device
    lengths = lengths_of(network.graph, features)[examples]
    order = np.argsort(lengths, kind="stable")
    network.eval()
    with torch.inference_mode(), one_thread():
        n_examples = examples_at_once(network.graph, batch_size)
        for batch in stretches(lengths[order], n_examples, elements_at_once(network.graph)):
            chosen = examples[order[batch]]
            yield chosen, network.values(batch_of(features, chosen, str(device)))


def elements_at_once(graph: Graph) -> int:
    """How many elements share a batch at most: `ELEMENTS`, or fewer where experts of many slices speak of each."""
    return min(ELEMENTS, SCORES // _scores_of_experts(graph, of_elements=True))


def examples_at_once(graph: Graph, batch_size: int) -> int:
    """How many examples share a batch at most: `batch_size`, or fewer where experts of many slices speak of each.

    However long the examples are: what experts say of them as a whole takes no more for that.
    """
    return min(batch_size, max(SCORES // _scores_of_experts(graph, of_elements=False), 1))


def _scores_of_experts(graph: Graph, *, of_elements: bool) -> int:
    """How many scores the experts of a head tell of an element, or of an example as a whole, at most; 1 if none do."""
    experts = [block.shape for block in graph.blocks if isinstance(block, Experts)]
    return max((shape.size for shape in experts if (shape.elements is not None) == of_elements), default=1)


def stretches(lengths: Int[np.ndarray, " n_examples"], batch_size: int, n_elements: int = ELEMENTS) -> Iterator[slice]:
    """Examples in the order of their lengths, at most `batch_size` at a time, and `n_elements` with padding or one.

    >>> [(each.start, each.stop) for each in stretches(np.array([2, 3, 9_000, 12_000, 20_000, 90_000]), 3)]
    [(0, 3), (3, 4), (4, 5), (5, 6)]
    """
    start = 0
    while start < len(lengths):
        ahead = lengths[start : start + batch_size]
        n_fitting = np.count_nonzero(ahead * np.arange(1, len(ahead) + 1) <= n_elements)
        stop = start + max(int(n_fitting), 1)
        yield slice(start, stop)
        start = stop


def _scored(
    network: Network, features: Features, chosen: Int[np.ndarray, " n_batch"], values: Mapping[str, Tensor]
) -> dict[str, Scored]:
    """What is told of some examples, of which all blocks made these values."""
    answers = network.answers(values)
    return {
        head.task.name: Scored(chosen, answers[head.task.name].cpu().numpy(), seen_lengths(head, features, chosen))
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


def lengths_of(graph: Graph, features: Features) -> Int[np.ndarray, " n_examples"]:
    """How long each example is: the elements of all its sequences and sets, and the pieces of texts."""
    lengths = np.zeros(features.n_examples, np.int64)
    for block in graph.blocks:
        if isinstance(block, Embedding | Published):
            payload = features.payloads[block.reading.key]
            is_read_in_pieces = isinstance(block, Published) and payload.is_singleton and payload.vectors is None
            lengths += payload.n_features() if is_read_in_pieces else payload.items.lengths
    return lengths
