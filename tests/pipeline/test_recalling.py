import shutil
from dataclasses import replace

import pytest

from cached_project import replaced, write_project
from transom.errors import ProjectError
from transom.export.layout import OBJECTS
from transom.pipeline.datasets import datasets_of
from transom.pipeline.ingesting import ingest_project
from transom.pipeline.labeling import label
from transom.pipeline.lifecycle import label as run_label
from transom.pipeline.lifecycle import run
from transom.pipeline.recalling import examples_of, labeled
from transom.pipeline.request import Request
from transom.pipeline.workspace import open_workspace


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = write_project(tmp_path_factory.mktemp("recalling") / "project")
    run_label(folder)
    return folder


@pytest.fixture
def project(finished, tmp_path):
    """A project whose labels a run has made."""
    return shutil.copytree(finished, tmp_path / "project")


def asked(folder, *settings):
    """A request, and the list of what it says of its progress."""
    told = []
    return Request(open_workspace(folder, overrides=settings), advance=lambda what, _share: told.append(what)), told


def test_what_a_run_gave_is_not_worked_out_again(project):
    request, told = asked(project)
    known = labeled(request)
    assert told == []
    assert examples_of(request) == known.examples
    assert told == []


def test_what_is_recalled_is_what_would_be_worked_out(project):
    request, _ = asked(project)
    known = labeled(request)
    examples = ingest_project(request)
    assert replace(known.examples.dataset, folder=examples.dataset.folder) == examples.dataset
    (one,), (other,) = known.labels, label(request, examples)
    assert (one.sources, one.table) == (other.sources, other.table)
    assert (one.gold.values == other.gold.values).all()
    assert (one.combined.targets.probabilities == other.combined.targets.probabilities).all()


@pytest.mark.slow
def test_lines_that_a_run_left_out_are_left_out_here_too(project):
    lines = project / "data" / "all.jsonl"
    lines.write_text(lines.read_text() + "not json\n")
    request, told = asked(project)
    with pytest.raises(ProjectError, match="T030"):
        labeled(request)
    run(project, until="extend", skip_bad_lines=True)
    told.clear()
    known = labeled(request)
    assert (known.examples.dataset.n_examples, known.examples.n_refused, told) == (60, 1, [])


def test_without_a_run_it_is_worked_out_without_one(project):
    shutil.rmtree(project / ".transom")
    request, told = asked(project)
    assert labeled(request).examples.dataset.n_examples == 60
    assert "label spam" in told


@pytest.mark.parametrize(
    ("edit", "worked_out"),
    [
        (replaced("data/all.jsonl", "free", "fred"), {"read", "label"}),
        (replaced("sources.yaml", "free|win", "free"), {"label"}),
        (replaced("words.py", "money", "check"), {"label"}),
        (replaced("schema.yaml", "price < 4", "price < 5"), set()),
        (replaced("model.yaml", "seed: 3", "seed: 4"), set()),
    ],
)
def test_a_change_is_seen(project, edit, worked_out):
    edit(project)
    request, told = asked(project)
    known = labeled(request)
    assert {what.split()[0] for what in told} == worked_out
    assert known.examples.dataset.schema == request.workspace.schema


def test_a_result_that_is_damaged_or_gone_is_worked_out_again(project):
    store = project / ".transom"
    for path in (store / OBJECTS).glob("??/*"):
        path.write_bytes(b"torn")
    assert labeled(asked(project)[0]).examples.dataset.n_examples == 60
    for folder in datasets_of(store).iterdir():
        next(folder.iterdir()).unlink()
    assert examples_of(asked(project)[0]).dataset.n_examples == 60


@pytest.mark.slow
def test_labels_are_extended_where_the_project_asks_for_it(project):
    setting = 'extend={"payload": "text", "threshold": 0.7}'
    fresh = labeled(asked(project, setting)[0]).labels
    run_label(project, settings=(setting,))
    request, told = asked(project, setting)
    recalled = labeled(request).labels
    assert told == []
    assert recalled[0].extension == fresh[0].extension
    assert recalled[0].extension is not None


def test_a_broken_line_is_an_error_as_ever(project):
    replaced("data/all.jsonl", '{"id"', '{id"')(project)
    with pytest.raises(ProjectError):
        examples_of(asked(project)[0])
