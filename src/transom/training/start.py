"""Training that begins with the weights of another model, and may leave what that had as it was."""

from collections.abc import Collection, Mapping
from dataclasses import is_dataclass, replace
from typing import TypeVar

from torch import Tensor, nn

from transom.data.features.payloads import FeatureSpec
from transom.errors import TrainingError, listed
from transom.model.graph import Block, Embedding, Encoding, Graph, Head, Published, before
from transom.model.network import Network
from transom.model.settings import Encoder

E = TypeVar("E", bound=Encoder)

Weights = Mapping[str, Tensor]
"""Weights as `weights_of` names them: the block's id, a colon, the name inside the block."""


def frozen_blocks(graph: Graph, spec: FeatureSpec, weights: Weights, had: Graph) -> frozenset[str]:
    """The blocks that another model has, which stay as they are; `had` is its graph.

    Raises:
        TrainingError: there is no other model, or what a block of it gives would not stay the same.
    """
    if not weights:
        raise TrainingError(
            "T129", "trunk: frozen needs weights that stay as they are. Set training.start to a version."
        )
    network = Network(graph, spec)
    same = start_from(network, weights)
    old = {block.id: _as_it_answers(block) for block in had.blocks}
    staying: set[str] = set()
    changed = []
    for block, module in zip(graph.blocks, network.parts, strict=True):
        fits = block.id in same or not module.state_dict()
        if fits and staying.issuperset(before(block)) and old.get(block.id) in (None, _as_it_answers(block)):
            staying.add(block.id)
        elif block.id in old and all(other in staying for other in before(block) if other in old):
            changed.append(block.id)
    if changed:
        raise TrainingError(
            "T129",
            f"trunk: frozen cannot keep {listed(changed)}: in the version they had another shape, other settings or "
            "other inputs. Choose its payloads and encoders, or set training.trunk to trained.",
        )
    return frozenset(same)


def _as_it_answers(block: Block) -> Block:
    """A block without what only training goes by."""
    match block:
        case Embedding():
            return replace(block, feature_dropout=0.0)
        case Published(encoder=encoder):
            return replace(block, encoder=_without_dropout(encoder))
        case Encoding(encoder=encoder):
            return replace(block, encoder=_without_dropout(encoder))
        case Head():
            return replace(block, link=None)
        case _:
            return block


def _without_dropout(encoder: E) -> E:
    assert is_dataclass(encoder)
    return replace(encoder, **dict.fromkeys({"dropout", "feature_dropout"} & vars(encoder).keys(), 0.0))


def start_from(network: Network, weights: Weights) -> frozenset[str]:
    """Gives a network other weights, block by block where all shapes agree; the blocks that they fit."""
    fitting = []
    for block, module in zip(network.graph.blocks, network.parts, strict=True):
        own = _own(block, module, weights)
        if own is not None:
            module.load_state_dict(own)
            fitting.append(block.id)
    return frozenset(fitting)


def freeze(network: Network, blocks: Collection[str]) -> None:
    """Lets no step change some blocks."""
    for block, module in zip(network.graph.blocks, network.parts, strict=True):
        if block.id in blocks:
            module.requires_grad_(False)


def _own(block: Block, module: nn.Module, weights: Weights) -> dict[str, Tensor] | None:
    """What other weights have of a block; None where it has none, or they not all of it in the same shape."""
    state = module.state_dict()
    found = {name: weights.get(f"{block.id}:{name}") for name in state}
    if not state or any(tensor is None or tensor.shape != state[name].shape for name, tensor in found.items()):
        return None
    return {name: tensor for name, tensor in found.items() if tensor is not None}
