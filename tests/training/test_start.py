"""Beginning with the weights of another model."""

import pytest
import torch

from toy_models import PAYLOADS, SCHEMA, TASKS, compiled, random_values
from transom.errors import TrainingError
from transom.model.graph import Graph
from transom.model.network import Network, weights_of
from transom.model.settings import Convolution, PayloadSettings, Transformer
from transom.schema.schema import Schema
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
    graph, spec, _ = compiled(Schema(PAYLOADS, TASKS[:4]), VALUES)
    frozen = frozen_blocks(GRAPH, SPEC, weights_of(Network(graph, spec)), graph)
    assert {"task/intent/head", "payload/tokens/encoding"} <= frozen
    assert "task/topics/head" not in frozen


def test_what_only_training_goes_by_may_change_in_a_frozen_trunk():
    graph, spec, _ = compiled(
        SCHEMA, VALUES, {"tokens": PayloadSettings(Convolution(dropout=0.7, feature_dropout=0.1))}
    )
    assert {head.id for head in GRAPH.heads} <= frozen_blocks(graph, spec, OTHER, GRAPH)


def cannot_keep(block):
    return (
        f"T129 trunk: frozen cannot keep {block}: in the version they had another shape, other settings or other "
        "inputs. Choose its payloads and encoders, or set training.trunk to trained."
    )


@pytest.mark.parametrize(
    ("chosen", "changed"),
    [
        ({"tokens": PayloadSettings(Convolution(size=8))}, "payload/tokens/embedding"),
        ({"tokens": PayloadSettings(Convolution(width=3, layers=5))}, "payload/tokens/encoding"),
    ],
)
def test_a_trunk_that_changed_cannot_be_frozen(chosen, changed):
    only = Schema(PAYLOADS, TASKS[:1])
    graph, spec, _ = compiled(only, VALUES)
    other = weights_of(Network(graph, spec))
    with pytest.raises(TrainingError) as caught:
        frozen_blocks(*compiled(only, VALUES, chosen)[:2], other, graph)
    assert str(caught.value) == cannot_keep(changed)


@pytest.mark.parametrize(
    ("task", "had", "now", "changed"),
    [
        (
            "pos",
            {"tokens": Transformer(size=8, heads=2)},
            {"tokens": Transformer(size=8, heads=4)},
            "payload/tokens/encoding",
        ),
        ("intent", "mean", "max", "task/intent/head"),
        ("topics", "mean", "max", "task/topics/joined"),
    ],
)
def test_what_fits_and_would_answer_otherwise_cannot_be_frozen(task, had, now, changed):
    """All weights have the shapes that they had; the encoder reads them otherwise, or the head reads other blocks."""
    only = Schema(PAYLOADS, tuple(each for each in TASKS if each.name == task))
    old, spec, _ = compiled(only, VALUES, settings_of(had))
    with pytest.raises(TrainingError) as caught:
        frozen_blocks(*compiled(only, VALUES, settings_of(now))[:2], weights_of(Network(old, spec)), old)
    assert str(caught.value) == cannot_keep(changed)


def settings_of(chosen):
    """An aggregate for all payloads, or encoders by payload."""
    if isinstance(chosen, str):
        return {payload.name: PayloadSettings(aggregate=chosen) for payload in PAYLOADS}
    return {name: PayloadSettings(encoder) for name, encoder in chosen.items()}


def test_a_trunk_is_frozen_only_as_it_was_somewhere():
    with pytest.raises(TrainingError) as caught:
        frozen_blocks(GRAPH, SPEC, {}, Graph())
    assert str(caught.value) == (
        "T129 trunk: frozen needs weights that stay as they are. Set training.start to a version."
    )
