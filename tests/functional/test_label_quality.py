"""On real projects, weighing sources by agreement beats counting them; judged on gold that no label model sees."""

import pytest

from transom.pipeline.lifecycle import run

pytestmark = pytest.mark.functional


@pytest.mark.parametrize(("project", "gain"), [("youtube", 0.03), ("hausa_news", 0.01)])
def test_auto_is_better_than_the_majority(shared_projects, tmp_path, project, gain):
    rows = run(shared_projects / project, store=tmp_path, until="label").report.rows
    right = {row.stage: row.value for row in rows if (row.split, row.tag, row.metric) == ("train", "*", "accuracy")}
    assert right["label_model"] > right["majority"] + gain


def test_dev_gold_finds_the_source_that_the_others_outvote(shared_projects, tmp_path):
    rows = run(shared_projects / "aida_select", store=tmp_path, until="label").report.rows
    right = {row.stage: row.value for row in rows if (row.split, row.tag, row.metric) == ("train", "*", "accuracy")}
    assert right["label_model"] > right["majority"] + 0.04
