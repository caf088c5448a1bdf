import pytest

from tiny_bert import PIECES, save_tiny_bert
from transom.data.features.pieces import PieceReading, encode_texts, encode_tokens, fit_pieces


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return save_tiny_bert(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def spec(model):
    return fit_pieces(PieceReading(model, 8))


def pieces(bags, row):
    return [PIECES[place] for place in bags.ids[bags.offsets[row] : bags.offsets[row + 1]]]


def test_a_text_becomes_its_pieces_in_order(spec):
    assert pieces(encode_texts(spec, ["Good films"]), 0) == ["[CLS]", "good", "film", "##s", "[SEP]"]


def test_a_missing_text_is_an_empty_one(spec):
    bags = encode_texts(spec, [None, ""])
    assert pieces(bags, 0) == pieces(bags, 1) == ["[CLS]", "[SEP]"]


def test_a_long_text_is_cut_and_keeps_its_end_mark(spec):
    assert pieces(encode_texts(spec, ["the " * 50]), 0) == ["[CLS]", *["the"] * 6, "[SEP]"]


def test_each_token_knows_its_pieces(spec):
    found = encode_tokens(spec, [["good", "films"], [], ["bad"]])
    assert pieces(found.bags, 0) == ["[CLS]", "good", "film", "##s", "[SEP]"]
    assert found.stretches.tolist() == [[1, 2], [2, 4], [1, 2]]


def test_a_token_beyond_the_end_has_no_piece(spec):
    found = encode_tokens(spec, [["the"] * 7])
    assert found.stretches.tolist() == [[place, place + 1] for place in range(1, 7)] + [[0, 0]]


def test_the_spec_is_all_that_is_needed_later(spec):
    assert spec.n_features == len(PIECES)
    assert '"hidden_size": 16' in spec.config


def test_no_more_pieces_are_read_than_there_are_places_for(model):
    spec = fit_pieces(PieceReading(model, 128))
    assert spec.max_pieces == 64
    assert len(pieces(encode_texts(spec, ["the " * 500]), 0)) == 64
    assert encode_tokens(spec, [["the"] * 500]).stretches.max() == 63  # the last is the end mark's
