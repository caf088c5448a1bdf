"""Beginning with the weights of another model."""

import pytest
import torch

from toy_models import PAYLOADS, SCHEMA, TASKS, compiled, random_values
from transom.errors import TrainingError
from transom.model.network import Network, weights_of
from transom.model.settings import Convolution, PayloadSettings
from transom.schema.schema import Schema
from transom.schema.tasks import Multiclass
from transom.training.start import freeze, frozen_blocks, start_from

VALUES = random_values(12)
GRAPH, SPEC, FEATURES = compiled(SCHEMA, VALUES)
OTHER = weights_of(Network(GRAPH, SPEC, seed=9))


def test_all_blocks_that_fit_get_the_other_weights():
    network = Network(GRAPH, SPEC)
    fitted = start_from(network, OTHER)
    assert all(torch.equal(tensor, OTHER[name]) for name, tensor in weights_of(network).items())
    assert {head.id for head in GRAPH.heads} <= fitted


def test_a_block_of_another_shape_or_that_is_new_keeps_its_first_weights():
    smaller = {name: tensor for name, tensor in OTHER.items() if not name.startswith("task/intent/")}
    smaller["task/pos/head:linear.bias"] = torch.zeros(7)
    network, fresh = Network(GRAPH, SPEC), weights_of(Network(GRAPH, SPEC))
    fitted = start_from(network, smaller)
    found = weights_of(network)
    for block in ("task/intent/head", "task/pos/head"):
        assert block not in fitted
        assert torch.equal(found[f"{block}:linear.weight"], fresh[f"{block}:linear.weight"])


def test_frozen_blocks_take_no_step():
    network = Network(GRAPH, SPEC)
    freeze(network, {"task/intent/head"})
    assert not any(parameter.requires_grad for parameter in network.head("intent").parameters())
    assert all(parameter.requires_grad for parameter in network.head("pos").parameters())


def test_what_a_version_had_is_frozen():
    old = Schema(PAYLOADS, TASKS[:4])
    graph, spec, _ = compiled(old, VALUES)
    frozen = frozen_blocks(GRAPH, SPEC, weights_of(Network(graph, spec)))
    assert {"task/intent/head", "payload/tokens/encoding"} <= frozen
    assert "task/topics/head" not in frozen


def test_a_trunk_that_changed_cannot_be_frozen():
    graph, spec, _ = compiled(SCHEMA, VALUES, {"tokens": PayloadSettings(Convolution(size=8))})
    with pytest.raises(TrainingError) as caught:
        frozen_blocks(graph, spec, OTHER)
    assert str(caught.value).startswith("T129 trunk: frozen cannot keep payload/tokens/embedding, ")
    assert str(caught.value).endswith(
        ": in the version they had another shape or read other blocks. "
        "Choose its payloads and encoders, or set training.trunk to trained."
    )


def test_a_head_that_reads_a_new_block_cannot_be_frozen():
    """Its own weights fit, and yet what it says would change."""
    old = {name: tensor for name, tensor in OTHER.items() if not name.startswith("payload/entities/contrast:")}
    task = Schema(SCHEMA.payloads, (Multiclass("role", ("yes", "no"), "entities"),))
    with pytest.raises(TrainingError) as caught:
        frozen_blocks(compiled(task, VALUES)[0], SPEC, old)
    assert str(caught.value) == (
        "T129 trunk: frozen cannot keep task/role/joined, task/role/head: in the version they had another shape or "
        "read other blocks. Choose its payloads and encoders, or set training.trunk to trained."
    )


def test_a_trunk_is_frozen_only_as_it_was_somewhere():
    with pytest.raises(TrainingError) as caught:
        frozen_blocks(GRAPH, SPEC, {})
    assert str(caught.value) == (
        "T129 trunk: frozen needs weights that stay as they are. Set training.start to a version."
    )
