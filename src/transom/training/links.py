"""What the scores of a regression are, its values or their logarithms, and how they spread."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float
from scipy.special import xlogy

from transom.data.targets import Targets
from transom.model.graph import Block, Graph, Head, Link
from transom.model.losses import Spread
from transom.schema.tasks import Regression

Links = Mapping[str, Link]
"""Links by the ids of heads."""

NONE: Links = {}


def linked(
    graph: Graph, targets: Mapping[str, Targets], train: Bool[np.ndarray, " n_examples"], known: Links = NONE
) -> Graph:
    """The graph with the link that suits the targets of each regression on train, or the one `known` of a head's id."""
    blocks = tuple(_linked(block, targets, train, known) for block in graph.blocks)
    return replace(graph, blocks=blocks)


def link_for(values: Float[np.ndarray, "..."]) -> Link:
    """Logarithms where all values are above zero: prices, wages and durations are products more often than sums.

    Then no answer is below zero, either. Where some values are zero they are no products.
    """
    return "log" if values.size and values.min() > 0 else "identity"


def spread_of(values: Float[np.ndarray, "..."], link: Link) -> Spread:
    """How values, of which there are some, spread; the unit is 1 where they do not differ.

    Its square is the mean square of the distance from the mean, or the mean deviance from it.
    """
    mean = float(values.mean())
    if link == "identity":
        return Spread(mean, float(values.std()) or 1.0, link)
    mean = mean if mean > 0 else 1.0  # labels of dev need not be above zero where those of train are
    relative = np.maximum(values / mean, 0)
    return Spread(mean, float(np.sqrt(max(2 * xlogy(relative, relative).mean(), 0))) or 1.0, link)


def _linked(
    block: Block, targets: Mapping[str, Targets], train: Bool[np.ndarray, " n_examples"], known: Links
) -> Block:
    if not isinstance(block, Head) or not isinstance(block.task, Regression):
        return block
    own = targets.get(block.task.name)
    if block.id in known or own is None:
        return replace(block, link=known.get(block.id, "identity"))
    return replace(block, link=link_for(own.probabilities[train[own.items.examples()] & (own.weights > 0)]))
