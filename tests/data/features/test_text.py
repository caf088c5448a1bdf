"""Texts as bags of n-grams."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from transom.data.features.text import MISSING, TextReading, encode_text, fit_text

READING = TextReading(word_ngrams=2, character_ngrams=5)
TEXTS = ["the ship sails", "the ship sinks", "A sail, a ship!", "nothing at all"]

texts = st.lists(st.one_of(st.none(), st.text(max_size=30)), min_size=1, max_size=6)


def rows(bags, n_features):
    dense = np.zeros((bags.n_rows, n_features))
    dense[np.repeat(np.arange(bags.n_rows), np.diff(bags.offsets)), bags.ids] = bags.weights
    return dense


@given(texts, texts)
@settings(max_examples=30)
def test_a_text_has_the_same_features_alone_as_among_others(known, others):
    spec = fit_text(READING, known)
    together = encode_text(spec, known + others)
    for place, text in enumerate(known):
        alone, among = encode_text(spec, [text]), together.take(np.array([place]))
        assert alone.ids.tolist() == among.ids.tolist()
        assert alone.weights.tolist() == among.weights.tolist()


@pytest.mark.parametrize(
    ("limit", "at_once"), [("AT_ONCE", 1), ("AT_ONCE", 100), ("ENCODED_AT_ONCE", 7), ("CHARACTERS_AT_ONCE", 50)]
)
def test_texts_that_are_read_one_part_after_another_have_the_same_features(limit, at_once, monkeypatch):
    many = [None if number % 5 == 0 else f"the ship number {number} sails" * (number % 7) for number in range(30)]
    spec, together = fit_text(READING, many), encode_text(fit_text(READING, many), many)
    monkeypatch.setattr(f"transom.data.features.text.{limit}", at_once)
    again, in_parts = fit_text(READING, many), encode_text(spec, many)
    for name in ("offsets", "ids", "weights"):
        assert getattr(in_parts, name).tolist() == getattr(together, name).tolist()
    for one, other in ((spec.words, again.words), (spec.characters, again.characters)):
        assert one.keys.tolist() == other.keys.tolist()
        assert one.rarity.tolist() == other.rarity.tolist()


def test_long_texts_take_little_more_memory_than_their_features(monkeypatch):
    monkeypatch.setattr("transom.data.features.text.CHARACTERS_AT_ONCE", 2**17)
    monkeypatch.setattr("transom.data.features.text.AT_ONCE", 2**14)
    random = np.random.default_rng(0)
    long = [" ".join(f"word{number}" for number in random.integers(0, 300, 400)) for _ in range(300)]
    spec = fit_text(READING, long[:50])
    tracemalloc.start()
    bags = encode_text(spec, long)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 6 * (bags.ids.nbytes + bags.weights.nbytes)


@given(texts)
@settings(max_examples=30)
def test_ids_are_below_their_number_and_weights_finite(values):
    spec = fit_text(READING, values)
    bags = encode_text(spec, values)
    assert bags.n_rows == len(values)
    assert (bags.ids < spec.n_features).all()
    assert np.isfinite(bags.weights).all()


def test_weights_are_those_of_scikit_learn():
    texts = ["ship ship sails", "the ship sinks", "the the crew"]
    vectorizer = TfidfVectorizer(sublinear_tf=True, token_pattern=r"\w+")
    expected = np.sort(vectorizer.fit_transform(texts).toarray())
    spec = fit_text(TextReading(1, 0), texts)
    found = np.sort(rows(encode_text(spec, texts), spec.n_features))
    assert found[:, -expected.shape[1] :] == pytest.approx(expected, abs=1e-6)


def test_n_grams_of_characters_are_those_of_scikit_learn():
    texts = ["ship sails", "the ship"]
    vectorizer = TfidfVectorizer(sublinear_tf=True, analyzer="char_wb", ngram_range=(2, 5))
    expected = np.sort(vectorizer.fit_transform(texts).toarray())
    spec = fit_text(TextReading(1, 5), texts)
    found = rows(encode_text(spec, texts), spec.n_features)[:, 1 + len(spec.words) :]
    assert np.sort(found) == pytest.approx(expected, abs=1e-6)


def test_ideographs_are_known_alone_and_in_pairs_as_those_of_scikit_learn():
    texts = ["天气很好", "很好吃", "球"]
    vectorizer = TfidfVectorizer(sublinear_tf=True, analyzer="char", ngram_range=(1, 2))
    expected = np.sort(vectorizer.fit_transform(texts).toarray())
    spec = fit_text(TextReading(2, 0), texts)
    found = np.sort(rows(encode_text(spec, texts), spec.n_features))
    assert found[:, -expected.shape[1] :] == pytest.approx(expected, abs=1e-6)


def test_what_is_new_has_features_of_the_ideographs_and_syllables_that_it_shares():
    for known, new in (("我们看球赛", "昨天的球"), ("हिन्दी", "हिन्दू")):
        spec = fit_text(READING, [known])
        assert len(encode_text(spec, [new]).ids) > 0


def test_case_does_not_matter():
    spec = fit_text(READING, TEXTS)
    lower, upper = encode_text(spec, ["a ship"]), encode_text(spec, ["A SHIP"])
    assert lower.ids.tolist() == upper.ids.tolist()


def test_a_missing_text_is_told_from_an_empty_one():
    spec = fit_text(READING, TEXTS)
    bags = encode_text(spec, [None, ""])
    assert bags.ids.tolist() == [MISSING]
    assert bags.offsets.tolist() == [0, 1, 1]


def test_words_never_seen_leave_what_is_known_of_their_characters():
    spec = fit_text(READING, TEXTS)
    bags = encode_text(spec, ["shipwreck", "zzz"])
    assert (bags.take(np.array([0])).ids > len(spec.words)).all()
    assert bags.take(np.array([1])).n_rows == 1


def test_a_vocabulary_of_one_word_is_enough():
    spec = fit_text(TextReading(1, 0), ["spam"] * 3)
    assert spec.n_features == 2
    assert encode_text(spec, ["spam spam", "ham"]).offsets.tolist() == [0, 1, 1]


def test_nothing_is_learned_from_missing_texts():
    spec = fit_text(READING, [None, None])
    assert spec.n_features == 1
    assert encode_text(spec, ["word"]).offsets.tolist() == [0, 0]


def test_words_of_one_text_alone_are_left_out_where_there_are_many_texts():
    spec = fit_text(TextReading(1, 0), [f"common {number}" for number in range(300)])
    assert len(spec.words) == 1
