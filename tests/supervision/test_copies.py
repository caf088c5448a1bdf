"""What votes are worth beside those of copies."""

import numpy as np

from transom.supervision.copies import copies_among

CORRELATIONS = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])


def test_copies_that_always_vote_together_share_one_vote():
    copies = copies_among(((0, 1),), CORRELATIONS, np.full((3, 3), 10.0))
    assert copies.worth.tolist() == [0.5, 0.5, 1.0]


def test_copies_that_seldom_meet_keep_their_votes():
    both = np.array([[100.0, 10.0, 0.0], [10.0, 20.0, 0.0], [0.0, 0.0, 5.0]])
    assert np.allclose(copies_among(((0, 1),), CORRELATIONS, both).worth, [1 / 1.1, 1 / 1.5, 1.0])


def test_a_source_without_votes_is_worth_a_whole_one():
    copies = copies_among((), np.eye(2), np.zeros((2, 2)))
    assert copies.worth.tolist() == [1.0, 1.0]


def test_edges_name_the_copies_of_each_source():
    copies = copies_among(((0, 1), (1, 2)), np.ones((3, 3)), np.ones((3, 3)))
    assert [copies.of(source) for source in range(3)] == [(1,), (0, 2), (1,)]
    assert not copies.strangers.any()


def test_sources_that_have_a_little_in_common_are_discounted_but_not_called_copies():
    weak = np.array([[1.0, 0.4], [0.4, 1.0]])
    copies = copies_among(((0, 1),), weak, np.full((2, 2), 10.0))
    assert copies.of(0) == copies.of(1) == ()
    assert np.allclose(copies.worth, 1 / 1.4)
