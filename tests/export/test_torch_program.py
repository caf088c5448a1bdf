"""A program of torch says what the network says, and is read without transom."""

import io

import numpy as np
import pytest
import torch

from tiny_bert import save_tiny_bert
from toy_models import SCHEMA, TASKS, compiled, random_values
from transom.data.features.columns import ColumnReading, ColumnSpec, TableSpec
from transom.errors import TrainingError
from transom.export.exporter import Subject, largest_difference
from transom.export.exporters.torch_program import PROGRAM, TorchProgram
from transom.export.trial import TOLERANCE, model_outputs
from transom.model.forest import Forest
from transom.model.network import Network
from transom.model.saved import Model
from transom.model.settings import Lstm, PayloadSettings, Pretrained, Transformer
from transom.schema.schema import Schema
from transom.schema.tasks import Multiclass

VALUES = random_values(12)
NOTES = Schema(SCHEMA.payloads[4:5], TASKS[4:5])
TOKENS = Schema(SCHEMA.payloads[:2], TASKS[2:4])


def subject_of(schema, settings=None, examples=slice(None)):
    """A network with weights of any kind, and the payloads of some examples."""
    graph, spec, _ = compiled(schema, VALUES, settings)
    network = Network(graph, spec).eval()
    torch.manual_seed(1)
    for weight in network.parameters():
        torch.nn.init.normal_(weight, std=0.1)
    return Subject(Model(network, spec), {name: column[examples] for name, column in VALUES.items()})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("schema", "settings"),
    [
        (NOTES, None),
        (TOKENS, {"tokens": PayloadSettings(Lstm(size=8), "attention")}),
        (TOKENS, {"tokens": PayloadSettings(Transformer(size=8), "mean")}),
        (SCHEMA, None),
    ],
    ids=["bag", "lstm", "transformer", "all payloads and tasks"],
)
def test_a_program_says_the_same_of_every_batch(schema, settings):
    program = TorchProgram().export(subject_of(schema, settings))

    for examples in (slice(None), slice(3, 4), slice(5, 10)):
        asked = subject_of(schema, settings, examples)
        assert largest_difference(model_outputs(asked), program.run(asked.inputs)) < TOLERANCE


@pytest.mark.slow
def test_a_program_of_a_published_transformer_reads_texts_as_long_as_it_may(tmp_path):
    chosen = Pretrained(model=save_tiny_bert(tmp_path / "tiny"), size=6, max_length=10)
    subject = subject_of(NOTES, {"note": PayloadSettings(chosen)})
    program = TorchProgram().export(subject)

    for texts in (["good films", None, "a " * 100], ["the bad film"]):
        asked = Subject(subject.model, {**VALUES, "note": texts})
        assert largest_difference(model_outputs(asked), program.run(asked.inputs)) < TOLERANCE


@pytest.mark.slow
def test_a_program_is_read_without_transom():
    subject = subject_of(NOTES)
    exported = TorchProgram().export(subject)

    program = torch.export.load(io.BytesIO(exported.files[PROGRAM])).module()
    (scores,) = program(inputs={name: torch.from_numpy(array) for name, array in subject.inputs.items()})

    assert torch.allclose(scores, torch.from_numpy(model_outputs(subject)["scores.0"]), atol=TOLERANCE)


def test_what_trees_have_learned_is_refused(forest):
    subject = subject_of(NOTES)
    with pytest.raises(TrainingError) as caught:
        TorchProgram().export(Subject(Model(subject.model.network, subject.model.spec, (forest,)), subject.recorded))
    assert str(caught.value) == "T236 'torch' cannot hold trees, which learned task 'old'. Choose onnx."


@pytest.fixture
def forest():
    """Trees that nobody asks."""
    table = TableSpec((ColumnSpec(ColumnReading("person", "number", "age")),))
    return Forest(Multiclass("old", ("no", "yes"), "person"), table, (), np.ones(2), np.zeros(2))
