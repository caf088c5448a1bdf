"""The network of a graph: its blocks as modules, each run once a batch."""

import zlib
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from transom.data.features.payloads import FeatureSpec
from transom.model.batch import Batch
from transom.model.blocks import EmbeddingSum, MeanOfRange, Mixed, Summarized
from transom.model.graph import Block, Embedding, Encoding, Graph, Head, Joined, Reached, Summary
from transom.model.heads import head_for
from transom.model.settings import Encoder
from transom.registry import resolve


class Network(nn.Module):
    """A graph with weights. A batch in, the scores of every task out (see `heads`)."""

    def __init__(self, graph: Graph, spec: FeatureSpec, *, seed: int = 0) -> None:
        super().__init__()
        self.graph = graph
        n_features = {payload.reading.name: payload.n_features for payload in spec.payloads}
        self.parts = nn.ModuleList(_seeded(graph, block, n_features, seed) for block in graph.blocks)

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """Scores by task name."""
        values: dict[str, Tensor] = {}
        for block, module in zip(self.graph.blocks, self.parts, strict=True):
            values[block.id] = _run(block, module, batch, values)
        return {head.task.name: values[head.id] for head in self.graph.heads}

    def head(self, task: str) -> nn.Module:
        """The module of a task's head; KeyError where the task is not learned."""
        places = {block.task.name: place for place, block in enumerate(self.graph.blocks) if isinstance(block, Head)}
        return self.parts[places[task]]

    @property
    def n_parameters(self) -> int:
        """Number of weights."""
        return sum(parameter.numel() for parameter in self.parameters())


def weights_of(network: Network) -> dict[str, Tensor]:
    """All weights and calibration, named by block, so that a name outlives other blocks."""
    return {
        f"{block.id}:{name}": tensor.detach().cpu().contiguous()
        for block, module in zip(network.graph.blocks, network.parts, strict=True)
        for name, tensor in module.state_dict().items()
    }


def with_weights(graph: Graph, spec: FeatureSpec, weights: Mapping[str, Tensor]) -> Network:
    """A network with the weights that `weights_of` gave."""
    network = Network(graph, spec)
    for block, module in zip(graph.blocks, network.parts, strict=True):
        prefix = f"{block.id}:"
        own = {name.removeprefix(prefix): tensor for name, tensor in weights.items() if name.startswith(prefix)}
        module.load_state_dict(own)
    return network.eval()


def _seeded(graph: Graph, block: Block, n_features: Mapping[str, int], seed: int) -> nn.Module:
    """A block's module; its first weights depend on the seed and its id alone, not on other blocks."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(zlib.crc32(f"{seed}:{block.id}".encode()))
        return _module(graph, block, n_features)


def _module(graph: Graph, block: Block, n_features: Mapping[str, int]) -> nn.Module:
    sizes = tuple(graph.block(name).shape.size for name in block.inputs)
    match block:
        case Embedding(reading=reading, shape=shape):
            return EmbeddingSum(n_features[reading.name], shape.size, block.feature_dropout)
        case Encoding(name=name, encoder=encoder):
            return _builder(name)(encoder)
        case Summary(aggregate=aggregate):
            return Summarized(sizes[0], aggregate)
        case Reached():
            return MeanOfRange()
        case Joined(shape=shape):
            return Mixed(sizes, shape.size)
        case Head(task=task):
            return head_for(task, sizes[0])


def _builder(name: str) -> Callable[[Encoder], nn.Module]:
    build = resolve("encoder_networks", name)
    assert callable(build)
    return build


def _run(block: Block, module: nn.Module, batch: Batch, values: Mapping[str, Tensor]) -> Tensor:
    """The value of a block from those of its inputs."""
    inputs = [values[name] for name in block.inputs]
    elements = block.shape.elements
    mask = None if elements is None else batch.mask(elements)
    result: Tensor
    match block:
        case Embedding(reading=reading):
            result = module(batch.payloads[reading.name])
        case Summary(of=payload):
            result = module(*inputs, batch.mask(payload))
        case Reached():
            assert elements is not None
            result = module(*inputs, batch.payloads[elements].ranges)
        case Joined():
            result = module(inputs, None if mask is None else mask.shape[1])
        case Encoding() | Head():
            result = module(*inputs, mask)
    return result
