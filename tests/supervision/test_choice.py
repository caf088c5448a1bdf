"""`auto` chooses by what the votes can tell, and by dev gold where it is sure."""

import tracemalloc
from dataclasses import replace

import numpy as np

from planted_votes import draw_rules
from transom.data.items import from_lengths
from transom.supervision import choice
from transom.supervision.choice import Auto, Judged, _fitness, _hits
from transom.supervision.label_models.em import Em
from transom.supervision.label_models.majority import Majority
from transom.supervision.prior import uniform_prior
from transom.supervision.statistics import rows_of
from transom.testing.label_models import draw_votes, matrix_of


def choose(matrix, judged=None, prior=None):
    return Auto().choose(matrix, uniform_prior(matrix.n_classes) if prior is None else prior, judged=judged)


def judged(matrix, truth):
    rows = np.flatnonzero((matrix.votes >= 0).any(axis=1))
    chosen = matrix_of(matrix.votes[rows], matrix.n_classes)
    return Judged(chosen, truth[rows], rows)


def copied_errors(n_rows=2000):
    """One good source, and three that are always wrong together."""
    matrix, truth = draw_votes(np.array([0.95, 0.6]), n_rows=n_rows, n_classes=4)
    return matrix_of(matrix.votes[:, [0, 1, 1, 1]], 4), truth


def test_sources_that_can_be_told_apart_are_weighed():
    matrix, _ = draw_votes(np.array([0.9, 0.7, 0.6]), n_rows=1000)
    choice = choose(matrix)
    assert choice.name == "em"
    assert choice.doubts == ()
    assert choice.why.startswith("expected to be right on ")


def test_two_sources_are_only_counted():
    matrix, _ = draw_votes(np.array([0.9, 0.7]), n_rows=1000)
    choice = choose(matrix)
    assert choice.name == "majority"
    assert choice.why == "sources cannot be told apart by their votes"


def test_gold_finds_the_source_that_copies_outvote():
    matrix, truth = copied_errors()
    assert choose(matrix).name == "em"
    choice = choose(matrix, judged(matrix, truth))
    assert choice.name == "best_source s0"
    # 0.95 of 2000 draws, within four standard errors of 0.005
    assert abs(float(choice.why.split("%")[0].removeprefix("right on ")) - 95) < 2


def test_few_gold_rows_choose_nothing():
    matrix, truth = copied_errors()
    few = judged(matrix_of(matrix.votes[:20], 4), truth[:20])
    assert choose(matrix, few).name == "em"


def test_few_gold_rows_are_said_to_be_what_the_prior_of_rules_rests_on():
    matrix = matrix_of(np.array([[0, 1, -1], [-1, 1, 0]] * 20), 2)
    few = judged(matrix_of(matrix.votes[:5], 2), np.ones(5, np.int64))
    counted, uniform = (Auto(prior).choose(matrix, uniform_prior(2), judged=few).doubts for prior in ("dev", "uniform"))
    assert "counted on 5 gold labels of dev alone" in str(counted[-1])
    assert "taken as equally common" in str(uniform[-1])


def test_gold_makes_probabilities_as_sure_as_they_are_right():
    matrix, truth = draw_votes(np.full(4, 0.6), n_rows=4000)
    copies = matrix_of(np.repeat(matrix.votes, 5, axis=1), 2)
    gold = judged(copies, truth)
    plain, calibrated = (choose(copies, given).model.predict(copies) for given in (None, gold))
    is_right = (calibrated.argmax(axis=1) == truth).mean()
    # one exponent cannot mend every row, but must the mean
    assert abs(calibrated.max(axis=1).mean() - is_right) < 0.05
    assert plain.max(axis=1).mean() > is_right + 0.1


def test_a_prior_that_gold_contradicts_is_not_used():
    matrix, truth = draw_votes(np.full(3, 0.7), n_rows=2000, coverage=0.4)
    choice = choose(matrix, judged(matrix, truth), prior=np.array([0.95, 0.05]))
    assert (choice.model.predict(matrix).argmax(axis=1) == 1).mean() > 0.3


def test_gold_finds_that_dev_has_other_shares_of_classes_than_train():
    matrix, truth = draw_rules(4, n_rows=4000, coverage=(0.1, 0.3), seed=1)
    gold, skewed = judged(matrix, truth), np.array([0.97, 0.03])
    chosen, misled = Auto().choose(matrix, skewed, judged=gold), Em().fit(matrix, skewed)
    assert chosen.name == "em"
    right = [(model.predict(gold.matrix).argmax(axis=1) == gold.truth).mean() for model in (chosen.model, misled)]
    assert right[0] > right[1] + 0.05


def test_of_equally_right_beliefs_the_one_that_makes_gold_likelier_is_kept():
    matrix, truth = draw_votes(np.full(3, 0.9), n_rows=2000, seed=2)
    sure, unsure = (Em(accuracy=0.9, pseudo_counts=n).fit(matrix, uniform_prior(2)) for n in (1.0, 1.0))
    gold = judged(matrix, truth)
    assert _fitness(sure, gold) == _fitness(unsure, gold)
    random = Majority(weights={"s0": 0.001}).fit(matrix, uniform_prior(2))
    assert _fitness(random, gold) < _fitness(sure, gold)


