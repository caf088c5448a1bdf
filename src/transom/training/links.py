"""What the scores of a regression are, its values, their logarithms or so many of a unit, and how they spread."""

from collections.abc import Mapping
from dataclasses import replace
from math import log

import numpy as np
from jaxtyping import Bool, Float
from scipy.special import xlogy

from transom.data.targets import Targets
from transom.model.graph import Block, Graph, Head, Link, Logarithms
from transom.model.losses import Spread
from transom.schema.tasks import Regression
from transom.training.units import units_for

MOST_ALIKE = 2.0
"""Where most values are within such a ratio products can hardly be told from sums."""

BEYOND = 10.0
"""So many times the largest value of train is answered at most, and the least over it at least."""

Links = Mapping[str, Link | None]
"""Links by the ids of heads."""


def linked(graph: Graph, targets: Mapping[str, Targets], train: Bool[np.ndarray, " n_examples"], known: Links) -> Graph:
    """The graph with the link that suits the targets of each regression on train, or the one `known` of a head's id."""
    return replace(graph, blocks=tuple(_linked(block, targets, train, known) for block in graph.blocks))


def link_for(values: Float[np.ndarray, "..."]) -> Link | None:
    """Units where float32 is too coarse for values, such as times in seconds since 1970 that are of one hour.

    Otherwise logarithms where all values are above zero and unlike: prices, wages and durations are products rather
    than sums. Then no answer is below zero, either. Where some values are zero they are no products. One in twenty at
    either end does not say how unlike values are.
    """
    units = units_for(values)
    if units is not None or not values.size or values.min() <= 0:
        return units
    least, most = np.quantile(values, [0.05, 0.95])
    if most < MOST_ALIKE * least:
        return None
    return Logarithms(float(values.mean()), log(values.min() / BEYOND), log(values.max() * BEYOND))


def spread_of(values: Float[np.ndarray, "..."], link: Link | None) -> Spread:
    """How values, of which there are some, spread; the unit is 1 where they do not differ. Units are no other spread.

    Its square is the mean square of the distance from the mean, or the mean deviance from that of the link.
    """
    link = link if isinstance(link, Logarithms) else None
    mean = float(values.mean()) if link is None else link.mean
    if values.min() == values.max():
        return Spread(mean, 1.0, link)
    if link is None:
        return Spread(mean, float(values.std()))
    shares = np.maximum(values / mean, 0)
    return Spread(mean, float(np.sqrt(2 * (xlogy(shares, shares) - shares + 1).mean())), link)


def _linked(
    block: Block, targets: Mapping[str, Targets], train: Bool[np.ndarray, " n_examples"], known: Links
) -> Block:
    if not isinstance(block, Head) or not isinstance(block.task, Regression):
        return block
    own = targets.get(block.task.name)
    if block.id in known or own is None:
        return replace(block, link=known.get(block.id))
    return replace(block, link=link_for(own.probabilities[own.items.of(train) & (own.weights > 0)]))
