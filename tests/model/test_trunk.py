"""Pretrained transformers."""

import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tiny_bert import save_tiny_bert
from transom.data.features.bags import Bags
from transom.data.features.pieces import PieceReading, encode_texts, fit_pieces
from transom.errors import MissingExtraError
from transom.model.trunk import (
    PIECES_AT_ONCE,
    batches_by_length,
    direction_of,
    embed_rows,
    library,
    published_trunk,
    rows_of,
)


@pytest.fixture(scope="module")
def trunk_and_spec(tmp_path_factory):
    spec = fit_pieces(PieceReading(save_tiny_bert(tmp_path_factory.mktemp("tiny")), 12))
    return published_trunk(spec), spec


def test_a_transformer_gives_what_its_authors_get(trunk_and_spec):
    trunk, spec = trunk_and_spec
    transformers = library("tiny")
    theirs = transformers.AutoModel.from_pretrained(spec.reading.model).eval()
    pieces = torch.tensor([[2, 4, 5, 3]])
    with torch.inference_mode():
        expected = theirs(input_ids=pieces).last_hidden_state
        assert torch.allclose(trunk(pieces, torch.ones_like(pieces, dtype=torch.bool)), expected, atol=1e-6)


def test_the_layers_are_found_by_their_number(trunk_and_spec):
    assert len(trunk_and_spec[0].layers) == trunk_and_spec[0].n_layers == 2


def test_a_row_is_embedded_as_it_is_alone(trunk_and_spec):
    trunk, spec = trunk_and_spec
    bags = encode_texts(spec, ["good", "the bad film", "a b c d e f g h i j k l m n"])
    alone = [embed_rows(trunk, bags.take(np.array([row])))[0] for row in range(3)]
    assert embed_rows(trunk, bags) == pytest.approx(np.stack(alone), abs=1e-5)


def test_rows_are_padded_to_the_longest():
    pieces, mask = rows_of(torch.tensor([7, 8, 9]), torch.tensor([0, 1, 3]))
    assert pieces.tolist() == [[7, 0], [8, 9], [0, 0]]
    assert mask.tolist() == [[True, False], [True, True], [True, False]]


def test_no_row_is_none_but_the_one_that_is_nobodys(trunk_and_spec):
    pieces, mask = rows_of(torch.zeros(0, dtype=torch.int64), torch.tensor([0]))
    assert trunk_and_spec[0](pieces, mask).shape == (1, 1, 16)


def test_a_mean_has_length_one_and_none_is_zero():
    vectors = torch.tensor([[[3.0, 0.0], [0.0, 4.0]], [[1.0, 1.0], [1.0, 1.0]]])
    found = direction_of(vectors, torch.tensor([[True, True], [False, False]]))
    assert found.tolist() == pytest.approx(np.array([[0.6, 0.8], [0, 0]]))


@given(st.lists(st.integers(1, PIECES_AT_ONCE), max_size=30))
def test_every_row_is_in_one_batch_that_is_not_too_large(lengths):
    offsets = np.concatenate([[0], np.cumsum(np.array(lengths, np.int64))]).astype(np.int64)
    bags = Bags(offsets, np.zeros(offsets[-1], np.int32), np.zeros(offsets[-1], np.float32))
    batches = list(batches_by_length(bags))
    assert sorted(row for batch in batches for row in batch.tolist()) == list(range(len(lengths)))
    assert all(len(batch) * max(lengths[row] for row in batch) <= PIECES_AT_ONCE for batch in batches)


def test_without_the_extra_the_command_that_installs_it_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(MissingExtraError) as raised:
        library("some/model")
    assert str(raised.value) == (
        "T160 The pretrained encoder 'some/model' needs the package 'transformers', which is not installed. "
        "Run: pip install 'transom[text]'."
    )
