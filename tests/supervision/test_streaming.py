"""Statistics of batches are those of the whole, in memory and in files, and make the same label model."""

import re
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import transom
from strategies import votes
from transom.errors import LabelModelError
from transom.supervision.dependencies import with_copies
from transom.supervision.label_models.triplets import Triplets
from transom.supervision.prior import uniform_prior
from transom.supervision.streaming import VoteStatistics
from transom.testing.label_models import draw_votes

SOURCES = ("a", "b", "c", "d")


def drawn(n_rows=3000, seed=0):
    return draw_votes(np.array([0.9, 0.8, 0.7, 0.6]), n_classes=3, n_rows=n_rows, coverage=0.6, seed=seed)[0].votes


def statistics(some):
    return VoteStatistics.of(some, sources=SOURCES, n_classes=3)


def same(one, other):
    return np.array_equal(one.counts.together, other.counts.together) and one.n_rows == other.n_rows


def test_sixteen_shards_counted_apart_and_joined_in_any_order_are_bit_equal_to_the_whole(tmp_path):
    shards = np.array_split(drawn(), 16)
    for number in np.random.default_rng(0).permutation(16):
        statistics(shards[number]).save(tmp_path / f"{number}.npz")
    left = [VoteStatistics.load(path) for path in tmp_path.iterdir()]
    while len(left) > 1:  # a tree: pairs are joined, then pairs of pairs
        left = [one + other for one, other in zip(left[::2], left[1::2], strict=True)]
    assert same(left[0], statistics(drawn()))
    assert left[0].counts.together.dtype.kind == "i"


@settings(max_examples=30, deadline=None)
@given(votes(), st.integers(0, 12))
def test_any_votes_cut_anywhere_add_up(given_votes, cut):
    some, n_classes = given_votes
    names = tuple(f"s{source}" for source in range(some.shape[1]))
    parts = [VoteStatistics.of(part, sources=names, n_classes=n_classes) for part in (some[:cut], some[cut:], some)]
    assert same(parts[0] + parts[1], parts[2])
    assert same(parts[2] - parts[1], parts[0])


def test_a_window_forgets_its_oldest_batch():
    monday, tuesday, wednesday = (statistics(drawn(100, seed)) for seed in range(3))
    assert same(monday + tuesday + wednesday - monday, tuesday + wednesday)


def test_rows_that_decay_count_less_and_change_no_share():
    whole = statistics(drawn())
    half = whole.decayed(0.5)
    assert half.n_rows == 1500
    assert np.array_equal(half.counts.together * 2, whole.counts.together)
    recent = statistics(1 - np.minimum(drawn(seed=1), 1)) + statistics(drawn()).decayed(0.0)
    assert same(recent, statistics(1 - np.minimum(drawn(seed=1), 1)))


def test_statistics_make_the_label_model_that_their_rows_make():
    matrix, _ = draw_votes(np.array([0.9, 0.8, 0.7, 0.6]), n_classes=3, n_rows=3000, coverage=0.6)
    model = statistics(matrix.votes).fit()
    whole = Triplets().fit(with_copies(matrix, uniform_prior(3)), uniform_prior(3))
    assert np.array_equal(model.predict(matrix.votes), whole.predict(matrix))
    # accuracies of 1800 votes each, of which a standard error is 0.01
    assert np.allclose(model.accuracies, [0.9, 0.8, 0.7, 0.6], atol=0.06)


def test_a_stream_is_learned_batch_by_batch():
    seen = statistics(np.empty((0, 4), dtype=np.int8))
    for seed in range(20):
        seen = seen.decayed(0.95) + statistics(drawn(500, seed))
    assert np.allclose(seen.fit().accuracies, [0.9, 0.8, 0.7, 0.6], atol=0.05)


def test_a_prior_may_be_given():
    silent = np.full((1, 4), -1)
    assert np.allclose(statistics(drawn()).fit(np.array([0.2, 0.3, 0.5])).predict(silent), [[0.2, 0.3, 0.5]])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            lambda: statistics(drawn(9)) + VoteStatistics.of(drawn(9) % 2, sources=SOURCES, n_classes=2),
            "statistics of ['a', 'b', 'c', 'd'] on 3 classes and of ['a', 'b', 'c', 'd'] on 2 classes do not add up. "
            "Count them alike.",
        ),
        (lambda: statistics(drawn(9)).decayed(1.5), "rows cannot decay by 1.5. Give a factor from 0 to 1."),
        (
            lambda: statistics(drawn(9)) - statistics(drawn(10)),
            "more votes would be taken out than were counted. Take out what was added.",
        ),
        (
            lambda: VoteStatistics.of(drawn(9), sources=SOURCES, n_classes=0),
            "nothing can be voted of 0 classes. Give one or more.",
        ),
        (lambda: statistics(drawn(9)[:, :3]), "votes have 3 columns for 4 sources."),
        (
            lambda: statistics(np.full((2, 4), 3)),
            "source 'a' votes 3 in row 0, which is none of its classes. Votes count from 0; -1 abstains.",
        ),
        (
            lambda: statistics(drawn(9)).fit(np.array([0.5, 0.5])),
            "the class prior [0.5, 0.5] is not a probability for each of 3 classes.",
        ),
    ],
)
def test_what_does_not_fit_is_refused(wrong, message):
    with pytest.raises(LabelModelError, match=re.escape(message)):
        wrong()


def test_a_file_that_holds_something_else_is_refused(tmp_path):
    other = tmp_path / "other.npz"
    np.savez(other, weights=np.zeros(3))
    with pytest.raises(LabelModelError, match=r"other.npz' holds no vote statistics"):
        VoteStatistics.load(other)
    with pytest.raises(LabelModelError, match=r"gone.npz' holds no vote statistics"):
        VoteStatistics.load(tmp_path / "gone.npz")
    with other.open("wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(LabelModelError, match=r"other.npz' holds no vote statistics"):
        VoteStatistics.load(other)
    other.write_bytes(b"PK\x03\x04 not an archive")
    with pytest.raises(LabelModelError, match=r"other.npz' holds no vote statistics"):
        VoteStatistics.load(other)


def test_a_damaged_file_is_refused_wherever_it_is_cut_off_or_changed(tmp_path):
    file = tmp_path / "damaged.npz"
    statistics(drawn(9)).save(file)
    whole = file.read_bytes()
    changed = [whole[:place] + bytes([whole[place] ^ 255]) + whole[place + 1 :] for place in range(0, len(whole), 3)]
    for content in (*(whole[:length] for length in range(0, len(whole), 7)), *changed):
        file.write_bytes(content)
        with suppress(LabelModelError):  # a byte that says when the file was written may change
            VoteStatistics.load(file)


def test_parts_that_do_not_fit_together_are_refused(tmp_path):
    np.savez(tmp_path / "s.npz", sources=np.array(["a"]), together=np.eye(4), n_rows=np.array(1), n_classes=np.array(2))
    with pytest.raises(LabelModelError, match=r"its parts do not fit together"):
        VoteStatistics.load(tmp_path / "s.npz")


def test_it_is_public():
    assert transom.VoteStatistics is VoteStatistics
