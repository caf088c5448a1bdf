"""What is exported is tried on recorded examples."""

from dataclasses import dataclass, replace
from functools import partial

import pytest

from toy_models import SCHEMA, TASKS, compiled, random_values
from transom.errors import TrainingError
from transom.export.exporter import Exported, Subject
from transom.export.trial import TOLERANCE, export_proved, model_outputs, prove, trials
from transom.model.graph import Head, Units
from transom.model.heads import Scores
from transom.model.network import Network
from transom.model.saved import Model
from transom.schema.schema import Schema

VALUES = random_values(6)


@pytest.fixture(scope="module")
def subject():
    graph, spec, _ = compiled(Schema(SCHEMA.payloads[4:5], TASKS[4:5]), VALUES)
    return Subject(Model(Network(graph, spec).eval(), spec), VALUES)


def shifted(subject, by, _inputs):
    """What the model says, and a little more."""
    return {name: scores + by for name, scores in model_outputs(subject).items()}


def form(subject, by, **kind):
    return Exported({"a": b"12", "b": b"345"}, partial(shifted, subject, by), **kind)


@dataclass(frozen=True)
class Always:
    """Gives what it holds, whatever is exported."""

    exported: Exported

    def export(self, _subject):
        return self.exported


def test_a_form_that_should_be_exact_and_is_not_is_refused(subject):
    with pytest.raises(TrainingError) as caught:
        export_proved(Always(form(subject, 0.25)), subject)
    assert str(caught.value) == "T182 What was exported differs from the network by 0.25."


def test_a_form_that_may_differ_is_told_by_how_much(subject):
    rounded = form(subject, 0.25, is_exact=False)

    assert export_proved(Always(rounded), subject) is rounded
    assert prove(rounded, subject) == pytest.approx(0.25)


def test_a_form_that_is_exact_passes(subject):
    assert prove(form(subject, TOLERANCE / 2), subject) < TOLERANCE


def test_nan_is_never_exact(subject):
    with pytest.raises(TrainingError, match="T182"):
        prove(form(subject, float("nan")), subject)


@pytest.mark.parametrize("is_exact", [True, False])
def test_a_model_that_says_nan_itself_proves_no_form(is_exact):
    graph, spec, _ = compiled(Schema(SCHEMA.payloads[4:5], TASKS[4:5]), VALUES)
    network = Network(graph, spec).eval()
    for weights in network.parameters():
        weights.data.fill_(float("nan"))
    broken = Subject(Model(network, spec), VALUES)

    with pytest.raises(TrainingError) as caught:
        prove(form(broken, 0.0, is_exact=is_exact), broken)
    assert str(caught.value) == "T182 The network says NaN of a recorded example, which no form can be compared with."


@pytest.mark.parametrize("origin", [1.7e9, -1.7e9])
def test_numbers_far_from_zero_are_compared_in_the_units_in_which_they_were_learned(origin):
    graph, spec, _ = compiled(Schema(SCHEMA.payloads[3:4], TASKS[7:8]), VALUES)
    blocks = [replace(each, link=Units(origin, 100.0)) if isinstance(each, Head) else each for each in graph.blocks]
    far = Subject(Model(Network(replace(graph, blocks=tuple(blocks)), spec).eval(), spec), VALUES)

    assert prove(form(far, 0.001), far) == pytest.approx(1e-5, rel=1e-2)
    with pytest.raises(TrainingError, match=r"differs from the network by 0\.5\."):
        prove(form(far, 50.0), far)


def test_large_negative_numbers_are_compared_too():
    graph, spec, _ = compiled(Schema(SCHEMA.payloads[3:4], TASKS[7:8]), VALUES)
    network = Network(graph, spec).eval()
    for part in network.modules():
        if isinstance(part, Scores):
            part.shift.fill_(-5e8)
    losses = Subject(Model(network, spec), VALUES)

    assert prove(form(losses, 1e3), losses) < TOLERANCE, "float32 does not hold them apart"
    with pytest.raises(TrainingError, match=r"differs from the network by 0\.2\."):
        prove(form(losses, 1e8), losses)


@pytest.mark.slow
def test_the_trial_of_each_form_says_how_large_how_far_and_how_slow_it_is(subject):
    found = trials({"near": form(subject, 0.0), "far": form(subject, 0.5, is_exact=False)}, subject)

    assert list(found) == ["near", "far"]
    assert found["far"].size_bytes == 5
    assert found["far"].compressed_bytes > 5, "so little does not shrink"
    assert found["far"].largest_difference == pytest.approx(0.5)
    assert found["near"].largest_difference == 0
    assert min(each.latency_ms for each in found.values()) > 0
    assert set(found["near"].as_dict()) == {
        "format",
        "size_bytes",
        "compressed_bytes",
        "largest_difference",
        "latency_ms",
    }
