"""A version leaves in any registered form that is worth having."""

import resource
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from cached_project import write_project
from transom.errors import ArtifactError, UsageError
from transom.evaluation.compare import Comparison
from transom.evaluation.gate import Verdict
from transom.export.aliases import Reason
from transom.export.artifact import read_manifest
from transom.export.recorded import RECORDED
from transom.export.signature import NETWORK, SIGNATURE
from transom.export.store import open_version, register
from transom.export.trial import Trial
from transom.pipeline.answers import open_answering
from transom.pipeline.exports import EXACT, export_version
from transom.pipeline.form_quality import FormQuality, measure_form, refusals
from transom.pipeline.lifecycle import run
from transom.pipeline.request import Request
from transom.pipeline.workspace import open_workspace
from transom.serving.predictor import open_predictor

WHOLE = Trial("onnx", 1000, 900, 1e-6, 0.100)
PASSED = Verdict("passed", "1 of 1 rules are kept", 1)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project with one version, and a gate."""
    folder = write_project(tmp_path_factory.mktemp("exported") / "project", n_rows=600)
    (folder / "deploy.yaml").write_text("gate: [{task: spam, slice: loud, metric: accuracy, max_drop: 0.05}]\n")
    run(folder)
    return folder


@dataclass(frozen=True)
class Inverted:
    """A network whose scores of classes are the other way round."""

    run: Callable

    def __call__(self, arrays):
        return {name: -scores if name.startswith("scores") else scores for name, scores in self.run(arrays).items()}


def row(gain, *, tag="*", metric="accuracy", n=100):
    return Comparison("spam", tag, metric, 0.9, 0.9 + gain, gain, gain, gain, 0.01, 0.9, n)


def reasons(asked, *rows, verdict=PASSED):
    return list(refusals(asked, WHOLE, FormQuality(rows, verdict)))


def test_a_form_that_is_small_fast_and_as_good_is_not_refused():
    assert reasons(Trial("onnx-int8", 300, 200, 0.1, 0.099), row(-0.01), row(-0.5, metric="ece")) == []


@pytest.mark.parametrize(
    ("asked", "rows", "verdict", "reason"),
    [
        (Trial("onnx-int8", 309, 200, 0.1, 0.05), (), PASSED, "it has 31% of the bytes of onnx, more than 30%"),
        (
            Trial("onnx-int8", 250, 200, 0.1, 0.1),
            (),
            PASSED,
            "a record takes 0.100 ms, not less than the 0.100 ms of onnx",
        ),
        (
            Trial("onnx-int8", 250, 200, 0.1, 0.05),
            (row(-0.02),),
            PASSED,
            "spam accuracy: 0.900 → 0.880, a loss of more than 0.01",
        ),
        (
            Trial("onnx-int8", 250, 200, 0.1, 0.05),
            (),
            Verdict("refused", "spam accuracy on slice:loud: a loss", 1),
            "spam accuracy on slice:loud: a loss",
        ),
    ],
)
def test_each_reason_to_refuse_a_form_is_said(asked, rows, verdict, reason):
    assert reasons(asked, *rows, verdict=verdict) == [reason]


def test_a_loss_on_few_rows_or_on_a_slice_by_chance_is_the_gates_to_judge():
    assert reasons(Trial("onnx-int8", 250, 200, 0.1, 0.05), row(-0.1, n=29), row(-0.1, tag="slice:loud")) == []


@pytest.mark.slow
def test_a_form_that_loses_a_slice_is_refused_by_the_gate(project):
    artifact, answering = open_version(project / ".transom", "1"), open_answering(project)
    form = open_predictor(artifact)
    request = Request(open_workspace(project))
    same, upside_down = (
        measure_form(request, answering, each) for each in (form, replace(form, run=Inverted(form.run)))
    )

    assert not same.verdict.is_refused
    assert all(abs(each.gain) < 1e-6 for each in same.rows)  # probabilities are float32
    assert {each.tag for each in same.rows} == {"*", "slice:short", "slice:cheap", "slice:loud"}
    assert upside_down.verdict.is_refused
    assert "spam accuracy on slice:loud" in upside_down.verdict.why
    assert {each.tag for each in upside_down.verdict.judgements} == {"slice:short", "slice:cheap", "slice:loud"}


@pytest.mark.slow
def test_a_form_that_is_refused_says_why_and_leaves_the_exact_one(project, tmp_path):
    whole = export_version(project, tmp_path / "whole", format="onnx")
    rounded = export_version(project, tmp_path / "rounded", format="onnx-int8", version="1")

    assert whole.files == rounded.files == (NETWORK, SIGNATURE)
    assert whole.written.size_bytes == sum((tmp_path / "whole" / name).stat().st_size for name in whole.files)
    assert (whole.refused, whole.rows) == (None, ())
    assert rounded.asked.format == "onnx-int8"
    assert rounded.rows
    assert rounded.refused is not None, "a network this small gains nothing"
    assert str(rounded.refused).startswith("T235 onnx-int8 is refused, and onnx was written in its place: it has ")
    assert rounded.written.format == EXACT
    assert (tmp_path / "rounded" / NETWORK).read_bytes() == (tmp_path / "whole" / NETWORK).read_bytes()
    assert rounded.as_dict()["refused"] == rounded.refused.message
    with pytest.raises(UsageError, match="T172"):
        export_version(project, tmp_path / "whole", format="onnx")


@pytest.mark.slow
@pytest.mark.parametrize("form", ["onnx", "onnx-int8"])
def test_forms_of_onnx_are_made_of_the_versions_own_file_and_nothing_is_traced(project, tmp_path, monkeypatch, form):
    monkeypatch.delattr("torch.onnx.export")

    export_version(project, tmp_path / "out", format=form)

    served = open_version(project / ".transom", "1").read(NETWORK)
    assert (tmp_path / "out" / NETWORK).read_bytes() == served  # the small network is refused in eight bits


def write_places(folder, n_numbers):
    """A project whose vectors have so many numbers."""
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "schema.yaml").write_text(
        "payloads: {place: {type: singleton, value: vector}}\n"
        "tasks: {near: {payload: place, type: multiclass, classes: ['no', 'yes']}}\ngold: [gold]\n"
    )
    (folder / "model.yaml").write_text("training: {epochs: 1}\n")
    lines = "".join(
        f'{{"id": "{row}", "payloads": {{"place": {[row % 7 - 3.5] * n_numbers}}}, '
        f'"tasks": {{"near": {{"gold": "{"yes" if row % 7 > 3 else "no"}"}}}}}}\n'
        for row in range(60)
    )
    (folder / "data" / "all.jsonl").write_text(lines)
    return folder


@pytest.mark.slow
def test_a_form_is_not_measured_on_vectors_of_another_length_than_its_version_reads(tmp_path):
    folder = write_places(tmp_path / "places", 2)
    run(folder)
    assert not export_version(folder, tmp_path / "before", format="onnx-int8").is_unmeasured

    write_places(folder, 3)
    done = export_version(folder, tmp_path / "after", format="onnx-int8")

    assert (done.rows, done.is_unmeasured, done.as_dict()["is_unmeasured"]) == ((), True, True)
    assert not export_version(folder, tmp_path / "exact", format="onnx").is_unmeasured


@pytest.mark.slow
def test_an_export_for_which_the_disk_has_no_room_leaves_an_empty_folder(project, tmp_path):
    whole = export_version(project, tmp_path / "whole", format="onnx")
    before, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, ((whole.folder / NETWORK).stat().st_size - 1, most))
    try:
        with pytest.raises(OSError, match="File too large"):
            export_version(project, tmp_path / "again", format="onnx")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, most))
    assert export_version(project, tmp_path / "again", format="onnx").files == whole.files


@pytest.mark.slow
@pytest.mark.parametrize("form", ["onnx", "onnx-int8", "torch"])
def test_a_version_that_has_recorded_nothing_proves_no_form(project, tmp_path, form):
    made = open_version(project / ".transom", "1")
    names = read_manifest(made.read, str(made.folder)).files.keys() - {NETWORK, SIGNATURE, RECORDED}
    reason = Reason("somebody", datetime.now(UTC))
    number = register(project / ".transom", {name: made.read(name) for name in names}, made.about, reason, alias=None)

    with pytest.raises(ArtifactError, match="T183 this version has recorded no examples"):
        export_version(project, tmp_path / "out", format=form, version=str(number))
    assert not (tmp_path / "out").exists()


def test_an_unknown_form_suggests_the_nearest(tmp_path):
    with pytest.raises(UsageError) as raised:
        export_version(tmp_path, tmp_path / "out", format="onx")

    assert (
        str(raised.value.problem)
        == "T010 'onx' is not a known exporter. Known: executorch, onnx, onnx-int8, torch. Did you mean onnx?"
    )
