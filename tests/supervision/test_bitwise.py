"""Sources that differ from bit to bit are told apart there, and those that are alike are known as well as before."""

from dataclasses import replace

import numpy as np
import pytest

from transom.data.items import one_each
from transom.supervision.anchors import Anchors
from transom.supervision.bitwise import fit_bits
from transom.supervision.label_models.em import Em
from transom.supervision.matrix import ABSTAINED, LabelMatrix
from transom.supervision.statistics import rows_of


def draw(accuracies, *, shares, n_items, coverage=0.7, seed=0):
    """Votes right as often as `accuracies` (n_sources, n_bits) say, on bits that hold so often; and the truth."""
    random = np.random.default_rng(seed)
    truth = (random.random((n_items, len(shares))) < shares).astype(np.int64)
    is_right = random.random((n_items, *accuracies.shape)) < accuracies
    votes = np.where(is_right, truth[:, None], 1 - truth[:, None])
    votes[random.random(votes.shape[:2]) > coverage] = ABSTAINED
    bits = np.tile(np.arange(len(shares)), n_items)
    by_row = votes.transpose(0, 2, 1).reshape(-1, len(accuracies)).astype(np.int8)
    sources = tuple(f"s{j}" for j in range(len(accuracies)))
    return LabelMatrix(by_row, sources, 2, one_each(n_items), bits=bits), truth.reshape(-1)


def priors_of(shares):
    return np.stack([1 - shares, shares], axis=1)


def share_right(model, matrix, truth):
    return (model.predict(matrix).argmax(axis=1) == truth).mean()


EVEN = np.full(4, 0.5)
EXPERTS = np.full((5, 4), 0.6)
EXPERTS[range(4), range(4)] = 0.95


def test_a_source_that_knows_one_bit_is_followed_there():
    """One source is right on 95 % of each bit, all others on 60 %: who votes all bits alike is 78 % right at best."""
    matrix, truth = draw(EXPERTS, shares=EVEN, n_items=800)
    alike = Em().fit(matrix, np.array([0.5, 0.5]))
    assert (
        share_right(fit_bits(Em(), matrix, priors_of(EVEN)), matrix, truth) > share_right(alike, matrix, truth) + 0.05
    )


@pytest.mark.parametrize("seed", range(3))
def test_sources_that_are_alike_on_all_bits_are_known_as_well_as_from_all_of_them(seed):
    """40 items tell little of 20 bits apart; the standard error of a difference of 800 rows is below one point."""
    shares = np.full(20, 0.3)
    accuracies = np.repeat([[0.9], [0.8], [0.7], [0.6]], 20, axis=1)
    matrix, truth = draw(accuracies, shares=shares, n_items=40, seed=seed)
    alike = Em().fit(matrix, np.array([0.7, 0.3]))
    assert (
        share_right(fit_bits(Em(), matrix, priors_of(shares)), matrix, truth) > share_right(alike, matrix, truth) - 0.02
    )


def test_of_a_bit_with_few_votes_is_believed_what_is_learned_of_the_others():
    shares = np.full(3, 0.5)
    matrix, _ = draw(np.repeat([[0.95], [0.9], [0.6], [0.6]], 3, axis=1), shares=shares, n_items=600, coverage=1.0)
    votes = matrix.votes.copy()
    votes[3 * 5 + 2 :: 3] = ABSTAINED  # only five items have votes on the last bit
    weights = fit_bits(Em(), replace(matrix, votes=votes), priors_of(shares)).weights
    says_yes = weights[:, :, 1, 1] - weights[:, :, 1, 0]
    assert np.all(says_yes[2, :2] > says_yes[2, 2:] + 1)
    assert np.allclose(says_yes[2], says_yes[:2].mean(axis=0), atol=1)


def test_a_row_without_votes_gets_the_prior_of_its_bit():
    shares = np.array([0.1, 0.3, 0.5, 0.7])
    matrix, _ = draw(EXPERTS, shares=shares, n_items=50)
    silent = replace(matrix, votes=np.full_like(matrix.votes, ABSTAINED))
    predicted = fit_bits(Em(), matrix, priors_of(shares)).predict(silent)
    assert np.allclose(predicted, np.tile(priors_of(shares), (50, 1)))


def test_the_order_of_rows_and_of_bits_does_not_matter():
    shares = np.array([0.1, 0.3, 0.5, 0.7])
    matrix, _ = draw(EXPERTS, shares=shares, n_items=60)
    said = fit_bits(Em(), matrix, priors_of(shares)).predict(matrix)
    order = np.random.default_rng(1).permutation(len(matrix.votes))
    turned = replace(rows_of(matrix, order), bits=3 - matrix.bits[order])
    other = fit_bits(Em(), turned, priors_of(shares)[::-1]).predict(turned)
    assert np.allclose(said[order], other, atol=1e-4)


def test_known_rows_of_a_bit_teach_of_that_bit_most():
    """On bit 0 gold contradicts the source that all agree with; what it says of other bits moves less than half."""
    matrix, truth = draw(np.full((4, 4), 0.8), shares=EVEN, n_items=200)
    rows = np.flatnonzero(matrix.bits == 0)[:40]
    voted = rows[matrix.votes[rows, 0] >= 0]
    known = rows_of(matrix, voted)
    before = fit_bits(Em(), matrix, priors_of(EVEN)).weights
    after = fit_bits(
        Em(), matrix, priors_of(EVEN), anchors=Anchors(known, 1 - matrix.votes[voted, 0].astype(int))
    ).weights
    moved = np.abs(after - before)[:, 0].max(axis=(1, 2))
    assert moved[0] > 0.5
    assert np.all(moved[1:] < moved[0] / 2)
    assert truth.shape == matrix.bits.shape


def test_accuracies_are_shares_of_the_votes_on_all_bits():
    matrix, truth = draw(EXPERTS, shares=EVEN, n_items=800)
    accuracies = fit_bits(Em(), matrix, priors_of(EVEN)).accuracies
    is_vote = matrix.votes >= 0
    right = ((matrix.votes == truth[:, None]) & is_vote).sum(axis=0) / is_vote.sum(axis=0)
    # experts are thought a little better than they are, as on their bits agreement is with them
    assert np.allclose(accuracies, right, atol=0.06)
