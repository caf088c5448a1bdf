"""Tokens of a sequence as bags."""

import numpy as np
import pytest

from transom.data.features.words import N_BUCKETS, SHAPES, WordReading, encode_words, fit_words
from transom.data.vocabulary import number_words

READING = WordReading(character_ngrams=3)


@pytest.fixture
def spec():
    return fit_words(READING, number_words([["Aspirin", "reduces", "aspirin", "5", "mg"], []]))


@pytest.mark.parametrize(
    ("word", "shape"),
    [
        ("word", "lower"),
        ("Word", "Capital"),
        ("I", "Capital"),
        ("DNA", "UPPER"),
        ("McCoy", "miXed"),
        ("mRNA", "miXed"),
        ("1998", "digits"),
        ("B12", "digits and letters"),
        ("...", "other"),
        ("", "other"),
        ("U.S.", "UPPER"),
        ("中国", "lower"),
    ],
)
def test_the_way_a_word_is_written_is_a_feature(spec, word, shape):
    assert SHAPES[encode_words(spec, [word]).ids[0]] == shape


def test_a_word_has_its_shape_itself_and_its_n_grams(spec):
    bags = encode_words(spec, ["aspirin", "Aspirin"])
    first, second = (bags.take(np.array([row])) for row in (0, 1))
    assert first.ids[1:].tolist() == second.ids[1:].tolist()
    assert first.ids[0] != second.ids[0]
    assert (first.weights[2:] ** 2).sum() == pytest.approx(1.0)


def test_a_word_never_seen_falls_into_a_bucket(spec):
    ids = encode_words(spec, ["ibuprofen"]).ids
    assert len(SHAPES) <= ids[1] < len(SHAPES) + N_BUCKETS


def test_ids_are_below_their_number(spec):
    assert encode_words(spec, ["aspirin", "reduces", "zz", "", "mg"]).ids.max() < spec.n_features


def test_nothing_is_learned_from_no_tokens():
    spec = fit_words(READING, number_words([[], []]))
    assert encode_words(spec, ["new"]).n_rows == 1
    assert encode_words(spec, []).n_rows == 0
