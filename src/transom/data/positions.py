"""How many pieces of words a published transformer has places for, as its `config.json` says."""

import json
from typing import Any

FROM_FIRST = frozenset(
    {
        "albert",
        "bert",
        "big_bird",
        "convbert",
        "distilbert",
        "electra",
        "ernie",
        "megatron-bert",
        "mobilebert",
        "rembert",
    }
)
"""Families (`model_type`) with a table that has a row for each place of a piece."""

AFTER_PADDING = frozenset(
    {"camembert", "data2vec-text", "longformer", "mpnet", "roberta", "roberta-prelayernorm", "xlm-roberta", "xmod"}
)
"""Families whose table begins with rows that no piece has: those up to the one for padding, `pad_token_id`."""

_PADDING = 1
"""The `pad_token_id` of these families where a config leaves it out."""


def n_positions(config: str) -> int | None:
    """The most pieces that a transformer can read at once; None where no table limits them, or the family is unknown.

    >>> n_positions('{"model_type": "roberta", "max_position_embeddings": 514, "pad_token_id": 1}')
    512
    """
    said = _mapping(config)
    family, rows, padding = (said.get(key) for key in ("model_type", "max_position_embeddings", "pad_token_id"))
    if not isinstance(rows, int) or family not in FROM_FIRST | AFTER_PADDING:
        return None
    if family in FROM_FIRST:
        return rows
    return rows - (padding if isinstance(padding, int) else _PADDING) - 1


def beyond_positions(model: str, config: str, asked: int) -> str | None:
    """Why a transformer cannot read as many pieces as it is asked to, and what to do; None where it can."""
    most = n_positions(config)
    if most is None or asked <= most:
        return None
    return f"max_length must be at most {most}, not {asked}: {model!r} has no places for more pieces of words."


def _mapping(config: str) -> dict[str, Any]:
    """What a config says; nothing where it is damaged, which whoever builds the transformer will notice."""
    try:
        said = json.loads(config)
    except json.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}
