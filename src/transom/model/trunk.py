"""Pretrained transformers: pieces of words in, vectors out. The networks themselves are those of `transformers`."""

import importlib
import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from jaxtyping import Float32, Int
from torch import Tensor, nn
from torch.nn.functional import normalize

from transom.data.features.bags import Bags
from transom.data.features.pieces import PieceSpec
from transom.data.pretrained import pretrained_folder
from transom.errors import MissingExtraError

PIECES_AT_ONCE = 8_192
"""So many pieces, padding included, are in a batch: it stays in memory, and long texts do not wait for short ones."""


class Trunk(nn.Module):
    """A transformer of the published form, with whatever weights it has been given."""

    def __init__(self, spec: PieceSpec) -> None:
        super().__init__()
        transformers = library(spec.reading.model)
        config = json.loads(spec.config)
        published = transformers.AutoConfig.for_model(config.pop("model_type"), **config)
        self.transformer = transformers.AutoModel.from_config(published, dtype=torch.float32)
        self.size = int(published.hidden_size)
        self.n_layers = int(published.num_hidden_layers)

    def forward(self, pieces: Tensor, mask: Tensor) -> Tensor:
        """(n_rows, n_pieces) ids and their mask to (n_rows, n_pieces, size)."""
        result: Tensor = self.transformer(input_ids=pieces, attention_mask=mask.long()).last_hidden_state
        return result

    @property
    def layers(self) -> nn.ModuleList:
        """The layers, the last one nearest to what comes out, whatever a family of transformers calls them."""
        lists = [each for each in self.transformer.modules() if isinstance(each, nn.ModuleList)]
        return next(each for each in lists if len(each) == self.n_layers)


def library(model: str) -> Any:
    """The package `transformers`.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        return importlib.import_module("transformers")
    except ModuleNotFoundError:
        raise MissingExtraError("transformers", "text", f"The pretrained encoder {model!r}") from None


@lru_cache(maxsize=1)
def published_weights(model: str) -> Mapping[str, Tensor]:
    """The weights that a model was published with, by their names in `Trunk.transformer`; nobody may change them.

    Raises:
        UsageError: there is no such model.
    """
    transformers = library(model)
    logging = transformers.utils.logging
    shows_progress = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        loaded = transformers.AutoModel.from_pretrained(pretrained_folder(model), dtype=torch.float32)
    finally:
        if shows_progress:
            logging.enable_progress_bar()
    weights: Mapping[str, Tensor] = loaded.state_dict()
    return weights


def published_trunk(spec: PieceSpec) -> Trunk:
    """The transformer as published, ready to be evaluated."""
    trunk = Trunk(spec)
    trunk.transformer.load_state_dict(published_weights(spec.reading.model))
    return trunk.eval().requires_grad_(False)


def rows_of(ids: Tensor, offsets: Tensor) -> tuple[Tensor, Tensor]:
    """Rows one after the other as (n_rows + 1, longest), padded with the id 0, and which places are no padding.

    The last row holds one piece and is nobody's, so that there always is one.
    """
    lengths = torch.cat([offsets.diff(), offsets.new_ones(1)])
    mask = torch.arange(int(lengths.max()), device=ids.device) < lengths.unsqueeze(1)
    pieces = ids.new_zeros(mask.shape)
    pieces[mask] = torch.cat([ids, ids.new_zeros(1)])
    return pieces, mask


def direction_of(vectors: Tensor, mask: Tensor) -> Tensor:
    """The direction of a row's vectors together, at length 1, (n_rows, size): what sentence encoders are compared by.

    Source: Reimers & Gurevych (2019), Sentence-BERT, arXiv 1908.10084, section 3.
    """
    sums = (vectors * mask.unsqueeze(-1)).sum(1)
    return normalize(sums, dim=-1)


def batches_by_length(bags: Bags) -> Iterator[Int[np.ndarray, " n_batch"]]:
    """All rows, the shortest first, in batches of at most `PIECES_AT_ONCE` pieces."""
    lengths = np.diff(bags.offsets)
    order = np.argsort(lengths, kind="stable")
    start = 0
    while start < len(order):
        size = 1
        while start + size < len(order) and lengths[order[start + size]] * (size + 1) <= PIECES_AT_ONCE:
            size += 1
        yield order[start : start + size]
        start += size


def embed_rows(trunk: Trunk, bags: Bags, device: str = "cpu") -> Float32[np.ndarray, "n_rows size"]:
    """The vector of each row of pieces, as `direction_of` has it."""
    vectors = np.zeros((bags.n_rows, trunk.size), np.float32)
    with torch.inference_mode():
        for rows in batches_by_length(bags):
            chosen = bags.take(rows)
            pieces, mask = rows_of(
                torch.from_numpy(chosen.ids.astype(np.int64)).to(device), torch.from_numpy(chosen.offsets).to(device)
            )
            vectors[rows] = direction_of(trunk(pieces, mask), mask)[:-1].cpu().numpy()
    return vectors
