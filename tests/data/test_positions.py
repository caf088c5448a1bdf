"""How long a text may be for a published transformer is what its network can really read."""

import pytest
import torch
import transformers

from transom.data.positions import AFTER_PADDING, FROM_FIRST, beyond_positions, n_positions

SMALL = {
    "vocab_size": 20,
    "hidden_size": 8,
    "embedding_size": 8,
    "input_embedding_size": 8,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 8,
    "max_position_embeddings": 24,
}
OWN = {
    "big_bird": {"attention_type": "original_full", "sep_token_id": 2},
    "convbert": {"head_ratio": 1},
    "distilbert": {"dim": 8, "n_layers": 1, "n_heads": 2, "hidden_dim": 8},
    "longformer": {"attention_window": [4]},
    "mobilebert": {"true_hidden_size": 8, "intra_bottleneck_size": 8},
    "rembert": {"bos_token_id": 1, "eos_token_id": 2},
    "xmod": {"languages": ["en_XX"], "default_language": "en_XX"},
}
ROBERTA = '{"model_type": "roberta", "max_position_embeddings": 514, "pad_token_id": 1}'


@pytest.mark.parametrize("family", sorted(FROM_FIRST | AFTER_PADDING))
def test_a_transformer_reads_as_many_pieces_as_it_has_places_for_and_no_more(family):
    config = transformers.AutoConfig.for_model(family, **SMALL, **OWN.get(family, {}))
    network = transformers.AutoModel.from_config(config).eval()
    most = n_positions(config.to_json_string())
    assert most == (24 if family in FROM_FIRST else 22)
    pieces = torch.full((1, most + 1), 5)
    network(input_ids=pieces[:, :most], attention_mask=torch.ones(1, most))
    with pytest.raises((RuntimeError, IndexError)):
        network(input_ids=pieces, attention_mask=torch.ones(1, most + 1))


def test_padding_is_at_its_usual_place_where_a_config_leaves_it_out():
    assert n_positions('{"model_type": "mpnet", "max_position_embeddings": 514}') == 512


@pytest.mark.parametrize(
    "config",
    [
        '{"model_type": "modernbert", "max_position_embeddings": 8192}',
        '{"model_type": "bert"}',
        '{"max_position_embeddings": 512}',
        "[]",
        "{",
    ],
)
def test_a_transformer_without_a_table_that_is_known_has_no_end(config):
    assert n_positions(config) is None
    assert beyond_positions("some/model", config, 8192) is None


def test_more_than_there_are_places_for_is_refused_in_words():
    assert beyond_positions("some/model", ROBERTA, 512) is None
    assert beyond_positions("some/model", ROBERTA, 513) == (
        "max_length must be at most 512, not 513: 'some/model' has no places for more pieces of words."
    )
