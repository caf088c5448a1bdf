"""The votes of a task become predictions and targets, and gold is seen only where it may be."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies import votes
from transom.data.items import from_lengths, one_each
from transom.data.labels import Labels
from transom.data.ties import example_keys
from transom.data.votes import empty_labels
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans
from transom.supervision.choice import Auto
from transom.supervision.combine import combine
from transom.supervision.evidence import Evidence
from transom.supervision.label_models.chain import Chain
from transom.supervision.label_models.em import Em
from transom.supervision.label_models.majority import Majority
from transom.testing.label_models import draw_votes


def evidence(task, items, votes, gold, *, train=None, dev=None):
    n = items.n_examples
    return Evidence(
        task,
        items,
        example_keys([f"id{i}" for i in range(n)], seed=0),
        tuple(f"s{j}" for j in range(len(votes))),
        tuple(Labels(items, np.asarray(vote)) for vote in votes),
        Labels(items, np.asarray(gold)),
        np.ones(n, bool) if train is None else train,
        np.zeros(n, bool) if dev is None else dev,
    )


def classes(*columns, gold=None, **splits):
    """Evidence of a multiclass task of three classes; a column is what one source votes on each example."""
    columns = [np.array(column, dtype=np.int32) for column in columns]
    gold = np.full(len(columns[0]), -1) if gold is None else gold
    task = Multiclass("intent", ("a", "b", "c"))
    return evidence(task, one_each(len(columns[0])), columns, np.array(gold, dtype=np.int32), **splits)


def drawn(n_rows=600, n_dev=200, accuracies=(0.9, 0.8, 0.7), coverage=0.7, seed=0):
    """Votes of known truth; the first rows are dev."""
    matrix, truth = draw_votes(np.array(accuracies), n_classes=3, n_rows=n_rows, coverage=coverage, seed=seed)
    dev = np.arange(n_rows) < n_dev
    return classes(*matrix.votes.T, gold=truth, train=~dev, dev=dev)


def test_majority_gives_shares_of_votes_and_the_label_model_stands_beside_it():
    combined = combine(classes([0, 1, 2], [0, 1, 2], [1, 1, -1]), Em())
    assert np.allclose(combined.majority.probabilities, [[2 / 3, 1 / 3, 0], [0, 1, 0], [0, 0, 1]])
    assert combined.majority.labels.tolist() == combined.label_model.labels.tolist() == [0, 1, 2]
    assert combined.name == "em"


def test_a_row_without_votes_is_drawn_at_random_and_masked():
    combined = combine(classes(np.append(np.zeros(10), np.full(3000, -1))), Majority())
    uncovered = combined.majority.labels[10:]
    # the standard error of a share of 3000 is 0.009
    assert np.allclose(np.bincount(uncovered, minlength=3) / 3000, 1 / 3, atol=0.035)
    assert combined.majority.covered.tolist() == [True] * 10 + [False] * 3000
    assert combined.targets.weights.tolist() == [1.0] * 10 + [0.0] * 3000


def test_another_seed_draws_ties_another_way_and_the_same_seed_the_same():
    tied = classes(np.zeros(200), np.ones(200))
    keys = (example_keys([f"id{i}" for i in range(200)], seed) for seed in (0, 0, 1))
    first, again, other = (combine(replace(tied, keys=each), Majority()).majority.labels for each in keys)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_label_models_learn_from_votes_on_train_alone():
    known = drawn()
    misled = replace(known, votes=tuple(replace(v, values=v.values.copy()) for v in known.votes))
    for vote in misled.votes:
        vote.values[known.dev] = 0
    one, other = (combine(given, Em(prior="uniform")).label_model.probabilities for given in (known, misled))
    assert np.array_equal(one[known.train], other[known.train])


def test_gold_on_train_is_not_seen():
    known = drawn()
    blind = replace(known, gold=replace(known.gold, values=np.where(known.dev, known.gold.values, -1)))
    one, other = combine(known, Auto()), combine(blind, Auto())
    assert np.array_equal(one.targets.probabilities, other.targets.probabilities)


def test_gold_on_dev_is_not_seen_without_use_dev():
    known = drawn()
    blind = replace(known, gold=replace(known.gold, values=np.full(600, -1, dtype=np.int32)))
    one, other = (combine(given, Auto(), use_dev=False) for given in (known, blind))
    assert np.array_equal(one.targets.probabilities, other.targets.probabilities)
    assert one.why == other.why


def test_gold_on_test_is_never_seen():
    known = drawn()
    nowhere = np.zeros(600, bool)
    one, other = (
        combine(replace(known, train=known.train & ~known.dev, dev=nowhere, gold=gold), Auto())
        for gold in (known.gold, replace(known.gold, values=np.zeros(600, dtype=np.int32)))
    )
    assert np.array_equal(one.targets.probabilities, other.targets.probabilities)


def test_gold_on_train_becomes_the_target_where_asked():
    given = classes([0, 0, -1], gold=[1, -1, 2], train=np.array([True, True, False]))
    combined = combine(given, Majority(), use_gold=True)
    assert combined.targets.probabilities[0].tolist() == [0, 1, 0]
    assert combined.targets.probabilities[1].tolist() == [1, 0, 0]
    assert combined.targets.weights.tolist() == [1, 1, 0]
    assert combined.gold_share == 0.5


def test_where_gold_is_the_only_source_it_is_the_target():
    task = Multiclass("intent", ("a", "b", "c"))
    given = evidence(task, one_each(3), [], np.array([2, -1, 0], dtype=np.int32))
    combined = combine(given, Auto())
    assert combined.targets.weights.tolist() == [1, 0, 1]
    assert combined.gold_share == 1.0
    assert combined.targets.probabilities[[0, 2]].argmax(axis=1).tolist() == [2, 0]
    assert combined.warnings == ()


def test_gold_is_withheld_where_it_is_the_only_source_and_not_wanted():
    task = Multiclass("intent", ("a", "b", "c"))
    given = evidence(task, one_each(2), [], np.array([2, 0], dtype=np.int32))
    combined = combine(given, Auto(), use_gold=False)
    assert combined.targets.weights.tolist() == [0, 0]
    assert [warning.code for warning in combined.warnings] == ["T103"]


@pytest.mark.parametrize(
    "task", [Multiclass("t", ("a", "b")), Bitvector("t", ("a", "b")), Spans("t", ("a",)), Select("t"), Regression("t")]
)
def test_without_sources_gold_on_train_is_all_there_is(task):
    items = from_lengths(np.array([2, 2, 2]))
    gold = empty_labels(task, items)
    gold.values[:] = 0
    train = np.array([True, False, False])
    combined = combine(evidence(task, items, [], gold.values, train=train, dev=~train), Auto())
    assert combined.majority is combined.label_model is None
    n_items = 1 if isinstance(task, Select) else 2
    assert combined.targets.weights.tolist() == [1.0] * n_items + [0.0] * 2 * n_items
    assert np.isfinite(combined.targets.probabilities).all()
    assert combined.targets.probabilities.min() >= 0


def test_without_sources_no_other_array_is_as_large_as_the_targets():
    n_items, task = 20_000, Spans("names", tuple(f"c{i}" for i in range(40)))
    given = evidence(task, from_lengths(np.full(n_items // 20, 20)), [], np.zeros(n_items, dtype=np.int32))
    tracemalloc.start()
    combined = combine(given, Auto())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2 * combined.targets.probabilities.nbytes


def test_warnings_name_the_task():
    combined = combine(classes([0, 1], [0, 1]), Auto())
    assert str(combined.warnings[0]) == (
        "T104 task 'intent': fewer than three sources vote (s0, s1): their agreement says nothing. Add sources."
    )


def test_bits_fold_back_to_one_row_an_item():
    task = Bitvector("topics", ("sport", "politics"))
    votes = [np.array([[1, 0], [-1, -1], [0, -1]], dtype=np.int8)] * 3
    combined = combine(evidence(task, one_each(3), votes, np.full((3, 2), -1, dtype=np.int8)), Majority())
    assert combined.majority.labels[0].tolist() == [1, 0]
    assert combined.majority.probabilities[[0, 2], 0].tolist() == [1, 0]
    assert combined.majority.covered.tolist() == [[True, True], [False, False], [True, False]]
    assert combined.targets.weights.tolist() == [1, 0, 1]


def test_spans_are_runs_of_the_type_with_most_votes():
    items = from_lengths(np.array([5, 2]))
    long, short = [1, 2, 2, -1, 3, -1, -1], [-1, 1, 2, -1, 3, -1, -1]
    votes = [np.array(vote, dtype=np.int32) for vote in (long, short, short)]
    gold = np.full(7, -1, dtype=np.int32)
    combined = combine(evidence(Spans("names", ("PER", "LOC")), items, votes, gold), Majority())
    assert combined.majority.labels.tolist() == [1, 2, 2, 0, 3, 0, 0]
    assert np.allclose(combined.majority.probabilities.sum(axis=1), 1)
    # the second example was read by nobody
    assert combined.targets.weights.tolist() == [1, 1, 1, 1, 1, 0, 0]


def test_a_source_that_found_nothing_outvotes_one_that_did():
    items = from_lengths(np.array([2]))
    votes = [np.array(vote, dtype=np.int32) for vote in ([1, 2], [0, 0], [0, 0])]
    given = evidence(Spans("names", ("PER",)), items, votes, np.full(2, -1, dtype=np.int32))
    assert combine(given, Majority()).majority.labels.tolist() == [0, 0]


def test_members_of_a_set_get_their_own_probability():
    items = from_lengths(np.array([2, 3]))
    votes = [np.array(vote, dtype=np.int32) for vote in ([0, 3], [0, 2], [1, 3])]
    given = evidence(Select("arg"), items, votes, np.full(2, -1, dtype=np.int32))
    combined = combine(given, Majority())
    assert np.allclose(combined.majority.probabilities, [2 / 3, 1 / 3, 0, 0, 1 / 3])
    assert combined.majority.labels.tolist() == [0, 3]
    assert combined.targets.weights.tolist() == [1, 1]


def test_gold_members_become_certain_targets():
    items = from_lengths(np.array([2, 2]))
    given = evidence(Select("arg"), items, [np.array([0, 0], dtype=np.int32)], np.array([1, 2], dtype=np.int32))
    assert combine(given, Majority(), use_gold=True).targets.probabilities.tolist() == [0, 1, 0, 0]


def test_numbers_are_averaged_and_precise_sources_count_more():
    random = np.random.default_rng(0)
    truth = random.normal(size=2000) * 3
    votes = [truth + random.normal(size=2000) * spread for spread in (0.5, 1.0, 2.0)]
    combined = combine(evidence(Regression("score"), one_each(2000), votes, np.full(2000, np.nan)), Auto())
    errors = [np.sqrt(np.mean((p.labels - truth) ** 2)) for p in (combined.majority, combined.label_model)]
    # the best weights give 1 / sqrt(1/0.5² + 1/1² + 1/2²) = 0.44, equal ones sqrt(0.5² + 1² + 2²) / 3 = 0.76
    assert errors[0] > 0.7
    assert errors[1] < 0.46
    assert combined.name == "precision_weighted_mean"


@pytest.mark.parametrize(
    ("use_dev", "use_gold", "is_known"), [(True, "auto", True), (False, "auto", False), (False, True, False)]
)
def test_gold_on_dev_corrects_numbers_where_it_may_be_seen(use_dev, use_gold, is_known):
    random = np.random.default_rng(0)
    truth = random.normal(size=400)
    votes = [truth + 5 + random.normal(size=400) / 2 for _ in range(3)]
    dev, test = np.arange(400) < 50, np.arange(400) >= 300
    given = evidence(
        Regression("score"), one_each(400), votes, np.where(dev, truth, np.nan), train=~dev & ~test, dev=dev
    )
    combined = combine(given, Auto(), use_dev=use_dev, use_gold=use_gold)
    shift = float((combined.targets.probabilities - truth)[test].mean())
    assert abs(shift - (0 if is_known else 5)) < 0.3
    assert ("gold" in combined.why) == is_known


def test_an_item_without_a_number_is_masked():
    votes = [np.array([1.0, np.nan]), np.array([3.0, np.nan])]
    combined = combine(evidence(Regression("score"), one_each(2), votes, np.full(2, np.nan)), Majority())
    assert combined.majority.labels.tolist() == [2.0, 2.0]
    assert combined.targets.weights.tolist() == [1, 0]
    assert combined.name == "mean"


@pytest.mark.parametrize("model", [Auto(), Em(), Majority()])
def test_the_order_of_examples_does_not_matter(model):
    known = drawn()
    order = np.random.default_rng(1).permutation(600)
    shuffled = Evidence(
        known.task,
        known.items,
        known.keys[order],
        known.sources,
        tuple(Labels(known.items, vote.values[order]) for vote in known.votes),
        Labels(known.items, known.gold.values[order]),
        known.train[order],
        known.dev[order],
    )
    one, other = combine(known, model), combine(shuffled, model)
    assert np.array_equal(one.label_model.labels[order], other.label_model.labels)
    assert np.allclose(one.targets.probabilities[order], other.targets.probabilities, atol=1e-5)


def test_examples_in_their_order_inform_each_other():
    random = np.random.default_rng(0)
    truth = np.repeat(random.integers(2, size=60), 20)
    votes = [np.where(random.random(1200) < 0.65, truth, 1 - truth) for _ in range(3)]
    for vote in votes:
        vote[random.random(1200) < 0.4] = -1
    place = random.permutation(1200)
    columns = [np.empty(1200, dtype=np.int32) for _ in votes]
    for column, vote in zip(columns, votes, strict=True):
        column[place] = vote
    shuffled = np.empty(1200, dtype=np.int64)
    shuffled[place] = truth
    order = np.empty(1200)
    order[place] = np.arange(1200)
    given = classes(*columns)
    alone, chained = (
        (combine(evidence, Chain()).label_model.labels == shuffled).mean()
        for evidence in (given, replace(given, order=order))
    )
    # three votes at 0.65, of which 40 % are missing, are right together on about 0.63; their neighbours know more
    assert alone < 0.7
    assert chained > alone + 0.1


def copied(n_rows=1500):
    """Three fair sources, and one bad one that stands there three times."""
    drawn_matrix, truth = draw_votes(np.array([0.8, 0.75, 0.75, 0.7, 0.35]), n_rows=n_rows, n_classes=3, seed=4)
    columns = drawn_matrix.votes[:, [0, 1, 2, 3, 4, 4, 4]]
    return classes(*columns.T, gold=truth), truth


@pytest.mark.parametrize("model", [Auto(), Chain(), Em(), Majority()], ids=lambda model: type(model).__name__)
def test_copies_are_found_and_discounted_but_not_in_the_plain_majority(model):
    given, truth = copied()
    combined = combine(given, model)
    assert combined.copies.edges == ((4, 5), (4, 6), (5, 6))
    right = [(predicted.labels == truth).mean() for predicted in (combined.majority, combined.label_model)]
    assert right[1] > right[0] + 0.03


def test_numbers_are_not_searched_for_copies():
    items = one_each(3)
    combined = combine(evidence(Regression("score"), items, [np.zeros(3)] * 2, np.full(3, np.nan)), Auto())
    assert combined.copies is None


def test_soft_votes_reach_the_targets_as_they_are():
    given = classes([0, 1, -1], [0, 0, -1])
    soft = replace(given.votes[0], probabilities=np.array([[1.0, 0, 0], [0.2, 0.8, 0], [np.nan] * 3]))
    combined = combine(replace(given, votes=(soft, given.votes[1])), Majority())
    assert np.allclose(combined.targets.probabilities[:2], [[1, 0, 0], [0.6, 0.4, 0]])
    assert combined.targets.weights.tolist() == [1, 1, 0]


@settings(max_examples=30, deadline=None)
@given(votes(max_rows=60, max_classes=3), st.booleans())
def test_whatever_the_votes_targets_are_probabilities(drawn_votes, has_dev):
    cast, n_classes = drawn_votes
    task = Multiclass("intent", ("a", "b", "c")[:n_classes])
    dev = (np.arange(len(cast)) % 2 == 0) & has_dev
    gold = np.arange(len(cast)) % n_classes
    given_votes = evidence(task, one_each(len(cast)), [*cast.T, *cast.T], gold, train=~dev, dev=dev)
    targets = combine(given_votes, Auto()).targets
    assert np.isfinite(targets.probabilities).all()
    assert np.allclose(targets.probabilities.sum(axis=1), 1)
    assert np.array_equal(targets.weights > 0, (cast >= 0).any(axis=1))


def topic_rules(*, n_dev, n_rows=600, seed=0):
    """Rules for one of three topics each, two a topic; examples have any number of topics, the first ones are dev."""
    random = np.random.default_rng(seed)
    truth = (random.random((n_rows, 3)) < 0.3).astype(np.int8)
    columns = []
    for rule in range(6):
        fires = random.random(n_rows) < np.where(truth[:, rule % 3] == 1, 0.4, 0.04)
        columns.append(np.where(fires[:, None], np.eye(3, dtype=np.int8)[rule % 3], np.int8(-1)))
    dev = np.arange(n_rows) < n_dev
    return evidence(Bitvector("topics", ("a", "b", "c")), one_each(n_rows), columns, truth, train=~dev, dev=dev)


def micro_f1(labels, truth):
    return 2 * (labels & truth).sum() / (labels.sum() + truth.sum())


def test_rules_for_one_bit_each_are_weighed_bit_by_bit_once_gold_says_what_their_no_means():
    """Two rules for different topics contradict each other where both are right."""
    rules = topic_rules(n_dev=200, n_rows=1500)
    combined, truth = combine(rules, Auto()), rules.gold.values[rules.train]
    counted, weighed = combined.majority.labels[rules.train], combined.label_model.labels[rules.train]
    assert micro_f1(weighed, truth) > micro_f1(counted, truth) + 0.02


@pytest.mark.parametrize(("n_dev", "is_counted"), [(0, True), (15, True), (200, False)])
@pytest.mark.parametrize("is_ordered", [False, True])
def test_rules_for_one_bit_each_are_counted_where_little_gold_says_what_their_no_means(n_dev, is_counted, is_ordered):
    rules = replace(topic_rules(n_dev=n_dev), order=np.arange(600.0) if is_ordered else None)
    assert (combine(rules, Auto()).name == "majority") == is_counted


def test_a_bit_that_nothing_voted_on_is_drawn_at_random_whatever_its_prior():
    rules = topic_rules(n_dev=200, n_rows=3000)
    silent = np.stack([(np.asarray(votes.values) < 0).all(axis=1) for votes in rules.votes]).all(axis=0)
    holds = combine(rules, Auto()).label_model.labels[silent].mean()
    assert abs(holds - 0.5) < 0.05  # the standard error of a share of some 1000 times 3 is 0.01


def test_sources_that_name_several_bits_are_weighed_without_gold():
    rules = topic_rules(n_dev=0)
    both = Labels(rules.items, np.maximum(rules.votes[0].values, rules.votes[1].values))
    assert combine(replace(rules, votes=(both, *rules.votes[1:])), Auto()).name == "em"


@pytest.mark.parametrize("is_ordered", [True, False])
def test_bits_of_ordered_examples_are_judged_alike_as_they_are_weighed(is_ordered):
    """Gold of 12 examples is of 60 rows, and of each bit that is weighed by itself of too few."""
    random = np.random.default_rng(0)
    truth = np.repeat(random.random((60, 5)) < 0.3, 5, axis=0).astype(np.int8)
    votes = [np.where(random.random(truth.shape) < 0.8, truth, 1 - truth).astype(np.int8) for _ in range(4)]
    dev = np.arange(300) < 12
    gold = np.where(dev[:, None], truth, -1).astype(np.int8)
    given = evidence(Bitvector("topics", tuple("abcde")), one_each(300), votes, gold, train=~dev, dev=dev)
    found = combine(replace(given, order=np.arange(300.0) if is_ordered else None), Auto())
    assert ("of 60 dev rows" in found.why, "dev rows" in found.why) == (is_ordered, is_ordered)


@pytest.mark.parametrize("model", [Auto(), Em(), Majority()])
@pytest.mark.parametrize("task", [Multiclass("t", ("a", "b")), Regression("t")])
def test_it_is_said_that_nothing_votes_on_train_whatever_the_label_model(task, model):
    gold, votes = empty_labels(task, one_each(4)).values, empty_labels(task, one_each(4)).values
    votes[3] = 1
    dev = np.array([False, False, False, True])
    combined = combine(evidence(task, one_each(4), [votes] * 3, gold, train=~dev, dev=dev), model)
    assert [str(warning.message) for warning in combined.warnings] == [
        "task 't': no source votes on any training row. Add sources, or loosen their rules."
    ]


@pytest.mark.parametrize("model", [Auto(), Em(), Majority()])
def test_it_is_said_that_gold_contradicts_the_sources_whatever_the_label_model(model):
    sound = drawn(n_dev=100)
    renamed = Labels(sound.items, (np.asarray(sound.gold.values) + 1) % 3)
    assert "T244" not in [warning.code for warning in combine(sound, model).warnings]
    assert [warning.code for warning in combine(replace(sound, gold=renamed), model).warnings] == ["T244"]
