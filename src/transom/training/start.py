"""Training that begins with the weights of another model, and may leave what that had as it was."""

from collections.abc import Collection, Mapping

from torch import Tensor, nn

from transom.data.features.payloads import FeatureSpec
from transom.errors import TrainingError, listed
from transom.model.graph import Block, Graph, before
from transom.model.network import Network

Weights = Mapping[str, Tensor]
"""Weights as `weights_of` names them: the block's id, a colon, the name inside the block."""


def frozen_blocks(graph: Graph, spec: FeatureSpec, weights: Weights) -> frozenset[str]:
    """The blocks that other weights have, which stay as they are.

    Raises:
        TrainingError: there are no other weights, or a block that they have looks otherwise now or reads what is new.
    """
    if not weights:
        raise TrainingError(
            "T129", "trunk: frozen needs weights that stay as they are. Set training.start to a version."
        )
    network = Network(graph, spec)
    had = {name.partition(":")[0] for name in weights}
    same = start_from(network, weights)
    staying = _staying(network, same)
    changed = [block.id for block in graph.blocks if block.id in had and block.id not in staying]
    if changed:
        raise TrainingError(
            "T129",
            f"trunk: frozen cannot keep {listed(changed)}: in the version they had another shape or read other "
            "blocks. Choose its payloads and encoders, or set training.trunk to trained.",
        )
    return frozenset(same)


def _staying(network: Network, same: Collection[str]) -> set[str]:
    """The blocks whose values stay as they were: their own weights do, if they have any, and so does all they read."""
    staying: set[str] = set()
    for block, module in zip(network.graph.blocks, network.parts, strict=True):
        if (block.id in same or not module.state_dict()) and staying.issuperset(before(block)):
            staying.add(block.id)
    return staying


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
