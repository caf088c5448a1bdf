"""Sources that copy each other are found by their votes, sources that are merely right are not."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from planted_votes import draw_rules, duplicated, with_edges
from strategies import votes
from transom.registry import names, resolve
from transom.supervision.dependencies import learn_copies, with_copies
from transom.supervision.matrix import LabelMatrix
from transom.supervision.prior import uniform_prior
from transom.testing.label_models import draw_votes, matrix_of

N_DRAWS = 20


def workers(seed, *, n=10, n_classes=2, coverage=1.0, n_rows=1000):
    """Sources that vote for every class, right with 0.6 to 0.9."""
    accuracies = np.random.default_rng(seed).uniform(0.6, 0.9, n)
    return draw_votes(accuracies, n_classes=n_classes, n_rows=n_rows, coverage=coverage, seed=seed)[0]


def n_exact(draw, edges, share, n_draws=N_DRAWS):
    """In how many draws exactly the planted edges are found."""
    found = [learn_copies(with_edges(draw(seed), edges, share=share, seed=seed)).edges for seed in range(n_draws)]
    return sum(each == tuple(edges) for each in found)


@pytest.mark.parametrize(
    ("edges", "share"),
    [
        ([(0, 1)], 0.9),
        ([(0, 1), (2, 3), (4, 5)], 0.5),
        ([(0, 1), (0, 2), (0, 3)], 0.8),
        ([(0, 1), (1, 2), (3, 4), (4, 5)], 0.7),
    ],
)
def test_planted_edges_are_found_exactly(edges, share):
    assert n_exact(workers, edges, share) >= 19


def test_a_source_that_repeats_most_votes_is_called_a_copy_and_one_that_repeats_few_is_not():
    drawn = [with_edges(workers(seed), [(0, 1), (2, 3)], share=0.8, seed=seed) for seed in range(5)]
    assert all([learn_copies(each).of(source) for source in (0, 2)] == [(1,), (3,)] for each in drawn)
    weak = [learn_copies(with_edges(workers(seed, n_rows=5000), [(0, 1)], share=0.25, seed=seed)) for seed in range(5)]
    assert all(each.edges == ((0, 1),) and each.of(0) == () for each in weak)


@pytest.mark.parametrize(("n_classes", "n_rules"), [(2, 20), (6, 30)])
def test_rules_that_fire_seldom_and_copy_are_found(n_classes, n_rules):
    def draw(seed):
        return draw_rules(n_rules, n_classes=n_classes, n_rows=1000, seed=seed)[0]

    edges = [(0, n_classes), (1, n_classes + 1)]
    assert n_exact(draw, edges, 0.8, n_draws=10) >= 9


def test_copies_among_sources_that_abstain_and_several_classes_are_found():
    def draw(seed):
        return workers(seed, n_classes=4, coverage=0.5)

    assert n_exact(draw, [(0, 1), (2, 3), (4, 5)], 0.8, n_draws=10) >= 9


@pytest.mark.parametrize(
    "draw",
    [
        workers,
        lambda seed: workers(seed, n_classes=4, coverage=0.4),
        lambda seed: draw_rules(20, n_rows=1000, seed=seed)[0],
        lambda seed: draw_rules(40, n_classes=8, n_rows=2000, seed=seed)[0],
        lambda seed: draw_votes(np.linspace(0.9, 0.98, 10), n_rows=1000, seed=seed)[0],
        lambda seed: workers(seed, n_rows=100),
        lambda seed: workers(seed, n_rows=50_000),
    ],
    ids=["workers", "abstaining", "rules", "rules of 8 classes", "excellent", "few rows", "many rows"],
)
def test_independent_sources_have_no_edges(draw):
    # one draw in a hundred may have one: more than one in ten has probability below 0.005
    assert sum(len(learn_copies(draw(seed)).edges) > 0 for seed in range(10)) <= 1


def test_a_source_that_votes_as_another_wherever_either_votes_is_a_copy_however_few_sources_there_are():
    one = np.random.default_rng(0).integers(-1, 2, size=100).astype(np.int8)
    copies = learn_copies(matrix_of(np.column_stack([one, one]), 2))
    assert copies.edges == ((0, 1),)
    assert copies.worth.tolist() == [0.5, 0.5]


def test_members_of_sets_are_compared_by_exact_agreement_alone():
    votes = np.random.default_rng(0).integers(-1, 3, size=(200, 3)).astype(np.int8)
    votes[:, 2] = votes[:, 0]
    base = matrix_of(votes, 4)
    matrix = LabelMatrix(base.votes, base.sources, 4, base.items, n_options=np.full(200, 4))
    assert learn_copies(matrix).edges == ((0, 2),)


def test_too_many_kinds_of_vote_are_not_compared():
    few_rows = matrix_of(np.zeros((5, 100), dtype=np.int8), 100)
    assert learn_copies(few_rows) is None
    assert learn_copies(matrix_of(np.zeros((5, 0), dtype=np.int8), 2)) is None


def test_of_more_kinds_of_vote_than_are_compared_in_seconds_exact_copies_are_found():
    drawn, _ = draw_votes(np.full(6, 0.7), n_classes=200, n_rows=2000)
    assert learn_copies(drawn).edges == ()
    assert learn_copies(matrix_of(drawn.votes[:, [0, 1, 2, 3, 4, 5, 5]], 200)).edges == ((5, 6),)


@settings(max_examples=40, deadline=None)
@given(votes())
def test_any_votes_have_copies_that_are_worth_something(drawn):
    copies = learn_copies(matrix_of(*drawn))
    assert ((copies.worth > 0) & (copies.worth <= 1 + 1e-12)).all()
    assert np.array_equal(copies.correlations, copies.correlations.T)
    assert all(one < other for one, other in copies.edges)


def test_the_order_of_sources_does_not_matter():
    matrix = with_edges(workers(3), [(0, 1), (2, 3)], share=0.8, seed=3)
    order = np.random.default_rng(0).permutation(10)
    shuffled = learn_copies(replace(matrix, votes=matrix.votes[:, order]))
    back = {tuple(sorted((int(order[one]), int(order[other])))) for one, other in shuffled.edges}
    assert back == {(0, 1), (2, 3)}


@pytest.mark.parametrize("name", [name for name in names("label_models") if name != "auto"])
@pytest.mark.parametrize(("n_rows", "share"), [(1000, 1.0), (1000, 0.9)])
def test_a_bad_source_duplicated_five_times_costs_nothing_once_its_copies_are_known(name, n_rows, share):
    drawn, truth = duplicated([0.8, 0.75, 0.75, 0.7, 0.5], 5, n_rows=n_rows, share=share, seed=1)
    alone = matrix_of(drawn.votes[:, :5], 2)
    model, prior = resolve("label_models", name)(), uniform_prior(2)
    without, unaware, aware = (
        (model.fit(matrix, prior).predict(matrix).argmax(axis=1) == truth).mean()
        for matrix in (alone, drawn, with_copies(drawn))
    )
    assert unaware < without - 0.1
    # six voters that count as one: up to chance (a standard error of 0.012) as good as one of them alone
    assert aware >= without - 0.02
