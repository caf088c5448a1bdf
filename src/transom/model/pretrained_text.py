"""A payload as a pretrained transformer sees it: the block before the encoder `pretrained`."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import normalize, pad

from transom.data.features.bags import Bags, spread
from transom.data.features.payloads import PayloadFeatures
from transom.data.features.pieces import PieceSpec
from transom.model.batch import PayloadBatch
from transom.model.settings import Pretrained
from transom.model.trunk import Trunk, batches_by_length, direction_of, embed_rows, published_weights, rows_of


class PretrainedText(nn.Module):
    """Each text, or each token of a sequence, as a linear map of what the transformer says of it; padding is zero.

    A text is the mean of its pieces, a token that of its own. Settings say how much of the transformer is trained; the
    rest, by name in `untrained`, is no part of the module's state, so that no copy of the state holds it.
    """

    def __init__(self, spec: PieceSpec, settings: Pretrained, size: int) -> None:
        super().__init__()
        self.trunk = Trunk(spec)
        set_trained(self.trunk, settings)
        self.is_trained = settings.tune != "frozen"
        self.untrained = frozenset(
            name for name, weight in self.named_parameters(remove_duplicate=False) if not weight.requires_grad
        )
        self.linear = nn.Linear(self.trunk.size, size)
        self.register_state_dict_post_hook(_without_untrained)  # type: ignore[no-untyped-call]
        self.register_load_state_dict_post_hook(_without_missing)  # type: ignore[no-untyped-call]

    def forward(self, payload: PayloadBatch) -> Tensor:
        """(n_examples, size), or (n_examples, n_elements, size)."""
        return linear_map(self.linear, self.vectors(payload))

    def untrained_weights(self) -> dict[str, Tensor]:
        """The weights that are no part of the state, by name."""
        weights = self.named_parameters(remove_duplicate=False)
        return {name: weight.detach() for name, weight in weights if name in self.untrained}

    def begin_with(self, weights: Mapping[str, Tensor]) -> None:
        """Gives the weights that are no part of the state their values."""
        for name, weight in self.untrained_weights().items():
            weight.copy_(weights[name])

    def begin_as_published(self, model: str) -> None:
        """Gives the transformer the weights that it was published with; adapters and the linear map keep theirs.

        Raises:
            UsageError: there is no such model.
        """
        published = published_weights(model)
        state = self.trunk.transformer.state_dict()
        taken = {name: published.get(name.replace(".base.", "."), tensor) for name, tensor in state.items()}
        self.trunk.transformer.load_state_dict(taken)

    def vectors(self, payload: PayloadBatch) -> Tensor:
        """The vector of each element at length 1, from the transformer unless it has been worked out before."""
        if payload.vectors is not None:
            return pad(payload.vectors, (0, 0, 0, 1))[payload.index]
        self.trunk.train(self.training and self.is_trained)
        return element_vectors(self.trunk, payload)


class PaddedPretrainedText(nn.Module):
    """`PretrainedText` of rows that are padded with pieces of weight 0, the form in which a network is exported."""

    def __init__(self, text: PretrainedText) -> None:
        super().__init__()
        self.trunk, self.linear = text.trunk, text.linear

    def forward(self, payload: PayloadBatch) -> Tensor:
        """(n_examples, size), or (n_examples, n_elements, size)."""
        mask = payload.weights != 0
        return linear_map(self.linear, pooled(self.trunk(payload.ids, mask), mask, payload))


def element_vectors(trunk: Trunk, payload: PayloadBatch) -> Tensor:
    """What a transformer says of each element, at length 1: of a text, or of each token from its pieces."""
    pieces, mask = rows_of(payload.ids, payload.offsets)
    return pooled(trunk(pieces, mask)[:-1], mask[:-1], payload)


def pooled(hidden: Tensor, mask: Tensor, payload: PayloadBatch) -> Tensor:
    """The vectors of elements from those of the pieces of each row, (n_rows, n_pieces, size)."""
    if payload.ranges is None:
        return direction_of(hidden, mask)[payload.index]
    # in 32 bits, as late sums are large; zeros for padding, and before the first
    sums = pad(hidden.float().cumsum(1), (0, 0, 1, 0, 0, 1))
    bounds = payload.ranges.clamp(min=0)
    start, end = (sums[payload.index, bounds[..., side]] for side in (0, 1))
    return normalize(end - start, dim=-1)


def linear_map(linear: nn.Linear, vectors: Tensor) -> Tensor:
    """The map of vectors of length 1, brought to the spread that layers expect; nothing stays nothing."""
    result: Tensor = linear(vectors * linear.in_features**0.5) * (vectors != 0).any(-1, keepdim=True)
    return result


def set_trained(trunk: Trunk, settings: Pretrained) -> None:
    """Says which weights of a transformer are trained, and puts adapters where they are asked for."""
    trunk.requires_grad_(settings.tune == "all")
    if settings.tune in ("top", "adapters"):
        for layer in trunk.layers[-settings.layers :]:
            if settings.tune == "top":
                layer.requires_grad_(True)
            else:
                put_adapters(layer, settings.rank)


def put_adapters(layer: nn.Module, rank: int) -> None:
    """Gives every linear map within a layer an adapter."""
    for module in list(layer.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, nn.Linear):
                setattr(module, name, Adapted(child, rank))


class Adapted(nn.Module):
    """A linear map that stays as it is, and beside it one of low rank, which says nothing before training.

    Source: Hu et al. (2022), LoRA, arXiv 2106.09685, eq. 3, on all linear maps of a layer instead of attention's alone.
    """

    def __init__(self, base: nn.Linear, rank: int) -> None:
        super().__init__()
        self.base = base
        self.down = nn.Linear(base.in_features, rank, bias=False)
        self.up = nn.Linear(rank, base.out_features, bias=False)
        nn.init.zeros_(self.up.weight)

    def forward(self, vectors: Tensor) -> Tensor:
        """(…, in) to (…, out)."""
        result: Tensor = self.base(vectors) + self.up(self.down(vectors))
        return result


def _without_untrained(module: nn.Module, state: dict[str, Any], prefix: str, _metadata: object) -> None:
    assert isinstance(module, PretrainedText)
    for name in module.untrained:
        del state[prefix + name]


def _without_missing(module: nn.Module, keys: Any) -> None:
    """What is no part of the state is not missed where one is loaded; keys are those of the whole network."""
    assert isinstance(module, PretrainedText)
    keys.missing_keys[:] = [key for key in keys.missing_keys if not key.endswith(tuple(module.untrained))]


def embedded(trunk: Trunk, features: PayloadFeatures, device: str) -> PayloadFeatures:
    """Features with the vectors of all elements worked out: once for each row, of tokens for each token of a row."""
    if features.ranges is None:
        return replace(features, vectors=embed_rows(trunk, features.bags, device))
    places = np.column_stack([features.index, features.ranges])
    tokens, index = np.unique(places, axis=0, return_inverse=True)
    vectors = np.zeros((len(tokens), trunk.size), np.float32)
    n_tokens = np.bincount(tokens[:, 0], minlength=features.bags.n_rows)
    first = np.cumsum(n_tokens) - n_tokens
    with torch.inference_mode():
        for rows in batches_by_length(features.bags):
            chosen, bags = spread(first[rows], n_tokens[rows]), features.bags.take(rows)
            batch = PayloadBatch(
                ids=_tensor(bags.ids.astype(np.int64), device),
                offsets=_tensor(bags.offsets, device),
                weights=_tensor(bags.weights, device),
                index=_tensor(np.repeat(np.arange(len(rows)), n_tokens[rows]), device),
                ranges=_tensor(tokens[chosen, 1:], device),
            )
            vectors[chosen] = element_vectors(trunk, batch).cpu().numpy()
    nothing = Bags(np.zeros(len(tokens) + 1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.float32))
    return replace(features, bags=nothing, index=index, ranges=None, vectors=vectors)


def _tensor(array: np.ndarray, device: str) -> Tensor:
    return torch.from_numpy(array).to(device)
