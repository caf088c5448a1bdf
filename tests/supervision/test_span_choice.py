"""Spans are decided as wholes where gold says surely that this is right more often."""

from dataclasses import replace

import numpy as np
import pytest

from transom.data.items import from_lengths
from transom.data.labels import Labels, begin_tag, inside_tag
from transom.data.spans import spans_in
from transom.data.ties import example_keys
from transom.schema.tasks import Spans
from transom.supervision.choice import Auto
from transom.supervision.combine import combine
from transom.supervision.evidence import Evidence
from transom.supervision.label_models.em import Em

N_TOKENS = 8
TASK = Spans("names", ("PER",))


def tags(starts, ends, voted, *, outside):
    """One span an example, or nothing where the source is silent."""
    place = np.arange(N_TOKENS)
    is_in = (place >= starts[:, None]) & (place < ends[:, None]) & voted[:, None]
    first = is_in & (place == starts[:, None])
    return np.where(first, begin_tag(0), np.where(is_in, inside_tag(0), outside)).astype(np.int32).reshape(-1)


def evidence(n_examples=600, *, widening=0.6, seed=0, n_dev=300):
    """Spans of three tokens: one source finds their bounds, two mostly add the word before, each on its own."""
    random = np.random.default_rng(seed)
    starts = random.integers(1, N_TOKENS - 3, size=n_examples)
    ends = starts + 3
    votes = [tags(starts, ends, random.random(n_examples) < 0.9, outside=-1)]
    for _ in range(2):
        wide = starts - (random.random(n_examples) < widening)
        votes.append(tags(wide, ends, random.random(n_examples) < 0.9, outside=-1))
    items = from_lengths(np.full(n_examples, N_TOKENS))
    dev = np.arange(n_examples) < n_dev
    return Evidence(
        TASK,
        items,
        example_keys([str(number) for number in range(n_examples)], seed=0),
        ("exact", "wide", "wider"),
        tuple(Labels(items, vote) for vote in votes),
        Labels(items, tags(starts, ends, np.ones(n_examples, dtype=bool), outside=0)),
        ~dev,
        dev,
    )


def share_found(given, combined):
    """The share of the spans of train that are found with their very bounds."""
    truth, found = (spans_in(given.items, each) for each in (given.gold.values, combined.label_model.labels))
    n_items = given.items.n_items
    return np.isin(truth.keys(n_items), found.keys(n_items))[given.train[truth.examples]].mean()


def test_the_source_that_knows_the_bounds_is_followed_once_gold_shows_which_one_it_is():
    given = evidence()
    by_token, whole = combine(given, Em()), combine(given, Auto())
    assert whole.name == "whole_spans"
    assert whole.why.startswith("spans as wholes: entity F1 ")
    assert share_found(given, whole) > share_found(given, by_token) + 0.2
    assert np.allclose(whole.targets.probabilities.sum(axis=1), 1)
    assert np.array_equal(whole.label_model.covered, by_token.label_model.covered)


def test_without_gold_spans_are_decided_token_by_token():
    given = evidence()
    assert combine(given, Auto(), use_dev=False).name != "whole_spans"
    assert combine(evidence(n_dev=5), Auto()).name != "whole_spans"


@pytest.mark.parametrize("seed", range(3))
def test_sources_that_agree_on_bounds_are_decided_token_by_token(seed):
    assert combine(evidence(widening=0.0, seed=seed), Auto()).name != "whole_spans"


def test_gold_that_may_not_be_seen_changes_nothing():
    given = evidence()
    shuffled = np.where(given.items.of(given.train), 0, given.gold.values).astype(np.int32)
    hidden = replace(given, gold=Labels(given.items, shuffled))
    one, other = combine(given, Auto()), combine(hidden, Auto())
    assert np.array_equal(one.label_model.labels, other.label_model.labels)


def test_the_order_of_examples_does_not_matter():
    given = evidence()
    order = np.random.default_rng(0).permutation(600)
    items = (order[:, None] * N_TOKENS + np.arange(N_TOKENS)).reshape(-1)
    shuffled = replace(
        given,
        keys=given.keys[order],
        votes=tuple(Labels(given.items, each.values[items]) for each in given.votes),
        gold=Labels(given.items, given.gold.values[items]),
        train=given.train[order],
        dev=given.dev[order],
    )
    one, other = combine(given, Auto()), combine(shuffled, Auto())
    assert one.name == other.name == "whole_spans"
    assert np.array_equal(one.label_model.labels[items], other.label_model.labels)
