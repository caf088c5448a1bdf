"""Spans: BIO tags of tokens read as stretches `[start, end)` of a class."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from transom.data.items import Items


@dataclass(frozen=True)
class FoundSpans:
    """Spans in order, each token-wise `[starts, ends)` over all items of the task (not from its example's start)."""

    starts: Int[np.ndarray, " n_spans"]
    ends: Int[np.ndarray, " n_spans"]
    classes: Int[np.ndarray, " n_spans"]
    examples: Int[np.ndarray, " n_spans"]

    def keys(self, n_items: int) -> Int[np.ndarray, " n_spans"]:
        """One number a span, equal for equal spans with equal classes."""
        return np.asarray((self.classes * (n_items + 1) + self.ends) * (n_items + 1) + self.starts)


def spans_in(items: Items, tags: Int[np.ndarray, " n_items"]) -> FoundSpans:
    """The spans that BIO tags stand for; a tag without label (-1) is read as O.

    A span never crosses examples. An I that continues nothing begins a span, as in the CoNLL evaluations.

    >>> from transom.data.items import one_each, from_lengths
    >>> found = spans_in(from_lengths(np.array([4])), np.array([0, 1, 2, 1]))
    >>> list(zip(found.starts.tolist(), found.ends.tolist(), found.classes.tolist()))
    [(1, 3, 0), (3, 4, 0)]
    """
    tags = np.asarray(tags, dtype=np.int64)
    examples = items.examples()
    classes = np.where(tags > 0, (tags - 1) // 2, -1)
    continues = (tags > 0) & (tags % 2 == 0)
    if len(tags):
        continues[0] = False
        continues[1:] &= (classes[1:] == classes[:-1]) & (examples[1:] == examples[:-1])
    starts = np.flatnonzero((tags > 0) & ~continues)
    stops = np.flatnonzero(~continues)
    following = np.searchsorted(stops, starts, side="right")
    ends = np.append(stops, len(tags))[following]
    return FoundSpans(starts, ends, classes[starts], examples[starts])
