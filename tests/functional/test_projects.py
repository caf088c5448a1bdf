"""Whole runs on real data, with the defaults."""

import statistics

import pytest

from transom.pipeline.lifecycle import run

pytestmark = pytest.mark.functional


def value(report, stage, metric="accuracy", split="test"):
    """One figure of a report on everything."""
    chosen = [row for row in report.rows if (row.stage, row.metric, row.split, row.tag) == (stage, metric, split, "*")]
    assert len(chosen) == 1, (stage, metric, split)
    return chosen[0]


def test_youtube_is_right_nine_times_in_ten(shared_projects, tmp_path):
    runs = [run(shared_projects / "youtube", store=tmp_path, settings=[f"training.seed={seed}"]) for seed in range(5)]
    assert statistics.mean(value(each.report, "model").value for each in runs) >= 0.90
    assert [each.version for each in runs] == [1, 2, 3, 4, 5]


def test_hausa_news_learns_at_least_what_its_label_model_knows(shared_projects, tmp_path):
    report = run(shared_projects / "hausa_news", store=tmp_path).report
    assert value(report, "model").high >= value(report, "label_model").value


@pytest.mark.parametrize(
    ("project", "stages"),
    [
        ("trec", {"majority", "label_model", "model", "baseline:linear", "baseline:linear_majority"}),
        ("adult", {"model", "baseline:linear", "baseline:majority_class"}),
        ("hausa_news", {"majority", "label_model", "model", "baseline:best_source"}),
    ],
)
def test_every_stage_is_reported_with_intervals(shared_projects, tmp_path, project, stages):
    report = run(shared_projects / project, store=tmp_path).report
    rows = [value(report, stage) for stage in stages]
    assert all(row.low < row.value < row.high for row in rows)
    assert all(row.n >= 500 for row in rows)


@pytest.mark.parametrize("project", ["snips", "bc5cdr", "aida_select", "weather_crowd", "elec2", "agnews"])
def test_labels_of_every_kind_of_task_are_combined(shared_projects, tmp_path, project):
    done = run(shared_projects / project, store=tmp_path, until="label")
    assert done.tasks
    assert all(0 <= row.low <= row.value <= row.high for row in done.report.rows if row.low is not None)
