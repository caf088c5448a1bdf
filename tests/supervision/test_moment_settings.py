"""Label models that count pairs of votes share their beliefs and their fit."""

import numpy as np
import pytest

from planted_votes import members_of
from transom.errors import LabelModelError
from transom.supervision.exchangeable import FittedExchangeable
from transom.supervision.inference import FittedWeights
from transom.supervision.moment_settings import MomentSettings
from transom.supervision.prior import uniform_prior
from transom.testing.label_models import draw_votes


def test_a_belief_by_name_takes_the_place_of_the_usual_one():
    beliefs = MomentSettings(accuracy=0.7, beliefs={"b": 0.9}, pseudo_counts=5.0).beliefs_about(("a", "b"))
    assert beliefs.accuracies.tolist() == [0.7, 0.9]
    assert (beliefs.pseudo_counts, beliefs.shrinkage) == (5.0, 3.0)


def test_classes_and_members_of_sets_are_fitted_each_in_their_way():
    known = np.array([0.9, 0.8, 0.7])
    matrix, _ = draw_votes(known, n_classes=4, n_rows=5000)
    by_class = MomentSettings().weigh(matrix, uniform_prior(4))
    by_member = MomentSettings().weigh(members_of(matrix.votes, 4), uniform_prior(5))
    assert isinstance(by_class, FittedWeights)
    assert isinstance(by_member, FittedExchangeable)
    # the standard error of a share of 5,000 votes is 0.006
    assert np.allclose(by_class.accuracies, known, atol=0.03)
    assert np.allclose(by_member.accuracies, known, atol=0.03)


def test_more_kinds_of_vote_than_can_be_counted_are_refused():
    matrix, _ = draw_votes(np.full(100, 0.7), n_classes=100, n_rows=5)
    with pytest.raises(LabelModelError, match="too many to count every pair"):
        MomentSettings().weigh(matrix, uniform_prior(100))
