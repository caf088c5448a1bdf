"""What slices with capacity learn from."""

import runpy
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from toy_models import SCHEMA, TASKS, compiled, random_targets, random_values
from transom.model.batch import batch_of
from transom.model.graph import Experts, Membership
from transom.model.network import Network
from transom.schema.schema import Schema
from transom.schema.slices import Slice
from transom.training.config import TrainingConfig
from transom.training.objective import MOST, goals_for
from transom.training.predict import answer
from transom.training.slices import Pass, begin_at_members, notice, slice_goals, slice_loss
from transom.training.train import TrainingData, train

VALUES = random_values(12)
SLICED = Schema(SCHEMA.payloads, SCHEMA.tasks, (Slice("one", tag="one"), Slice("two", tag="two")))
GRAPH, SPEC, FEATURES = compiled(SLICED, VALUES)
TARGETS = {task.name: random_targets(task, FEATURES) for task in TASKS}
EVERY = np.arange(12)
MEMBERS = np.stack([EVERY < 4, EVERY == 11], axis=1)
SLICES = slice_goals(MEMBERS, EVERY)
MEMBERSHIP = "task/intent/membership"


def drawn_network():
    """A network in which experts say something."""
    torch.manual_seed(1)
    network = Network(GRAPH, SPEC).train()
    for weight in network.parameters():
        torch.nn.init.normal_(weight, std=0.1)
    return network


def gradients(examples, targets=TARGETS, network=None):
    """The gradients of all weights from the slices' loss on these examples, by block and name."""
    network = network or drawn_network()
    batch = batch_of(FEATURES, examples)
    torch.manual_seed(3)  # the same features are left out each time
    seen = Pass(network, FEATURES, examples, batch, network.values(batch))
    slice_loss(SLICES, goals_for(GRAPH.heads, targets, EVERY), seen).backward()
    return {
        (block, name): weight.grad
        for block, part in zip(GRAPH.blocks, network.parts, strict=True)
        for name, weight in part.named_parameters()
    }


def of_experts(found):
    return {(block.id, name): grad for (block, name), grad in found.items() if isinstance(block, Experts)}


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_an_expert_learns_from_members_of_its_slice_alone(task):
    with_both = of_experts(gradients(EVERY))
    for name in ("read", "say", "always"):
        assert with_both[f"task/{task.name}/experts", name].flatten(1).any(1).any()
    without_second = of_experts(gradients(EVERY[:8]))
    for name in ("read", "say", "always"):
        assert not without_second[f"task/{task.name}/experts", name][1].any()


def test_what_others_are_labelled_teaches_an_expert_nothing():
    targets = TARGETS["intent"]
    turned = targets.probabilities.copy()
    turned[4:11] = turned[4:11, ::-1]
    one, other = (
        of_experts(gradients(EVERY, {"intent": each})) for each in (targets, replace(targets, probabilities=turned))
    )
    for key in one:
        if "intent" in key[0]:
            assert torch.allclose(one[key], other[key], atol=1e-7)


def test_members_teach_the_trunk_and_everyone_teaches_who_is_a_member():
    found = gradients(EVERY[4:8])  # members of no slice
    for (block, name), grad in found.items():
        if isinstance(block, Membership):
            assert grad.any(), name
    members = gradients(EVERY[:4])
    embeddings = [grad for (block, _), grad in members.items() if block.id.endswith("/embedding")]
    assert embeddings
    assert all(grad.any() for grad in embeddings)


def test_what_heads_of_the_base_weigh_is_left_to_their_own_loss():
    found = gradients(EVERY)
    heads = [grad for (block, name), grad in found.items() if block.id.endswith("/head") and "linear" in name]
    assert heads == [None] * len(heads)


def test_every_slice_counts_the_same_up_to_a_bound():
    assert SLICES.n_members.tolist() == [4, 1]
    assert SLICES.shares.tolist() == [3.0, 12.0]
    assert slice_goals(np.zeros((1000, 1), bool), np.arange(1000)).shares.tolist() == [MOST]


