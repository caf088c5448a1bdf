"""A program of ExecuTorch says what the network says; these run where the extra `edge` is installed."""

import sys
from importlib.util import find_spec

import numpy as np
import pytest

from toy_models import SCHEMA, TASKS, compiled, random_values
from transom.data.features.columns import ColumnReading, ColumnSpec, TableSpec
from transom.errors import MissingExtraError, TrainingError
from transom.export.exporter import Subject
from transom.export.exporters.executorch import PROGRAM, ExecuTorch, most_of_axes
from transom.export.signature import SIGNATURE
from transom.export.trial import TOLERANCE, prove
from transom.model.forest import Forest
from transom.model.network import Network
from transom.model.saved import Model
from transom.model.settings import Convolution, Lstm, PayloadSettings, Transformer
from transom.schema.payloads import Singleton
from transom.schema.schema import Schema
from transom.schema.tasks import Multiclass

VALUES = random_values(12)
NOTES = Schema(SCHEMA.payloads[4:5], TASKS[4:5])
TOKENS = Schema(SCHEMA.payloads[:2], TASKS[2:4])

needs_executorch = pytest.mark.skipif(
    find_spec("executorch") is None, reason="the extra 'edge' is not installed: no program of ExecuTorch is tried"
)


def subject_of(schema, settings=None):
    graph, spec, _ = compiled(schema, VALUES, settings)
    return Subject(Model(Network(graph, spec).eval(), spec), VALUES)


def test_a_text_that_is_read_word_by_word_may_be_as_long_as_it_is_seen_whatever_else_is_read_of_it():
    texts = Schema((Singleton("note", "text"), Singleton("query", "text")), (Multiclass("role", ("a", "b"), "note"),))
    subject = subject_of(texts, {"note": PayloadSettings(Convolution(size=8))})
    most = dict(most_of_axes(subject))
    assert {"note.ngrams_rows", "note.overlap_rows"} < most.keys()
    assert most["note_elements"] == 512


@needs_executorch
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # ExecuTorch and torchao warn of what they do themselves
@pytest.mark.parametrize(
    ("schema", "settings"),
    [
        (NOTES, None),
        (TOKENS, {"tokens": PayloadSettings(Convolution(size=8), "attention")}),
        (TOKENS, {"tokens": PayloadSettings(Transformer(size=8), "mean")}),
        (SCHEMA, None),
    ],
    ids=["bag", "convolution", "transformer", "all payloads and tasks"],
)
def test_a_program_says_the_same_of_every_batch(schema, settings):
    subject = subject_of(schema, settings)
    exported = ExecuTorch().export(subject)

    for n_examples in (1, 5, 8):
        asked = Subject(subject.model, {name: column[-n_examples:] for name, column in VALUES.items()})
        assert prove(exported, asked) < TOLERANCE
    assert prove(exported, subject) < TOLERANCE, "more examples than fit are asked in parts"
    assert set(exported.files) == {PROGRAM, SIGNATURE}


@needs_executorch
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_network_that_executorch_cannot_run_is_refused_with_its_reason():
    subject = subject_of(TOKENS, {"tokens": PayloadSettings(Lstm(size=8), "attention")})
    with pytest.raises(TrainingError, match=r"^T237 ExecuTorch cannot run this network: .* Choose onnx, or another"):
        prove(ExecuTorch().export(subject), subject)


@needs_executorch
@pytest.mark.filterwarnings("ignore")
def test_what_trees_have_learned_is_refused():
    subject = subject_of(NOTES)
    table = TableSpec((ColumnSpec(ColumnReading("person", "number", "age")),))
    forest = Forest(Multiclass("old", ("no", "yes"), "person"), table, (), np.ones(2), np.zeros(2))
    with pytest.raises(TrainingError) as caught:
        ExecuTorch().export(Subject(Model(subject.model.network, subject.model.spec, (forest,)), VALUES))
    assert str(caught.value) == "T236 'executorch' cannot hold trees, which learned task 'old'. Choose onnx."


def test_without_the_extra_the_command_that_installs_it_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "executorch.exir", None)
    with pytest.raises(MissingExtraError) as caught:
        ExecuTorch().export(subject_of(NOTES))
    assert str(caught.value) == (
        "T160 The format 'executorch' needs the package 'executorch', which is not installed. "
        "Run: pip install 'transom[edge]'."
    )
