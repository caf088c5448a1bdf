"""What slices with capacity learn from."""

import runpy
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from toy_models import SCHEMA, TASKS, compiled, random_targets, random_values
from transom.model.batch import batch_of
from transom.model.graph import Experts, Membership
from transom.model.network import Network
from transom.model.slices import ExpertBank
from transom.schema.schema import Schema
from transom.schema.slices import Slice
from transom.training.config import TrainingConfig
from transom.training.objective import MOST, goals_for
from transom.training.predict import answer
from transom.training.slices import (
    Pass,
    _lessons,
    begin_at_members,
    can_be_told,
    looked_at,
    slice_goals,
    slice_loss,
)
from transom.training.train import train
from transom.training.training_data import TrainingData

VALUES = random_values(12)
SLICED = Schema(SCHEMA.payloads, SCHEMA.tasks, (Slice("one", tag="one"), Slice("two", tag="two")))
GRAPH, SPEC, FEATURES = compiled(SLICED, VALUES)
TARGETS = {task.name: random_targets(task, FEATURES) for task in TASKS}
EVERY = np.arange(12)
MEMBERS = np.stack([EVERY < 4, EVERY == 11], axis=1)
SLICES = slice_goals(MEMBERS, EVERY)
MEMBERSHIP = "task/intent/membership"
NOISE = ("mistaken", "noisy")  # rules that are wrong on a fifth of their members, and on a fifth of all examples


def drawn_network():
    """A network in which experts say something."""
    torch.manual_seed(1)
    network = Network(GRAPH, SPEC).train()
    for weight in network.parameters():
        torch.nn.init.normal_(weight, std=0.1)
    return network


def gradients(examples, targets=TARGETS, slices=SLICES):
    """The gradients of all weights from the slices' loss on these examples, by block and name."""
    network = drawn_network()
    batch = batch_of(FEATURES, examples)
    torch.manual_seed(3)  # the same features are left out each time
    seen = Pass(network, FEATURES, examples, batch, network.values(batch))
    slice_loss(slices, goals_for(GRAPH.heads, targets, EVERY), seen).backward()
    return {
        (block, name): weight.grad
        for block, part in zip(GRAPH.blocks, network.parts, strict=True)
        for name, weight in part.named_parameters()
    }


def of_experts(found):
    return {(block.id, name): grad for (block, name), grad in found.items() if isinstance(block, Experts)}


def test_a_label_whose_loss_is_cut_teaches_no_expert():
    task = TASKS[3]
    other = TARGETS | {task.name: replace(own := TARGETS[task.name], probabilities=1 - own.probabilities)}
    cut = replace(SLICES, most=1e-6)
    one, two = (of_experts(gradients(EVERY, targets, cut)) for targets in (TARGETS, other))
    assert all(torch.equal(grad, two[of]) for of, grad in one.items())


def test_experts_stay_as_they_began_where_the_loss_of_every_label_is_cut():
    data = TrainingData(FEATURES, TARGETS, EVERY < 12, EVERY < 0, members=MEMBERS)
    config = TrainingConfig(epochs=1, early_stopping="none", loss_clip=1e-6)
    network = train(GRAPH.only(["intent"]), SPEC, data, config=config).network
    (said,) = (part.say for part in network.parts if isinstance(part, ExpertBank))
    assert not said.any()


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_an_expert_learns_from_members_of_its_slice_alone(task):
    with_both = of_experts(gradients(EVERY))
    for name in ("read", "say", "always"):
        assert with_both[f"task/{task.name}/experts", name].flatten(1).any(1).any()
    without_second = of_experts(gradients(EVERY[:8]))
    for name in ("read", "say", "always"):
        assert not without_second[f"task/{task.name}/experts", name][1].any()


def test_how_reluctant_an_expert_is_does_not_go_by_the_longest_set_of_the_batch():
    lengths = FEATURES.payloads["entities"].items.lengths
    longest, shorter = int(lengths.argmax()), np.flatnonzero((lengths > 0) & (lengths < lengths.max()))
    assert len(shorter) > 1
    network = drawn_network().eval()
    (goal,) = [each for each in goals_for(GRAPH.heads, TARGETS, EVERY) if each.head.task.name == "argument"]
    for each in shorter:
        alone, beside = (_lessons_of(network, goal, np.array([each, *others]))[0] for others in ((), (longest,)))
        assert torch.allclose(alone[:, 0], beside[:, 0], rtol=1e-4)


