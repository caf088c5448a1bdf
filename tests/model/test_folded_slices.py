"""Folded heads say what heads with their slices say."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from toy_models import SCHEMA, TASKS, compiled, random_values
from transom.data.features.inputs import inputs_of
from transom.data.features.payloads import encode_features
from transom.model.batch import batch_of
from transom.model.exportable import ExportableNetwork
from transom.model.folded_slices import FoldedHead, FoldedPair, with_folded_slices
from transom.model.graph import Attention, Experts, Logarithms, Membership, Units
from transom.model.network import Network
from transom.schema.schema import Schema
from transom.schema.slices import Slice
from transom.schema.tasks import Multiclass

VALUES = random_values(12)
SLICES = tuple(Slice(name, tag=name) for name in ("short", "short_link", "a"))
SLICED = Schema(SCHEMA.payloads, SCHEMA.tasks, SLICES)


def drawn_network(schema=SLICED):
    """A network in which every weight, and calibration, matters."""
    graph, spec, features = compiled(schema, VALUES)
    network = Network(graph, spec).eval()
    torch.manual_seed(1)
    for weight in network.parameters():
        torch.nn.init.normal_(weight, std=0.1)
    for name, buffer in network.named_buffers():
        if name.endswith(("scale", "shift")):
            torch.nn.init.uniform_(buffer, 0.5, 2.0)
    return network, spec, features


def folded_heads(network):
    graph, parts = with_folded_slices(network)
    modules = dict(zip([block.id for block in graph.blocks], parts, strict=True))
    return {head.task.name: modules[head.id] for head in graph.heads}


@pytest.mark.parametrize(
    "link", [None, Logarithms(1.0, -2.0, 2.0), Units(1.7e9, 30.0)], ids=["values", "logarithms", "units"]
)
def test_folded_heads_of_all_types_of_task_say_what_the_network_says(link):
    network, spec, features = drawn_network()
    blocks = [replace(each, link=link) if each.id == "task/score/head" else each for each in network.graph.blocks]
    network.graph = replace(network.graph, blocks=tuple(blocks))
    inputs = {name: torch.from_numpy(each) for name, each in inputs_of(encode_features(spec, VALUES)).items()}
    with torch.inference_mode():
        *found, membership = ExportableNetwork(network)(inputs)
        values = network.values(batch_of(features, np.arange(12)))
    for one, other in zip(found, network.answers(values).values(), strict=True):
        assert torch.allclose(one, other, atol=1e-4, rtol=1e-4)
    assert torch.allclose(membership, network.membership(values), atol=1e-6)


def test_a_folded_graph_has_neither_attention_nor_experts_and_still_says_who_is_a_member():
    network, _, _ = drawn_network()
    graph, parts = with_folded_slices(network)
    assert not any(isinstance(block, Attention | Experts) for block in graph.blocks)
    assert sum(isinstance(block, Membership) for block in graph.blocks) == len(TASKS)
    assert all(len(head.inputs) == 1 for head in graph.heads)
    assert len(parts) == len(graph.blocks)


def test_two_classes_are_folded_as_a_pair():
    modules = folded_heads(drawn_network()[0])
    for task in TASKS:
        is_pair = isinstance(task, Multiclass) and len(task.classes) == 2
        assert isinstance(modules[task.name], FoldedPair if is_pair else FoldedHead)


@pytest.mark.parametrize(("n_classes", "is_folded"), [(8, True), (9, False)])
def test_many_scores_keep_the_thin_matrices_of_their_experts(n_classes, is_folded):
    task = Multiclass("kind", tuple(f"class{place}" for place in range(n_classes)), SCHEMA.payloads[4].name)
    network, _, _ = drawn_network(Schema(SCHEMA.payloads[4:5], (task,), SLICES))
    assert isinstance(folded_heads(network)["kind"], FoldedHead) == is_folded


def test_a_network_without_slices_is_left_alone():
    network, _, _ = drawn_network(SCHEMA)
    graph, parts = with_folded_slices(network)
    assert graph == network.graph
    assert list(parts) == list(network.parts)


def test_the_network_that_is_folded_stays_as_it_was():
    network, _, features = drawn_network()
    batch = batch_of(features, np.arange(12))
    with torch.inference_mode():
        before = network(batch)
        ExportableNetwork(network)
        assert all(torch.equal(scores, before[task]) for task, scores in network(batch).items())
