"""Batches: the features of some examples as tensors, sequences and sets padded to the longest."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from transom.data.features.bags import spread
from transom.data.features.inputs import element_mask, padded
from transom.data.features.payloads import Features, PayloadFeatures


@dataclass(frozen=True)
class PayloadBatch:
    """One payload of the examples of a batch.

    Row `r` has the feature ids from `offsets[r]` on, with the weights beside them. `index` says which row each element
    is, (n_examples,) for a singleton and (n_examples, n_elements) otherwise, where `mask` is False on padding.
    `vectors` are what a network has made of the rows already.
    """

    ids: Tensor
    offsets: Tensor
    weights: Tensor
    index: Tensor
    mask: Tensor | None = None
    ranges: Tensor | None = None
    vectors: Tensor | None = None


@dataclass(frozen=True)
class Batch:
    """All payloads of the examples of a batch, by the keys of their readings."""

    payloads: Mapping[str, PayloadBatch]

    def mask(self, payload: str) -> Tensor:
        """Which elements of a sequence or set are not padding, (n_examples, n_elements)."""
        mask = self.payloads[payload].mask
        assert mask is not None
        return mask


def batch_of(features: Features, examples: Int[np.ndarray, " n_batch"], device: str = "cpu") -> Batch:
    """The examples of these numbers, in this order."""
    return Batch({name: _payload(each, examples, device) for name, each in features.payloads.items()})


def _payload(payload: PayloadFeatures, examples: Int[np.ndarray, " n_batch"], device: str) -> PayloadBatch:
    lengths = payload.items.lengths[examples]
    elements = spread(payload.items.offsets[examples], lengths)
    rows, places = np.unique(payload.index[elements], return_inverse=True)
    bags = payload.bags.take(rows)
    index = places if payload.is_singleton else padded(places, lengths, fill=len(rows))
    ranges = None if payload.ranges is None else padded(payload.ranges[elements], lengths, fill=-1)
    return PayloadBatch(
        ids=_tensor(bags.ids.astype(np.int64), device),
        offsets=_tensor(bags.offsets, device),
        weights=_tensor(bags.weights, device),
        index=_tensor(index, device),
        mask=None if payload.is_singleton else _tensor(element_mask(lengths), device),
        ranges=None if ranges is None else _tensor(ranges, device),
        vectors=None if payload.vectors is None else _tensor(payload.vectors[rows], device),
    )


def _tensor(array: np.ndarray, device: str) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(array)).to(device)
