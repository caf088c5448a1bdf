"""Loops over the rows of large label matrices, compiled by numba; `kernels` says what they are for.

Loops over sources come innermost and have no branches where speed matters, so that they use whole vector registers.
Sums are float32 within a block of rows and float64 across blocks.
"""

from collections.abc import Callable
from inspect import unwrap
from typing import Any, ParamSpec, TypeVar

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

P = ParamSpec("P")
R = TypeVar("R")

_BLOCK = 1024  # rows
_WORDS = 128  # of 64 rows each: a block of bit planes stays in the cache


def _compiled(function: Callable[P, R]) -> Callable[P, R]:
    # unwrapped, because a run-time checker of annotations may have wrapped the function before it gets here;
    # sums may be taken in another order, which is what makes them vectorisable, but NaN and infinity keep their meaning
    quick = njit(nogil=True, cache=True, fastmath={"reassoc", "contract", "nsz"})(unwrap(function))
    compiled: Callable[P, R] = quick
    return compiled


def _emit_count(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
    return builder.ctpop(arguments[0])


def _count_signature(_typing_context: Any, _word: Any) -> Any:
    return types.uint64(types.uint64), unwrap(_emit_count)


_count_ones: Callable[[Any], Any] = intrinsic(unwrap(_count_signature))  # bits that are 1 in a word, one instruction


@_compiled
def count_votes(votes: np.ndarray, n_classes: int) -> np.ndarray:
    """(n_classes, n_sources) int64: how often each source votes each class."""
    n_rows, n_sources = votes.shape
    counts = np.zeros((n_classes, n_sources), np.int64)
    block = np.zeros(n_sources, np.int32)
    for start in range(0, n_rows, _BLOCK):
        for vote in range(n_classes):
            block[:] = 0
            for row in range(start, min(start + _BLOCK, n_rows)):
                for source in range(n_sources):
                    block[source] += votes[row, source] == vote
            counts[vote] += block
    return counts


@_compiled
def count_pairs(votes: np.ndarray, n_classes: int) -> np.ndarray:
    """(n_sources * n_classes) squared int64: how often votes a and b meet in a row; only the upper triangle."""
    n_rows, n_sources = votes.shape
    n_votes = n_sources * n_classes
    counts = np.zeros((n_votes, n_votes), np.int64)
    planes = np.zeros((n_votes, _WORDS), np.uint64)
    for start in range(0, n_rows, 64 * _WORDS):
        n_words = min(_WORDS, (n_rows - start + 63) // 64)
        _pack(votes, start, n_classes, planes, n_words)
        for a in range(n_votes):
            for b in range(a, n_votes):
                together = np.uint64(0)
                for word in range(n_words):
                    together += _count_ones(planes[a, word] & planes[b, word])
                counts[a, b] += np.int64(together)
    return counts


@_compiled
def _pack(votes: np.ndarray, start: int, n_classes: int, planes: np.ndarray, n_words: int) -> None:
    """Bit r of word w of a plane: whether the source casts that vote in row start + 64 w + r."""
    n_rows, n_sources = votes.shape
    bits = np.zeros(n_sources, np.uint64)
    for word in range(n_words):
        first = start + 64 * word
        last = min(first + 64, n_rows)
        for vote in range(n_classes):
            bits[:] = 0
            for row in range(first, last):
                place = np.uint64(row - first)
                for source in range(n_sources):
                    bits[source] |= np.uint64(votes[row, source] == vote) << place
            for source in range(n_sources):
                planes[source * n_classes + vote, word] = bits[source]


@_compiled
def two_class_posterior(votes: np.ndarray, odds: np.ndarray, prior_odds: float, out: np.ndarray) -> None:
    """Fills `out` (n_rows, 2) from log-odds of class 1: `odds[vote]` (n_sources,) float32 for each of the two votes."""
    for row in range(len(votes)):
        probability = 1 / (1 + np.exp(-_log_odds(votes[row], odds) - prior_odds))
        out[row, 1] = probability
        out[row, 0] = 1 - probability


@_compiled
def _log_odds(row: np.ndarray, odds: np.ndarray) -> Any:
    total = np.float32(0)
    for source in range(len(row)):
        vote = row[source]
        total += (odds[1, source] if vote == 1 else np.float32(0)) + (odds[0, source] if vote == 0 else np.float32(0))
    return total


@_compiled
def two_class_expectation(
    votes: np.ndarray, odds: np.ndarray, prior_odds: float, expected: np.ndarray
) -> tuple[float, int]:
    """Fills `expected` (2, n_sources) with the expected votes on rows of class 1; also how many such rows there are.

    Returns the expected number of rows of class 1, and the number of rows with any vote; others do not count.
    """
    n_rows, n_sources = votes.shape
    expected[:] = 0
    block = np.zeros((2, n_sources), np.float32)
    of_class_one: Any = 0.0
    n_voted = 0
    for start in range(0, n_rows, _BLOCK):
        block[:] = 0
        for row in range(start, min(start + _BLOCK, n_rows)):
            largest = votes[row, 0]
            for source in range(n_sources):
                largest = max(largest, votes[row, source])
            if largest < 0:
                continue
            probability = np.float32(1 / (1 + np.exp(-_log_odds(votes[row], odds) - prior_odds)))
            of_class_one += probability
            n_voted += 1
            for source in range(n_sources):
                vote = votes[row, source]
                block[0, source] += probability if vote == 0 else np.float32(0)
                block[1, source] += probability if vote == 1 else np.float32(0)
        expected += block
    return of_class_one, n_voted


@_compiled
def posterior(votes: np.ndarray, weights: np.ndarray, log_prior: np.ndarray, out: np.ndarray) -> None:
    """Fills `out` (n_rows, n_classes) from log-likelihoods `weights[source, vote, class]`."""
    for row in range(len(votes)):
        _posterior_of(votes[row], weights, log_prior, out[row])


@_compiled
def _posterior_of(row: np.ndarray, weights: np.ndarray, log_prior: np.ndarray, out: np.ndarray) -> bool:
    """Fills `out` (n_classes,); says whether any source voted."""
    has_vote = False
    out[:] = log_prior
    for source in range(len(row)):
        vote = row[source]
        if vote >= 0:
            has_vote = True
            for k in range(len(out)):
                out[k] += weights[source, vote, k]
    largest = out[0]
    for k in range(1, len(out)):
        largest = max(largest, out[k])
    total = 0.0
    for k in range(len(out)):
        out[k] = np.exp(out[k] - largest)
        total += out[k]
    for k in range(len(out)):
        out[k] /= total
    return has_vote


@_compiled
def expectation(
    votes: np.ndarray, weights: np.ndarray, log_prior: np.ndarray, expected: np.ndarray, of_class: np.ndarray
) -> None:
    """Fills `expected[source, vote, class]` with expected votes, `of_class` (n_classes,) with expected rows."""
    expected[:] = 0
    of_class[:] = 0
    probabilities = np.zeros(len(log_prior))
    for row in range(len(votes)):
        if _posterior_of(votes[row], weights, log_prior, probabilities):
            of_class += probabilities
            for source in range(votes.shape[1]):
                vote = votes[row, source]
                if vote >= 0:
                    for k in range(len(probabilities)):
                        expected[source, vote, k] += probabilities[k]


@_compiled
def shares(votes: np.ndarray, weights: np.ndarray, prior: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Fills `out` (n_rows, n_classes) with shares of the votes, the prior where nothing with a weight votes.

    Returns (n_sources,) the sum, over the votes of each source, of the share of the class that it votes.
    """
    n_rows, n_sources = votes.shape
    agreement = np.zeros(n_sources)
    for row in range(n_rows):
        total = 0.0
        for vote in range(len(prior)):
            weight = 0.0
            for source in range(n_sources):
                weight += weights[source] if votes[row, source] == vote else 0.0
            out[row, vote] = weight
            total += weight
        if total > 0:
            out[row] /= total
        else:
            out[row] = prior
        for vote in range(len(prior)):
            share = out[row, vote]
            for source in range(n_sources):
                agreement[source] += share if votes[row, source] == vote else 0.0
    return agreement


@_compiled
def smooth(likelihoods: np.ndarray, following: np.ndarray, prior: np.ndarray, coupling: float, out: np.ndarray) -> None:
    """Fills `out` (n_rows, n_classes) with posteriors of chains: `following` is each row's next, later row, or -1."""
    n_rows, n_classes = likelihoods.shape
    has_before = np.zeros(n_rows, np.bool_)
    arriving = np.zeros((n_rows, n_classes))  # the class of a row given the votes on all before it
    for row in range(n_rows):
        if not has_before[row]:
            arriving[row] = prior
        total = 0.0
        for k in range(n_classes):
            out[row, k] = arriving[row, k] * likelihoods[row, k]
            total += out[row, k]
        after = following[row]
        for k in range(n_classes):
            out[row, k] /= total
            if after >= 0:
                arriving[after, k] = coupling * out[row, k] + (1 - coupling) * prior[k]
        if after >= 0:
            has_before[after] = True
    returning = arriving  # used up from the end: the likelihood of the votes after a row, given its class
    for row in range(n_rows - 1, -1, -1):
        after = following[row]
        if after < 0:
            returning[row] = 1.0
            continue
        expected = 0.0
        for k in range(n_classes):
            expected += prior[k] * likelihoods[after, k] * returning[after, k]
        total = 0.0
        for k in range(n_classes):
            message = coupling * likelihoods[after, k] * returning[after, k] + (1 - coupling) * expected
            returning[row, k] = message / expected
            out[row, k] *= returning[row, k]
            total += out[row, k]
        for k in range(n_classes):
            out[row, k] /= total
