"""How much two texts share."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transom.data.features.shared_words import AT_ONCE, rarity_of, shares_of

RARITY = rarity_of(["the cat sat", "the dog", "the bird"])
texts = st.none() | st.text(alphabet="aAbß c.'", max_size=12)
pairs = st.tuples(texts, texts)


def shares(first, second, rarity=RARITY):
    return shares_of([(first, second)], rarity)[0]


def test_equal_texts_share_everything_and_others_nothing():
    assert shares("The cat", "the CAT").tolist() == [1, 1, 1, 1]
    assert shares("cat", "dog").tolist() == [0, 0, 0, 0]


def test_words_that_train_lacks_are_compared_as_well():
    assert shares("Zanzibar", "zanzibar").tolist() == [1, 1, 1, 1]


def test_a_part_has_all_of_itself_in_the_whole_but_not_the_other_way_round():
    of_part, of_whole, *of_characters = shares("cat", "the cat sat")
    assert of_part == of_characters[0] == 1
    assert 0 < of_whole < 1
    assert 0 < of_characters[1] < 1


def test_a_rare_word_counts_more_than_a_frequent_one_and_an_unknown_one_most():
    by_word = [shares(f"{word} x", word)[0] for word in ("the", "cat", "zanzibar")]
    assert by_word == sorted(by_word)
    assert len(set(by_word)) == 3
    assert by_word[2] == pytest.approx(0.5)  # as unknown as x


def test_a_misspelt_word_is_another_word_with_much_the_same_characters():
    words, _, characters, _ = shares("zanzibar", "zanzibat")
    assert words == 0
    assert characters == pytest.approx(6 / 8)  # of ␣za anz nzi zib iba bar ar␣ and the one across, all but the last two


def test_a_text_without_words_shares_no_number():
    for empty in (None, "", "  "):
        found = shares(empty, "the cat")
        assert np.isnan(found[[0, 2]]).all()
        assert found[[1, 3]].tolist() == [0, 0]


def test_a_text_counts_once_however_often_it_is_given():
    assert rarity_of(["a b", "a b", "A b", "c"]).unknown == rarity_of(["a b", "c"]).unknown


@given(st.lists(pairs, min_size=1, max_size=6))
def test_a_pair_shares_the_same_alone_as_among_others(many):
    together = shares_of(many, RARITY)
    alone = np.concatenate([shares_of([pair], RARITY) for pair in many])
    np.testing.assert_array_equal(together, alone)


@given(texts, texts)
def test_shares_are_shares_and_change_places_with_the_texts(first, second):
    found, turned = shares(first, second), shares(second, first)
    assert ((found >= 0) & (found <= 1 + 1e-12) | np.isnan(found)).all()
    np.testing.assert_array_equal(found, turned[[1, 0, 3, 2]])


def test_of_many_pairs_all_are_compared():
    long = "cat " * (AT_ONCE // 4)
    found = shares_of([("cat", "cat")] * 3 + [("cat", long)] * 2 + [("cat", "dog")], RARITY)
    assert found[:, 0].tolist() == [1.0] * 5 + [0.0]


def test_of_no_pairs_there_are_no_shares():
    assert shares_of([], RARITY).shape == (0, 4)