def _lessons_of(network, goal, examples, is_member=None):
    """The losses, (n_slices, n_examples), and the gains; all are members unless it is said who is."""
    batch = batch_of(FEATURES, examples)
    is_member = torch.ones(len(examples), 2) if is_member is None else is_member
    return torch.stack(
        _lessons(SLICES, goal, Pass(network, FEATURES, examples, batch, network.values(batch)), is_member)
    )


def test_members_alone_are_a_lesson_and_the_same_whoever_else_is_one():
    network, is_member = drawn_network().eval(), torch.from_numpy(SLICES.members).float()
    for goal in goals_for(GRAPH.heads, TARGETS, EVERY):
        of_all, of_members = (_lessons_of(network, goal, EVERY, chosen) for chosen in (None, is_member))
        assert of_members.any()
        torch.testing.assert_close(of_members, of_all * is_member.T)
    nobody = _lessons_of(network, goal, EVERY, torch.zeros_like(is_member))
    assert not nobody.any()


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


@pytest.mark.parametrize("turned", [0, 1])
def test_a_member_that_the_base_accounts_for_and_not_the_expert_teaches_nothing(turned):
    intent = GRAPH.only(["intent"]).heads
    labels = np.eye(2)[(turned == EVERY).astype(int)]
    targets = {"intent": replace(TARGETS["intent"], probabilities=labels, weights=np.ones(12))}
    taught = []
    for examples in (np.array([0, 1]), np.array([turned])):
        network = surely(base=0, expert=1)
        batch = batch_of(FEATURES, examples)
        seen = Pass(network, FEATURES, examples, batch, network.values(batch))
        slice_loss(SLICES, goals_for(intent, targets, EVERY), seen).backward()
        taught.append(part_of(network, Experts).always.grad[0])
    assert taught[1].any()
    assert torch.allclose(*taught, rtol=1e-3)


def surely(base, expert):
    """A network whose base says one class of every intent, and whose experts another."""
    network = drawn_network().eval()
    with torch.no_grad():
        network.head("intent").linear.bias.copy_(torch.eye(2)[base] * 20)
        part_of(network, Experts).always.copy_(torch.eye(2)[expert] * 40)
    return network


def part_of(network, kind):
    """What a network has of this kind for intents."""
    pairs = zip(network.graph.blocks, network.parts, strict=True)
    return next(part for block, part in pairs if isinstance(block, kind) and block.id.startswith("task/intent/"))


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


def test_before_anything_is_learned_all_slices_count_alike():
    assert SLICES.counts(MEMBERSHIP) == pytest.approx(0.5**0.5)
    unmoved = looked_at(SLICES, Network(GRAPH, SPEC), FEATURES, EVERY)
    assert unmoved.counts(MEMBERSHIP) == pytest.approx(0.5**0.5)


@given(told=st.lists(st.booleans(), min_size=1, max_size=300))
def test_slices_that_can_be_told_count_alike_and_all_others_together_as_one_of_them_at_most(told):
    is_told = np.array(told)
    slices = replace(slice_goals(np.ones((1, len(told)), bool), np.arange(1)), told={MEMBERSHIP: is_told})
    counts = slices.counts(MEMBERSHIP)
    assert np.square(counts).sum() == pytest.approx(1.0)
    assert np.ptp(counts[is_told]) == 0 if any(told) else np.ptp(counts) == 0
    if any(told):
        assert counts[~is_told].sum() <= counts[is_told].min() + 1e-9


@given(n_slices=st.sampled_from([1, 30, 300]), seed=st.integers(0, 99), rate=st.floats(0.05, 0.5))
def test_what_goes_with_membership_tells_a_slice_and_chance_hardly_any(n_slices, seed, rate):
    random = np.random.default_rng(seed)
    is_member = random.random((400, n_slices)) < rate
    found = random.random((400, n_slices))
    found[:, 0] += is_member[:, 0]
    told = can_be_told(found, is_member)
    assert told[0]
    assert told[1:].sum() <= 3
    assert not can_be_told(-found, is_member)[0]


def test_a_slice_without_a_member_and_one_without_a_difference_cannot_be_told():
    is_member = np.stack([np.zeros(8, bool), np.arange(8) < 4], axis=1)
    found = np.stack([np.arange(8.0), np.full(8, 0.3)], axis=1)
    assert can_be_told(found, is_member).tolist() == [False, False]


