"""Words and n-grams as keys, and vocabularies of them."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transom.data.vocabulary import (
    Vocabulary,
    character_ngram_keys,
    learn,
    number_words,
    split,
    word_keys,
    word_ngram_keys,
)

words = st.lists(st.text(max_size=8), max_size=12)
scripts = st.text(
    st.sampled_from("aZé9_ß' \t。,天气球々𠮷ひらカナーกินน้ำहिन्दी한국Жش\u200b") | st.characters(), max_size=20
)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", []),
        ("  \n\t ", []),
        ("Hello, world!", ["Hello", ",", "world", "!"]),
        ("don't", ["don", "'", "t"]),
        ("50% off 🙂", ["50", "%", "off", "🙂"]),
        ("Ƙur'ani ɗan Çelik", ["Ƙur", "'", "ani", "ɗan", "Çelik"]),
        ("snake_case", ["snake_case"]),
        ("我去NBA。", ["我", "去", "NBA", "。"]),
        ("2026年11月 𠮷野家", ["2026", "年", "11", "月", "𠮷", "野", "家"]),
        ("食べるコーヒー", ["食", "べるコーヒー"]),
        ("กินน้ำ 50", ["กินน้ำ", "50"]),
        ("हिन्दी में।", ["हिन्दी", "में", "।"]),
        ("안녕 세계", ["안녕", "세계"]),
    ],
)
def test_a_text_is_split_into_words_and_marks(text, tokens):
    assert split(text) == tokens


@given(scripts)
def test_every_visible_character_is_in_one_word_in_order(text):
    assert "".join(split(text)) == re.sub(r"\s", "", text)


@given(scripts)
def test_a_text_is_split_as_if_spaces_stood_around_every_ideograph(text):
    assert split(text) == split(re.sub("([々〇㐀-鿿\U00020000-\U0003ffff])", r" \1 ", text))


@given(
    st.text(
        st.characters(exclude_categories=["Cs", "Lm", "Lo", "Nl", "Mn", "Mc"])
        | st.sampled_from("شمسשלוםéカ한글\u0301\u064b")
    )
)
def test_in_other_scripts_a_word_is_a_run_of_letters(text):
    assert split(text) == re.findall(r"\w+|[^\w\s]", text)


@given(st.lists(words, max_size=6))
def test_numbered_words_are_the_texts_again(texts):
    numbered = number_words(texts)
    bounds = zip(numbered.offsets[:-1], numbered.offsets[1:], strict=True)
    assert [[numbered.distinct[i] for i in numbered.index[start:stop]] for start, stop in bounds] == texts
    assert len(set(numbered.distinct)) == len(numbered.distinct)


@given(words)
def test_equal_words_have_equal_keys_and_unlike_words_unlike_ones(texts):
    keys = word_keys(texts).tolist()
    assert len(keys) == len(texts)
    assert len(set(keys)) == len(set(texts))


def test_the_key_of_a_word_does_not_depend_on_its_neighbours():
    assert word_keys(["ship", "of", "fools"])[1] == word_keys(["of"])[0]


def test_the_key_of_an_empty_word_does_not_depend_on_its_neighbours_either():
    assert word_keys([""]) == word_keys(["", "ship"])[:1]
    assert word_keys([]).shape == (0,)


def test_keys_are_the_same_on_every_machine():
    assert word_keys(["transom", ""]).tolist() == [15439538040668117524, 11945616818745323908]


def test_n_grams_of_words_do_not_cross_texts():
    numbered = number_words([["a", "b", "c"], ["d"], ["a", "b"]])
    texts, keys = word_ngram_keys(numbered, word_keys(numbered.distinct), 2)
    assert texts.tolist() == [0, 0, 2]
    assert keys[0] == keys[2]
    assert keys[0] != keys[1]


def test_n_grams_of_words_know_their_order():
    numbered = number_words([["a", "b"], ["b", "a"]])
    _, keys = word_ngram_keys(numbered, word_keys(numbered.distinct), 2)
    assert keys[0] != keys[1]


def test_n_grams_of_characters_include_the_ends_of_a_word():
    owners, keys = character_ngram_keys(["ab", "b"], 3)
    assert owners.tolist() == [0, 0, 0, 1, 1, 0, 0, 1]  # " a", "ab", "b ", " b", "b ", " ab", "ab ", " b "
    assert keys[2] == keys[4]
    assert len(set(keys.tolist())) == 7


def test_no_n_grams_of_characters_when_none_are_wanted():
    owners, keys = character_ngram_keys(["word"], 0)
    assert len(owners) == len(keys) == 0


def test_a_vocabulary_finds_what_it_knows():
    vocabulary = Vocabulary(np.array([3, 5, 9], np.uint64), np.ones(3, np.float32))
    assert vocabulary.find(np.array([9, 4, 3, 10], np.uint64)).tolist() == [2, -1, 0, -1]


def test_an_empty_vocabulary_finds_nothing():
    vocabulary = Vocabulary(np.zeros(0, np.uint64), np.zeros(0, np.float32))
    assert vocabulary.find(np.array([1, 2], np.uint64)).tolist() == [-1, -1]


def test_rare_keys_are_not_learned_and_a_key_that_few_texts_have_is_rarer():
    keys, n_having = np.array([7, 1, 4], np.uint64), np.array([10, 1, 2])
    vocabulary = learn(keys, n_having, 10, min_count=2)
    assert vocabulary.keys.tolist() == [4, 7]
    assert vocabulary.rarity == pytest.approx([1 + np.log(11 / 3), 1.0])


def test_of_too_many_keys_the_frequent_ones_are_learned():
    keys, n_having = np.array([7, 1, 4, 2], np.uint64), np.array([3, 9, 3, 1])
    assert learn(keys, n_having, 9, min_count=1, limit=2).keys.tolist() == [1, 4]
