"""What is worked out of all bits at once is what a loop over bits works out of each."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from transom.data.items import one_each
from transom.supervision import kernels
from transom.supervision.anchors import AnchoredRows, Anchors
from transom.supervision.bit_rows import bit_rows, bit_scores, counts_by_bit, rows_by_bit
from transom.supervision.bitwise import fit_bits
from transom.supervision.inference import rows_for_passes
from transom.supervision.label_models.em import Em
from transom.supervision.matrix import LabelMatrix
from transom.supervision.statistics import rows_of, with_patterns

N_BITS, N_SOURCES = 5, 3


def drawn(n_items, seed=0):
    random = np.random.default_rng(seed)
    votes = random.choice([-1, 0, 1], size=(n_items * N_BITS, N_SOURCES), p=[0.5, 0.3, 0.2]).astype(np.int8)
    sources = tuple(f"s{j}" for j in range(N_SOURCES))
    return LabelMatrix(votes, sources, 2, one_each(n_items), bits=np.tile(np.arange(N_BITS), n_items))


def soft_of(matrix):
    """The same votes, each given as probabilities, .8 for its class."""
    parts = np.zeros((len(matrix.votes), N_SOURCES, 2))
    rows, sources = np.nonzero(matrix.votes >= 0)
    parts[rows, sources] = 0.2
    parts[rows, sources, matrix.votes[rows, sources]] = 0.8
    return replace(matrix, soft=sparse.csr_array(parts.reshape(len(parts), -1)))


def without_bit(matrix, bit):
    return rows_of(matrix, matrix.bits != bit)


MATRICES = {
    "hard": drawn(60),
    "soft": soft_of(drawn(60)),
    "patterns known": with_patterns(drawn(60)),
    "no row of bit 2": without_bit(drawn(60), 2),
}
LOG_PRIORS = np.log(np.stack([np.linspace(0.9, 0.5, N_BITS), np.linspace(0.1, 0.5, N_BITS)], axis=1))
WEIGHTS = np.random.default_rng(5).normal(size=(N_BITS, N_SOURCES, 2, 2))
KNOWN = Anchors(drawn(9, seed=1), np.random.default_rng(2).integers(2, size=9 * N_BITS))


@pytest.mark.parametrize("name", MATRICES)
@pytest.mark.parametrize("anchors", [None, KNOWN])
def test_expectations_of_all_bits_are_those_of_each_bit_alone(name, anchors):
    matrix = MATRICES[name]
    rows = bit_rows(matrix, LOG_PRIORS, anchors)
    votes, of_class = rows.expectation(WEIGHTS)
    for bit in range(N_BITS):
        alone = rows_for_passes(rows_of(matrix, matrix.bits == bit), LOG_PRIORS[bit])
        if anchors is not None:
            asking = anchors.matrix.bits == bit
            known = Anchors(rows_of(anchors.matrix, asking), anchors.truth[asking])
            alone = AnchoredRows(alone, known.votes, known.rows)
        expected = alone.expectation(WEIGHTS[bit])
        assert np.allclose(rows.n_votes[bit], alone.n_votes, rtol=0, atol=1e-9)
        assert np.allclose(votes[bit], expected[0], rtol=0, atol=1e-9)
        assert np.allclose(of_class[bit], expected[1], rtol=0, atol=1e-9)


def test_a_bit_is_fitted_as_a_loop_over_bits_fits_it(monkeypatch):
    """Large matrices are gone through bit by bit; there are few ways to vote, so that both are sparse algebra."""
    matrix = drawn(400)
    at_once = fit_bits(Em(), matrix, np.exp(LOG_PRIORS), anchors=KNOWN)
    monkeypatch.setattr(kernels, "LARGE", 0)
    in_turn = fit_bits(Em(), matrix, np.exp(LOG_PRIORS), anchors=KNOWN)
    assert np.allclose(at_once.weights, in_turn.weights, rtol=0, atol=1e-6)
    assert np.allclose(at_once.accuracies, in_turn.accuracies, rtol=0, atol=1e-6)
    in_turn_said = in_turn.predict(matrix)
    monkeypatch.undo()
    assert np.allclose(at_once.predict(matrix), in_turn_said, rtol=0, atol=1e-6)  # compiled loops have single precision


def test_scores_of_a_row_add_up_what_its_votes_say_of_its_bit():
    matrix = drawn(2)
    scores = bit_scores(matrix, WEIGHTS, LOG_PRIORS)
    for row, bit in enumerate(matrix.bits):
        said = [WEIGHTS[bit, source, vote] for source, vote in enumerate(matrix.votes[row]) if vote >= 0]
        assert np.allclose(scores[row], LOG_PRIORS[bit] + np.sum(said, axis=0))


def test_classes_are_counted_by_the_bit_that_rows_ask_about():
    matrix = without_bit(drawn(3), 1)
    classes = np.array([0, 1, 1, 1, 0, 0, 1, 1, 0, 1, 1, 0])
    assert counts_by_bit(matrix, classes, N_BITS).tolist() == [[3, 0], [0, 0], [1, 2], [0, 3], [1, 2]]


def test_rows_are_found_by_the_bit_that_they_ask_about():
    matrix = drawn(2)
    assert [rows.tolist() for rows in rows_by_bit(matrix, N_BITS)] == [[0, 5], [1, 6], [2, 7], [3, 8], [4, 9]]
    some = rows_of(matrix, np.array([5, 0, 2]))
    assert [rows.tolist() for rows in rows_by_bit(some, 4)] == [[0, 1], [], [2], []]
