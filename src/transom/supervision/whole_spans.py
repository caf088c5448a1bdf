"""Spans as wholes: every span that some source found, what the others say of it, and the best that do not overlap."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy import sparse

from transom.data.features.bags import spread
from transom.data.items import Items, one_each
from transom.data.labels import Labels, begin_tag, inside_tag
from transom.data.spans import FoundSpans, spans_in
from transom.supervision.matrix import LabelMatrix


@dataclass(frozen=True)
class WholeSpans:
    """The spans that some source found, by where they start, and a label matrix with a row for each.

    A source votes 1 for the very spans that it found, 0 against those that overlap one of them with other bounds or
    another class. Where it found nothing it abstains: it may not have known.
    """

    items: Items
    spans: FoundSpans
    matrix: LabelMatrix

    def tags(self, chosen: Bool[np.ndarray, " n_spans"]) -> Int[np.ndarray, " n_items"]:
        """BIO tags of chosen spans, which must not overlap."""
        tags = np.zeros(self.items.n_items, dtype=np.int32)
        spans, (tokens, number) = self.spans, _tokens_of(self.spans, np.flatnonzero(chosen))
        tags[tokens] = inside_tag(0) + 2 * spans.classes[number]
        tags[spans.starts[chosen]] = begin_tag(0) + 2 * spans.classes[chosen]
        return tags

    def probabilities(
        self, chosen: Bool[np.ndarray, " n_spans"], probable: Float[np.ndarray, " n_spans"], *, n_classes: int
    ) -> Float[np.ndarray, "n_items n_tags"]:
        """BIO probabilities of tokens: the tags of chosen spans are as probable as these are, all else is O."""
        result = np.zeros((self.items.n_items, 1 + 2 * n_classes))
        tokens, number = _tokens_of(self.spans, np.flatnonzero(chosen))
        result[tokens, self.tags(chosen)[tokens]] = probable[number]
        result[:, 0] = 1 - result.sum(axis=1)
        return result


def whole_spans(items: Items, votes: Sequence[Labels]) -> WholeSpans:
    """The spans that the sources found, and what each says of each."""
    found = [spans_in(items, labels.values) for labels in votes]
    starts, ends, classes, examples = (
        np.concatenate([np.empty(0, np.int64), *(getattr(each, part) for each in found)])
        for part in ("starts", "ends", "classes", "examples")
    )
    source = np.repeat(np.arange(len(found)), [len(each.starts) for each in found])
    everything = FoundSpans(starts, ends, classes, examples)
    order = np.lexsort((classes, ends, starts))
    _, first, number = np.unique(everything.keys(items.n_items)[order], return_index=True, return_inverse=True)
    place = np.empty(len(first), dtype=np.int64)
    place[np.argsort(first)] = np.arange(len(first))
    kept = order[np.sort(first)]
    spans = FoundSpans(starts[kept], ends[kept], classes[kept], examples[kept])
    is_found = np.zeros((len(kept), len(found)), dtype=bool)
    is_found[place[number], source[order]] = True
    is_disputed = (_overlaps(spans) @ is_found.astype(np.int64)) > 0
    cast = np.where(is_found, 1, np.where(is_disputed, 0, -1)).astype(np.int8)
    names = tuple(str(each) for each in range(len(found)))
    return WholeSpans(items, spans, LabelMatrix(cast, names, 2, one_each(len(kept))))


def best_apart(spans: FoundSpans, gains: Float[np.ndarray, " n_spans"]) -> Bool[np.ndarray, " n_spans"]:
    """The spans with the greatest sum of gains of which no two overlap.

    Source: Kleinberg & Tardos (2005), Algorithm design, sec. 6.1, weighted interval scheduling.
    """
    order = np.flatnonzero(gains > 0)
    order = order[np.argsort(spans.ends[order], kind="stable")]
    before = np.searchsorted(spans.ends[order], spans.starts[order], side="right").tolist()
    best, is_taken = [0.0], []
    for number, gain in enumerate(gains[order].tolist()):
        with_it = best[before[number]] + gain
        is_taken.append(with_it > best[-1])
        best.append(max(with_it, best[-1]))
    chosen = np.zeros(len(gains), dtype=bool)
    number = len(order)
    while number:
        number -= 1
        if is_taken[number]:
            chosen[order[number]] = True
            number = before[number]
    return chosen


def _overlaps(spans: FoundSpans) -> sparse.csr_array:
    """1 for each pair of different spans that share a token; spans are in the order of their starts."""
    n = len(spans.starts)
    later = np.arange(n) + 1
    n_later = np.searchsorted(spans.starts, spans.ends) - later
    one, other = np.repeat(np.arange(n), n_later), spread(later, n_later)
    half = sparse.csr_array((np.ones(len(one), dtype=np.int64), (one, other)), shape=(n, n))
    return sparse.csr_array(half + half.T)


def _tokens_of(spans: FoundSpans, chosen: Int[np.ndarray, " n"]) -> tuple[np.ndarray, np.ndarray]:
    """All tokens of some spans, and the number of the span of each."""
    lengths = spans.ends[chosen] - spans.starts[chosen]
    return spread(spans.starts[chosen], lengths), np.repeat(chosen, lengths)