@torch.no_grad()
def noticed(sizes):
    """How much each slice counts when what its membership depends on has weights of this size."""
    network = Network(GRAPH.only(["intent"]), SPEC)
    for block, part in zip(network.graph.blocks, network.parts, strict=True):
        if block.id == MEMBERSHIP:
            part.linear.weight[:, 0] = torch.tensor(sizes)
    return notice(network, MEMBERSHIP)


def test_before_anything_is_learned_all_slices_count_alike():
    assert noticed([0.0, 0.0]).tolist() == [1.0, 1.0]


@settings(max_examples=20)
@given(large=st.floats(0.5, 10.0), small=st.floats(0.0, 0.1))
def test_a_slice_counts_the_more_the_more_its_membership_depends_on(large, small):
    found = noticed([-large, small])
    assert found[0] > found[1]
    assert found.square().mean() == pytest.approx(1.0, rel=1e-5)
    assert torch.allclose(noticed([10 * large, 10 * small]), found, atol=1e-3)


def test_the_expert_of_a_slice_that_counts_for_little_moves_little():
    found = []
    for size in (0.01, 1.0):
        network = drawn_network()
        for block, part in zip(GRAPH.blocks, network.parts, strict=True):
            if isinstance(block, Membership):
                part.linear.weight.data[0] *= size
        found.append(of_experts(gradients(EVERY, network=network))["task/intent/experts", "always"][0].norm())
    assert found[0] < 0.05 * found[1]


def test_membership_begins_at_how_frequent_a_slice_is():
    network = Network(GRAPH, SPEC).eval()
    begin_at_members(network, SLICES)
    found = answer(network, FEATURES).membership
    assert found.shape == (12, 2)
    assert found == pytest.approx(np.broadcast_to([5 / 14, 2 / 14], (12, 2)), abs=1e-6)


def trained_with(members, **options):
    graph = GRAPH.only(["intent"])
    data = TrainingData(FEATURES, TARGETS, np.ones(12, bool), np.zeros(12, bool), members=members)
    network = train(graph, SPEC, data, config=TrainingConfig(early_stopping="none", **options)).network
    return network, dict(zip([block.id for block in graph.blocks], network.parts, strict=True))


def test_without_members_a_network_is_trained_without_slices():
    _, parts = trained_with(None, epochs=1)
    assert not parts["task/intent/experts"].say.any()


def test_membership_is_learned_and_the_same_seed_gives_the_same_weights():
    members = np.stack([[bool(each) and "ship" in each for each in VALUES["tokens"]], MEMBERS[:, 1]], axis=1)
    first, again = (trained_with(members, epochs=30, learning_rate=0.02)[0] for _ in range(2))
    found = answer(first, FEATURES).membership[:, 0]
    assert found[members[:, 0]].min() > found[~members[:, 0]].max()
    assert all(torch.equal(one, other) for one, other in zip(first.parameters(), again.parameters(), strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("make", ["texts", "points"])
def test_slices_with_labels_of_their_own_gain_ten_points_and_five_with_a_noisy_rule(make, repository):
    bench = runpy.run_path(str(repository / "benchmarks" / "slices.py"))
    without, sliced, noisy = [], [], []
    for seed in range(2):
        problem = bench[make](bench["N_TRAIN"] + bench["N_DEV"] + bench["N_TEST"], seed)
        for found, rule, capacity in (
            (without, problem.members, False),
            (sliced, problem.members, True),
            (noisy, bench["mistaken"](problem.members, seed), True),
        ):
            overall, *of_slices = bench["scores"](problem, bench["fitted"](problem, rule, capacity=capacity, seed=seed))
            found.append((overall, np.mean(of_slices)))
    (overall, of_slices), (overall_sliced, gained), (overall_noisy, gained_noisy) = (
        np.mean(each, axis=0) for each in (without, sliced, noisy)
    )
    assert gained >= of_slices + 0.10
    assert gained_noisy >= of_slices + 0.05
    assert min(overall_sliced, overall_noisy) >= overall
