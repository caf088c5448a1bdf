"""The network of a graph: its blocks as modules, each run once a batch."""

import zlib
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from transom.data.features.payloads import FeatureSpec, PayloadSpec
from transom.data.features.pieces import PieceSpec
from transom.data.features.vectors import VectorSpec
from transom.errors import ArtifactError
from transom.model.batch import Batch
from transom.model.blocks import EmbeddingSum, FirstLayer, Mixed, WideSum
from transom.model.elements import MeanOfRange, SameWords, SetApart, Summarized
from transom.model.graph import (
    Attention,
    Block,
    Contrast,
    Embedding,
    Encoding,
    Experts,
    Graph,
    Head,
    Joined,
    Logarithms,
    Membership,
    Published,
    Reached,
    Repeats,
    Summary,
    Units,
    Wide,
)
from transom.model.heads import TaskHead, head_for
from transom.model.pretrained_text import PretrainedText
from transom.model.settings import Encoder
from transom.model.slices import ExpertBank, Indicators, Trust, blended
from transom.registry import resolve


class Network(nn.Module):
    """A graph with weights. A batch in, the scores of every task out (see `heads`), which training goes by.

    What users see are `answers`.
    """

    def __init__(self, graph: Graph, spec: FeatureSpec, *, seed: int = 0) -> None:
        super().__init__()
        self.graph = graph
        self.spec = spec
        specs = {payload.reading.key: payload for payload in spec.payloads}
        self.parts = nn.ModuleList(_seeded(graph, block, specs, seed) for block in graph.blocks)

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """Scores by task name."""
        return self.scores(self.values(batch))

    def values(self, batch: Batch) -> dict[str, Tensor]:
        """What every block gives, by its id."""
        values: dict[str, Tensor] = {}
        for block, module in zip(self.graph.blocks, self.parts, strict=True):
            values[block.id] = _run(block, module, batch, values)
        return values

    def scores(self, values: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Scores by task name, among the values of all blocks."""
        return {head.task.name: values[head.id] for head in self.graph.heads}

    def answers(self, values: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """What is told, by task name: the scores, and of a regression the values, whatever its scores are."""
        return {head.task.name: _answer(head, values[head.id]) for head in self.graph.heads}

    def membership(self, values: Mapping[str, Tensor]) -> Tensor:
        """The probability that each example is in each slice, (n_examples, n_slices): the mean of what tasks say."""
        found = [values[block.id].sigmoid() for block in self.graph.blocks if isinstance(block, Membership)]
        return found[0] if len(found) == 1 else torch.stack(found).mean(0)

    def head(self, task: str) -> TaskHead:
        """The module of a task's head; KeyError where the task is not learned."""
        places = {block.task.name: place for place, block in enumerate(self.graph.blocks) if isinstance(block, Head)}
        return _as_head(self.parts[places[task]])


def weights_of(network: Network) -> dict[str, Tensor]:
    """All that was trained, and calibration, named by block, so that a name outlives other blocks."""
    return {
        f"{block.id}:{name}": tensor.detach().cpu().contiguous()
        for block, module in zip(network.graph.blocks, network.parts, strict=True)
        for name, tensor in module.state_dict().items()
    }


def published_of(network: Network) -> dict[str, Tensor]:
    """The weights of pretrained transformers that are as they were published, named alike; `weights_of` lacks them."""
    return {
        f"{block.id}:{name}": tensor.cpu().contiguous()
        for block, module in zip(network.graph.blocks, network.parts, strict=True)
        if isinstance(module, PretrainedText)
        for name, tensor in module.untrained_weights().items()
    }


def with_weights(graph: Graph, spec: FeatureSpec, weights: Mapping[str, Tensor]) -> Network:
    """A network with the weights that `weights_of` and `published_of` gave.

    Raises:
        ArtifactError: the weights are those of another transom's blocks.
    """
    network = Network(graph, spec)
    for block, module in zip(graph.blocks, network.parts, strict=True):
        prefix = f"{block.id}:"
        own = {name.removeprefix(prefix): tensor for name, tensor in weights.items() if name.startswith(prefix)}
        if isinstance(module, PretrainedText):
            module.begin_with(own)
            own = {name: tensor for name, tensor in own.items() if name not in module.untrained}
        try:
            module.load_state_dict(own)
        except RuntimeError as error:
            message = f"block {block.id!r} had other weights where it was trained. Use that transom, or train again."
            raise ArtifactError("T133", message) from error
    return network.eval()


def _seeded(graph: Graph, block: Block, specs: Mapping[str, PayloadSpec], seed: int) -> nn.Module:
    """A block's module; its first weights depend on the seed and its id alone, not on other blocks."""
    with torch.random.fork_rng(devices=[]):
        # torch.manual_seed seeds accelerators, too, whose numbers are not forked, and takes a hundred times as long
        torch.default_generator.manual_seed(zlib.crc32(f"{seed}:{block.id}".encode()))
        return _module(graph, block, specs)


def _module(graph: Graph, block: Block, specs: Mapping[str, PayloadSpec]) -> nn.Module:
    sizes = tuple(graph.block(name).shape.size for name in block.inputs)
    module: nn.Module
    match block:
        case Embedding() | Published():
            module = _reader(block, specs[block.reading.key])
        case Encoding(name=name, encoder=encoder):
            module = _builder(name)(encoder)
        case Repeats(shape=shape):
            module = SameWords(shape.size)
        case Contrast(shape=shape):
            module = SetApart(shape.size)
        case Summary(aggregate=aggregate, counts=counts):
            module = Summarized(sizes[0], aggregate, counts=counts)
        case Reached():
            module = MeanOfRange()
        case Joined(shape=shape):
            module = Mixed(sizes, shape.size)
        case Membership(slices=slices):
            module = Indicators(sizes[0], len(slices))
        case Attention(slices=slices):
            module = Trust(len(slices))
        case Experts(shape=shape, slices=slices, rank=rank):
            module = ExpertBank(sizes[0], shape.size // len(slices), len(slices), rank)
        case Wide(readings=readings, shape=shape):
            module = WideSum([specs[reading.key].n_features for reading in readings], shape.size)
        case Head(task=task):
            module = head_for(task, sizes[0])
    return module


def _answer(head: Head, scores: Tensor) -> Tensor:
    match head.link:
        case None:
            return scores
        case Logarithms(lowest=lowest, highest=highest):
            return scores.clamp(lowest, highest).exp()
        case Units(origin=origin, unit=unit):
            wide = scores.double()  # in ONNX a plain number would be of 32 bits
            return wide * wide.new_tensor(unit) + wide.new_tensor(origin)


def _as_head(module: nn.Module) -> TaskHead:
    assert isinstance(module, TaskHead)
    return module


def _reader(block: Embedding | Published, spec: PayloadSpec) -> nn.Module:
    """What turns the features of a payload into vectors."""
    if isinstance(block, Embedding):
        size = block.shape.size
        layer = FirstLayer(size) if isinstance(spec.value, VectorSpec) else None
        return EmbeddingSum(spec.n_features, size, block.feature_dropout, layer)
    assert isinstance(spec.value, PieceSpec)
    return PretrainedText(spec.value, block.encoder, block.shape.size)


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
        case Embedding(reading=reading) | Published(reading=reading):
            result = module(batch.payloads[reading.key])
        case Repeats():
            assert elements is not None
            result = module(*inputs, batch.payloads[elements].index, mask)
        case Summary(of=payload):
            result = module(*inputs, batch.mask(payload))
        case Reached():
            assert elements is not None
            result = module(*inputs, batch.payloads[elements].ranges)
        case Joined():
            result = module(inputs, None if mask is None else mask.shape[1])
        case Membership(of=payload):
            result = module(*inputs, None if payload is None else batch.mask(payload))
        case Attention() | Experts():
            result = module(*inputs)
        case Wide(readings=readings):
            result = module([batch.payloads[reading.key] for reading in readings])
        case Head(task=task, inputs=(_, _, _)):
            result = blended(task, _as_head(module), *inputs, mask=mask)
        case Encoding() | Contrast() | Head():
            result = module(*inputs, mask)
    return result + values[block.wide].view_as(result) if isinstance(block, Head) and block.wide else result