def test_gold_teaches_a_model_that_it_no_longer_judges():
    matrix, truth = draw_votes(np.array([0.9, 0.7, 0.6]), n_rows=1000)
    gold = judged(matrix_of(matrix.votes[:200], 2), truth[:200])
    choice, alone = choose(matrix, gold), choose(matrix)
    assert choice.name == alone.name == "em"
    assert np.array_equal(choice.model.accuracies, alone.model.accuracies)
    assert not np.array_equal(choice.best.accuracies, alone.model.accuracies)
    assert alone.best is alone.model


def test_beliefs_are_tried_on_some_rows_and_fitted_on_all(monkeypatch):
    matrix, truth = draw_votes(np.array([0.9, 0.7, 0.6]), n_rows=5000)
    gold = judged(matrix, truth)
    whole = Auto().choose(matrix, uniform_prior(2), judged=gold).model.accuracies
    monkeypatch.setattr(choice, "_TRIAL", 500)
    assert np.allclose(Auto().choose(matrix, uniform_prior(2), judged=gold).model.accuracies, whole, atol=1e-3)


def in_a_row(staying, n_rows=3000, seed=0):
    """Rows of one long example that keep the class of the row before with probability `staying`, else draw it anew."""
    random = np.random.default_rng(seed)
    truth = random.integers(2, size=n_rows)
    for row in range(1, n_rows):
        if random.random() < staying:
            truth[row] = truth[row - 1]
    accuracies = [0.75, 0.7, 0.7, 0.65]
    votes = np.column_stack([np.where(random.random(n_rows) < right, truth, 1 - truth) for right in accuracies])
    return replace(matrix_of(votes.astype(np.int8), 2), items=from_lengths(np.array([n_rows]))), truth


def test_neighbours_that_are_alike_are_asked():
    matrix, truth = in_a_row(0.8)
    choice = choose(matrix)
    assert choice.name == "chain"
    assert choice.why.startswith("the next row is of the same class in ")
    alone = Em().fit(matrix, uniform_prior(2))
    right = [(model.predict(matrix).argmax(axis=1) == truth).mean() for model in (choice.model, alone)]
    assert right[0] > right[1] + 0.05


def test_neighbours_that_are_strangers_are_not_asked():
    assert choose(in_a_row(0.1)[0]).name == "em"


def test_gold_judges_rows_beside_their_neighbours():
    matrix, truth = in_a_row(0.8)
    rows = np.arange(0, 3000, 10)
    gold = Judged(rows_of(matrix, rows), truth[rows], rows, among=matrix, places=rows)
    choice = choose(matrix, gold)
    assert choice.name == "chain"
    chain = choose(matrix).model
    assert np.array_equal(gold.predicted_by(chain), chain.predict(matrix)[rows])
    alone = Em().fit(matrix, uniform_prior(2))
    assert np.array_equal(gold.predicted_by(alone), alone.predict(gold.matrix))


def missed_alarms(n_rows=12_000, seed=0):
    """Alarms on a twentieth of the rows, in runs of ten; one source misses half of them, one looks seldom."""
    random = np.random.default_rng(seed)
    truth = np.repeat(random.random(n_rows // 10) < 0.05, 10).astype(np.int64)
    votes = np.full((n_rows, 3), -1, dtype=np.int8)
    misses = random.random(n_rows) < 0.5
    votes[:, 0] = np.where(misses, 0, truth)
    is_seen = random.random(n_rows) < 0.3
    votes[is_seen, 1] = truth[is_seen]
    votes[(truth == 1) & (random.random(n_rows) < 0.5), 2] = 1
    votes[random.random(n_rows) < 0.003, 2] = 1
    return replace(matrix_of(votes, 2), items=from_lengths(np.full(n_rows // 40, 40))), truth


def test_beliefs_are_judged_with_the_neighbours_that_are_asked():
    """Alone a row is right more often if alarms are believed common, which with neighbours is wrong."""
    matrix, truth = missed_alarms()
    rows = np.arange(len(truth))
    gold = Judged(matrix, truth, rows // 40, among=matrix, places=rows)
    choice = choose(matrix, gold, prior=np.bincount(truth) / len(truth))
    assert choice.name == "chain"
    assert _hits(choice.model, gold).mean() > 0.998
    # what the source that misses alarms is right on; believing alarms common takes it for .66
    assert abs(choice.model.accuracies[0] - (matrix.votes[:, 0] == truth).mean()) < 0.02


def test_the_members_of_a_set_are_no_neighbours():
    matrix, truth = draw_votes(np.array([0.9, 0.7, 0.6]), n_rows=1000, n_classes=4)
    sets = replace(matrix, items=from_lengths(np.full(1000, 3)), n_options=np.full(1000, 4))
    gold = Judged(rows_of(sets, np.arange(200)), truth[:200], np.arange(200))
    for judged in (None, gold):
        assert choose(sets, judged).name == "em"


def test_neighbours_of_hundreds_of_classes_are_not_counted():
    """A number for every pair of votes would be 2,000 times 2,000; `em` has one accuracy a source here anyway."""
    matrix, _ = draw_votes(np.array([0.9, 0.8, 0.7, 0.6]), n_rows=400, n_classes=500)
    steps = replace(matrix, items=from_lengths(np.full(40, 10)))
    tracemalloc.start()
    try:
        assert choose(steps).name == "em"
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2000 * 2000 * 8


def test_no_source_comes_first_that_gold_contradicts():
    """To vote against it would be right most often; following it is what is offered."""
    matrix, truth = draw_votes(np.array([0.85, 0.8, 0.75]), n_rows=1000)
    gold = judged(matrix_of(matrix.votes[:100], 2), 1 - truth[:100])
    assert choose(matrix, gold).name == "em"
