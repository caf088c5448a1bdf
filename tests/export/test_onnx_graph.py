"""What is exported says what the network says, whatever is asked of it."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from toy_models import PLACES, SCHEMA, TASKS, compiled, random_values
from transom.export.exporter import Subject, largest_difference
from transom.export.exporters.onnx import Onnx
from transom.export.exporters.onnx_int8 import OnnxInt8
from transom.export.onnx_graph import onnx_bytes
from transom.export.onnx_runner import onnx_runner
from transom.export.signature import NETWORK, SIGNATURE, signature_from_json
from transom.export.trial import TOLERANCE, model_outputs, prove
from transom.model.graph import Head, Units
from transom.model.network import Network
from transom.model.saved import Model
from transom.model.settings import Bag, Convolution, Gru, Lstm, PayloadSettings, Transformer
from transom.schema.schema import Schema
from transom.schema.slices import Slice

VALUES = random_values(12)
ENCODERS = [Bag(size=8), Convolution(size=8), Lstm(size=8), Gru(size=8), Transformer(size=8)]
TAGGED = Schema(SCHEMA.payloads[4:5], TASKS[4:5], slices=(Slice("long", tag="long"), Slice("loud", tag="loud")))


def subject_of(schema=SCHEMA, settings=None, examples=slice(None)):
    """A network with weights of any kind, and the payloads of some examples."""
    graph, spec, _ = compiled(schema, VALUES, settings)
    network = Network(graph, spec).eval()
    torch.manual_seed(1)
    for weight in network.parameters():
        torch.nn.init.normal_(weight, std=0.1)
    return Subject(Model(network, spec), {name: column[examples] for name, column in VALUES.items()})


def parts_of(subject, schema, settings):
    """The same network, asked about one example at a time."""
    return [
        Subject(subject.model, subject_of(schema, settings, slice(place, place + 1)).recorded) for place in range(12)
    ]


@pytest.mark.slow
def test_a_graph_of_all_payloads_and_tasks_says_the_same_of_every_batch():
    subject = subject_of()
    content = onnx_bytes(subject)

    for each in (subject, *parts_of(subject, SCHEMA, None)):
        assert largest_difference(model_outputs(each), onnx_runner(content)(each.inputs)) < TOLERANCE


@pytest.mark.slow
def test_numbers_in_units_of_their_own_lose_no_digit():
    subject = subject_of(Schema(SCHEMA.payloads[3:4], TASKS[7:8]))
    network = subject.model.network
    units = Units(1.7e9 + 40.1, 0.1)
    blocks = [replace(each, link=units) if isinstance(each, Head) else each for each in network.graph.blocks]
    network.graph = replace(network.graph, blocks=tuple(blocks))
    (ours,), (theirs,) = (
        each.values() for each in (model_outputs(subject), onnx_runner(onnx_bytes(subject))(subject.inputs))
    )
    assert theirs.dtype == np.float64
    assert theirs - 1.7e9 == pytest.approx(ours - 1.7e9, abs=1e-4)
    assert np.abs(ours - 1.7e9 - 40.1).max() < 10


@pytest.mark.slow
def test_members_without_fields_are_exported_too():
    subject = subject_of(PLACES)
    assert largest_difference(model_outputs(subject), onnx_runner(onnx_bytes(subject))(subject.inputs)) < TOLERANCE


@pytest.mark.slow
@pytest.mark.parametrize("encoder", ENCODERS, ids=lambda encoder: type(encoder).__name__)
def test_a_graph_of_any_encoder_says_the_same_of_every_batch(encoder):
    schema = Schema(SCHEMA.payloads[:2], TASKS[2:4])
    settings = {"tokens": PayloadSettings(encoder, "attention")}
    subject = subject_of(schema, settings)
    content = onnx_bytes(subject)

    for each in (subject, *parts_of(subject, schema, settings)):
        assert largest_difference(model_outputs(each), onnx_runner(content)(each.inputs)) < TOLERANCE


@pytest.mark.slow
@pytest.mark.parametrize("encoder", [Lstm(size=8), Gru(size=8)], ids=lambda encoder: type(encoder).__name__)
def test_a_memory_is_exported_again_by_the_same_process_as_it_was_before(encoder):
    schema = Schema(SCHEMA.payloads[4:5], TASKS[4:5])
    first, second = (onnx_bytes(subject_of(schema, {"note": PayloadSettings(encoder)})) for _ in range(2))

    assert first == second


@pytest.mark.slow
@pytest.mark.parametrize("encoder", [Lstm(size=8), Gru(size=8)], ids=lambda encoder: type(encoder).__name__)
def test_slices_of_a_task_on_tokens_that_a_memory_reads_say_the_same_of_every_batch(encoder):
    schema = Schema(SCHEMA.payloads[1:2], TASKS[:3], slices=TAGGED.slices)
    settings = {"tokens": PayloadSettings(encoder)}
    subject = subject_of(schema, settings)
    content = onnx_bytes(subject)

    for each in (subject, *parts_of(subject, schema, settings)):
        assert largest_difference(model_outputs(each), onnx_runner(content)(each.inputs)) < TOLERANCE


@pytest.mark.slow
def test_the_membership_of_slices_is_exported_too():
    subject = subject_of(TAGGED)
    exported = Onnx().export(subject)
    outputs = exported.run(subject.inputs)

    signature = signature_from_json(json.loads(exported.files[SIGNATURE]))
    assert signature.slices == ("long", "loud")
    assert outputs["slices"].shape == (12, 2)
    assert ((outputs["slices"] > 0) & (outputs["slices"] < 1)).all()


@pytest.mark.slow
def test_the_same_network_is_the_same_bytes_and_holds_no_trace_of_where_it_was_made():
    schema = Schema(SCHEMA.payloads[4:5], TASKS[4:5])
    first, second = onnx_bytes(subject_of(schema)), onnx_bytes(subject_of(schema))

    assert first == second
    assert b".py" not in first


@pytest.mark.slow
def test_the_signature_says_which_output_answers_which_task():
    subject = subject_of(Schema(SCHEMA.payloads[4:5], TASKS[4:5]))
    exported = Onnx().export(subject)
    signature = signature_from_json(json.loads(exported.files[SIGNATURE]))

    assert [(head.name, head.task, head.elements) for head in signature.heads] == [("scores.0", "topics", None)]
    assert set(signature.inputs) == {"note.ids", "note.weights", "note.index"}
    assert prove(exported, subject) < TOLERANCE
    assert exported.size_bytes == sum(map(len, exported.files.values()))


@pytest.mark.slow
def test_weights_of_eight_bits_take_less_room_and_say_nearly_the_same():
    subject = subject_of(Schema(SCHEMA.payloads[4:5], TASKS[4:5]), {"note": PayloadSettings(Bag(size=64))})
    whole, rounded = Onnx().export(subject), OnnxInt8().export(subject)

    assert len(rounded.files[NETWORK]) < 0.5 * len(whole.files[NETWORK])
    assert prove(whole, subject) < prove(rounded, subject) < 0.1


def test_outputs_that_differ_are_told_by_how_much():
    ours, theirs = {"a": np.array([1.0, -1e9])}, {"a": np.array([1.5, 0.0])}

    assert largest_difference(ours, theirs) == 0.5


def test_numbers_in_thousands_are_compared_as_shares_of_the_largest():
    ours, theirs = {"price": np.array([5000.0, -8000.0])}, {"price": np.array([5000.0, -8004.0])}

    assert largest_difference(ours, theirs) == 0.0005
