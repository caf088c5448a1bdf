"""A network in the form in which it leaves: plain named tensors in, the scores of every task or its numbers out.

It computes what `Network` does. Only the sum of embeddings is written otherwise: over rows that are padded with
features of no weight, as `transom.data.features.inputs` makes them, which every runtime knows how to do; and experts of
slices that learn no more are folded.
"""

import copy
from collections.abc import Mapping

from torch import Tensor, nn
from torch.nn.functional import embedding

from transom.model.batch import Batch, PayloadBatch
from transom.model.blocks import EmbeddingSum, WideSum
from transom.model.folded_slices import with_folded_slices
from transom.model.network import Network
from transom.model.pretrained_text import PaddedPretrainedText, PretrainedText

SLICES = "slices"
"""The output that says how likely each example is in each slice."""


class PaddedEmbeddingSum(nn.Module):
    """`EmbeddingSum` of rows that are padded with features of weight 0."""

    def __init__(self, sum_: EmbeddingSum) -> None:
        super().__init__()
        self.sum = sum_

    def forward(self, payload: PayloadBatch) -> Tensor:
        """(n_examples, size), or (n_examples, n_elements, size)."""
        rows = (embedding(payload.ids, self.sum.table) * payload.weights.unsqueeze(-1)).sum(1)
        return self.sum.placed(rows, payload)


class ExportableNetwork(nn.Module):
    """A network without calibration data, batches or names of tasks: see `output_names` for what it gives."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = copy.deepcopy(network).cpu().eval()
        for place, part in enumerate(self.network.parts):
            if isinstance(part, EmbeddingSum):
                self.network.parts[place] = _padded(part)
            elif isinstance(part, WideSum):
                part.sums = nn.ModuleList(_padded(each) for each in part.sums)
            elif isinstance(part, PretrainedText):
                self.network.parts[place] = PaddedPretrainedText(part)
        self.network.graph, self.network.parts = with_folded_slices(self.network)

    def forward(self, inputs: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
        """The answer of each task, in the order of the graph's heads, then the membership of slices, if any."""
        keys = [reading.key for reading in self.network.graph.readings]
        values = self.network.values(Batch({key: _payload(inputs, key) for key in keys}))
        answers = tuple(self.network.answers(values).values())
        return (*answers, self.network.membership(values)) if self.network.graph.slices else answers


def _padded(sum_: nn.Module) -> PaddedEmbeddingSum:
    assert isinstance(sum_, EmbeddingSum)
    return PaddedEmbeddingSum(sum_)


def output_names(network: Network) -> tuple[str, ...]:
    """The names of what an exported network gives: `scores.0`, … in the order of its heads, and `slices`."""
    scores = tuple(f"scores.{place}" for place in range(len(network.graph.heads)))
    return (*scores, SLICES) if network.graph.slices else scores


def _payload(inputs: Mapping[str, Tensor], key: str) -> PayloadBatch:
    ids = inputs[f"{key}.ids"]
    return PayloadBatch(
        ids=ids,
        offsets=ids,  # rows are padded, so that nobody asks where they begin
        weights=inputs[f"{key}.weights"],
        index=inputs[f"{key}.index"],
        mask=inputs.get(f"{key}.mask"),
        ranges=inputs.get(f"{key}.ranges"),
    )
