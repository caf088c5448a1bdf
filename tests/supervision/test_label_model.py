"""What no label model can use is refused."""

import numpy as np
import pytest

from transom.data.items import one_each
from transom.errors import LabelModelError
from transom.supervision.label_model import LabelModel, require_votes_fit
from transom.supervision.label_models.em import Em
from transom.supervision.label_models.majority import Majority
from transom.supervision.matrix import LabelMatrix
from transom.testing.label_models import matrix_of


def refusal(matrix, prior):
    with pytest.raises(LabelModelError) as raised:
        require_votes_fit(matrix, np.array(prior))
    return str(raised.value)


def test_a_vote_that_is_no_class_is_named():
    matrix = matrix_of(np.array([[0, 1], [1, 2]], dtype=np.int8), 2)
    assert refusal(matrix, [0.5, 0.5]) == (
        "T100 source 's1' votes 2 in row 1, which is none of its classes. Votes count from 0; -1 abstains."
    )


def test_a_vote_below_minus_one_is_refused():
    matrix = matrix_of(np.array([[-2]], dtype=np.int8), 2)
    assert refusal(matrix, [0.5, 0.5]).startswith("T100 source 's0' votes -2 in row 0")


def test_a_vote_for_an_option_that_the_row_lacks_is_refused():
    votes = np.array([[2], [2]], dtype=np.int8)
    matrix = LabelMatrix(votes, ("s",), 3, one_each(2), n_options=np.array([3, 2]))
    assert refusal(matrix, [1 / 3] * 3).startswith("T100 source 's' votes 2 in row 1")


@pytest.mark.parametrize("prior", [[1.0], [0.9, 0.9], [1.5, -0.5], [np.nan, 1.0]])
def test_a_prior_that_is_no_distribution_over_the_classes_is_refused(prior):
    assert refusal(matrix_of(np.array([[0]], dtype=np.int8), 2), prior) == (
        f"T101 the class prior {prior!r} is not a probability for each of 2 classes."
    )


def test_settings_are_label_models():
    assert isinstance(Em(), LabelModel)
    assert isinstance(Majority(), LabelModel)