@pytest.mark.slow
def test_what_membership_knows_of_the_examples_looked_at_decides_what_counts():
    members = np.stack([[bool(each) and "ship" in each for each in VALUES["tokens"]], MEMBERS[:, 1]], axis=1)
    network = trained_with(members, epochs=30, learning_rate=0.02)[0]
    slices = slice_goals(members, EVERY)
    assert looked_at(slices, network, FEATURES, EVERY).told[MEMBERSHIP][0]
    turned = replace(slices, members=~members)
    assert looked_at(turned, network, FEATURES, EVERY).told[MEMBERSHIP].tolist() == [False, False]


def test_a_slice_that_counts_for_little_moves_little():
    alike, little = (
        gradients(EVERY, slices=replace(SLICES, told={MEMBERSHIP: np.array(told)}))
        for told in ([False, False], [False, True])
    )
    for name in ("task/intent/experts", "task/intent/membership"):
        of_first = [
            sum(grad[0].norm() for (block, _), grad in found.items() if block.id == name) for found in (alike, little)
        ]
        assert of_first[1] == pytest.approx(of_first[0] * 0.5 / (0.5 * 1.25) ** 0.5)


def test_membership_counts_a_tenth_beside_labels_that_weak_sources_made():
    certain, weak = (
        {
            block.id: float(grad.norm())
            for (block, name), grad in gradients(EVERY, slices=slice_goals(MEMBERS, EVERY, weak=tasks)).items()
            if name in ("linear.weight", "say") and isinstance(block, Experts | Membership)
        }
        for tasks in ((), ("intent",))
    )
    assert weak == pytest.approx(certain | {MEMBERSHIP: certain[MEMBERSHIP] / 10})


def test_membership_begins_at_how_frequent_a_slice_is():
    network = Network(GRAPH, SPEC).eval()
    begin_at_members(network, SLICES)
    found = answer(network, FEATURES).membership
    assert found.shape == (12, 2)
    assert found == pytest.approx(np.broadcast_to([5 / 14, 2 / 14], (12, 2)), abs=1e-6)


def trained_with(members, weak=frozenset(), **options):
    graph = GRAPH.only(["intent"])
    data = TrainingData(FEATURES, TARGETS, np.ones(12, bool), np.zeros(12, bool), weak=weak, members=members)
    network = train(graph, SPEC, data, config=TrainingConfig(early_stopping="none", **options)).network
    return network, dict(zip([block.id for block in graph.blocks], network.parts, strict=True))


def test_without_members_a_network_is_trained_without_slices():
    _, parts = trained_with(None, epochs=1)
    assert not parts["task/intent/experts"].say.any()


def test_training_knows_which_labels_weak_sources_made():
    certain, weak = (trained_with(MEMBERS, weak, epochs=2)[1] for weak in (frozenset(), frozenset(["intent"])))
    block = next(name for name in certain if name.endswith("/embedding"))
    one, other = (next(iter(each[block].parameters())) for each in (certain, weak))
    assert not torch.equal(one, other)


@pytest.mark.slow
def test_membership_is_learned_and_the_same_seed_gives_the_same_weights():
    members = np.stack([[bool(each) and "ship" in each for each in VALUES["tokens"]], MEMBERS[:, 1]], axis=1)
    first, again = (trained_with(members, epochs=30, learning_rate=0.02)[0] for _ in range(2))
    found = answer(first, FEATURES).membership[:, 0]
    assert found[members[:, 0]].min() > found[~members[:, 0]].max()
    assert all(torch.equal(one, other) for one, other in zip(first.parameters(), again.parameters(), strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("make", ["texts", "points"])
def test_slices_with_labels_of_their_own_gain_ten_points_and_five_with_a_noisy_rule(make, repository, monkeypatch):
    monkeypatch.syspath_prepend(repository / "benchmarks")
    bench = runpy.run_path(str(repository / "benchmarks" / "slices.py"))
    without, sliced, some_wrong, most_wrong = found = [], [], [], []
    for seed in range(2):
        problem = bench[make](bench["N_TRAIN"] + bench["N_DEV"] + bench["N_TEST"], seed)
        rules = (problem.members, problem.members, *(bench[name](problem.members, seed) for name in NOISE))
        for scores, rule in zip(found, rules, strict=True):
            fitted = bench["fitted"](problem, rule, capacity=scores is not without, seed=seed)
            overall, *of_slices = bench["scores"](problem, fitted)
            scores.append((overall, np.mean(of_slices)))
    overall, of_slices = np.mean(without, axis=0)
    for scores, gain in ((sliced, 0.10), (some_wrong, 0.05), (most_wrong, 0.05)):
        overall_sliced, gained = np.mean(scores, axis=0)
        assert gained >= of_slices + gain
        assert overall_sliced >= overall
