"""Weighing that would only follow one source is told from weighing that adds sources up."""

import numpy as np
import pytest

from planted_votes import members_of
from transom.supervision.choice import Auto
from transom.supervision.label_models.em import Em
from transom.supervision.label_models.majority import Majority
from transom.supervision.outlook import Outlook, expected_hits, outlook
from transom.supervision.prior import uniform_prior
from transom.testing.label_models import draw_votes


def seen(matrix):
    prior = uniform_prior(matrix.n_classes)
    return outlook(matrix, Em().fit(matrix, prior), Majority().fit(matrix, prior))


def followers(shares, *, n_rows=2000, n_members=10, seed=0):
    """Members of sets: the first source says what is popular, and the others mostly follow it."""
    random = np.random.default_rng(seed)
    popular = random.integers(n_members, size=n_rows)
    votes = [popular]
    for share in shares:
        other = random.integers(n_members, size=n_rows)
        votes.append(np.where(random.random(n_rows) < share, popular, other))
    return members_of(np.column_stack(votes).astype(np.int8), n_members)


def test_a_tied_class_is_right_in_part():
    probabilities = np.array([[0.7, 0.2, 0.1], [0.6, 0.4, 0.0]])
    scores = np.array([[0.4, 0.4, 0.2], [0.0, 1.0, 0.0]])
    assert np.allclose(expected_hits(probabilities, scores), [0.45, 0.4])


def test_followers_of_one_source_are_noticed_and_it_is_doubted():
    matrix = followers([0.8, 0.7, 0.5])
    found = seen(matrix)
    assert found.authority == "s0"
    assert found.is_cheap_to_doubt
    choice = Auto().choose(matrix, uniform_prior(matrix.n_classes))
    assert (choice.name, choice.why) == ("hedged", "weighing would follow 's0' alone, so the others have half the say")
    assert [str(doubt.message) for doubt in choice.doubts] == [
        "'s0' alone explains the votes: it is nearly always right, or the others look at what it looks at. "
        "Give gold labels on dev, 30 tell a lot, or a source of another kind."
    ]
    assert choice.doubts[0].code == "T241"


@pytest.mark.parametrize("accuracies", [(0.9, 0.8, 0.75, 0.7), (0.95, 0.9, 0.85), (0.9, 0.9, 0.6, 0.6), (0.7,) * 6])
@pytest.mark.parametrize("n_classes", [2, 10])
def test_good_sources_that_are_independent_are_weighed(accuracies, n_classes):
    drawn, truth = draw_votes(np.array(accuracies), n_classes=n_classes, n_rows=2000, seed=1)
    for matrix in (drawn, members_of(drawn.votes, n_classes)):
        assert seen(matrix).authority is None
        choice = Auto().choose(matrix, uniform_prior(matrix.n_classes))
        assert choice.name == "em"
        counted = Majority().fit(matrix, uniform_prior(matrix.n_classes)).predict(matrix)
        by_majority = expected_hits(np.eye(matrix.n_classes)[truth], counted).mean()
        # a standard error of the difference is below 0.01
        assert (choice.model.predict(matrix).argmax(axis=1) == truth).mean() > by_majority - 0.01


def test_an_expert_among_guessers_is_followed_with_a_warning():
    matrix, truth = draw_votes(np.array([0.99, 0.8, 0.7, 0.65]), n_rows=2000)
    choice = Auto().choose(matrix, uniform_prior(2))
    assert choice.name == "em"
    assert [doubt.code for doubt in choice.doubts] == ["T241"]
    # majority is right on 0.89 of the rows, too little to insure against an expert that is none
    assert (choice.model.predict(matrix).argmax(axis=1) == truth).mean() > 0.97


def test_a_source_is_doubted_only_where_even_counting_costs_little():
    assert Outlook(0.99, 0.97, "s0").is_cheap_to_doubt
    assert not Outlook(0.99, 0.9, "s0").is_cheap_to_doubt
    assert Outlook(0.99, 0.975).expected == "expected to be right on 99.0% of the rows with votes, majority on 97.5%"
