import pytest

from cached_project import write_project
from transom.errors import ProjectError, UsageError
from transom.export.executions import last_executions
from transom.pipeline.lifecycle import LIFE_CYCLE, label, run
from transom.pipeline.reuse import Reuse


def test_every_stage_takes_what_stages_before_it_give():
    known = set()
    for stage in LIFE_CYCLE:
        assert set(stage.inputs) <= known
        assert stage.otherwise is None or stage.otherwise in known
        known.add(stage.name)


@pytest.mark.parametrize("asked", [{"until": "trian"}, {"reuse": Reuse(force=("trian",))}])
def test_a_name_that_is_no_stage_is_said_before_anything_runs(tmp_path, asked):
    with pytest.raises(UsageError) as caught:
        run(tmp_path, **asked)
    assert caught.value.problem.code == "T176"
    assert not (tmp_path / ".transom").exists()


@pytest.mark.slow
def test_labels_are_taken_over_rule_by_rule(tmp_path):
    folder = write_project(tmp_path / "project")
    first = label(folder)
    kept = sorted((folder / ".transom" / "cache" / "remembered").glob("??/*"))
    assert {record.stage: record.status for record in first.stages}["label"] == "ran"
    sources = folder / "sources.yaml"
    sources.write_text(sources.read_text().replace("free|win", "free|check"))
    again = label(folder)
    now = sorted((folder / ".transom" / "cache" / "remembered").glob("??/*"))
    assert len(set(now) - set(kept)) == 2  # the votes of the rule, and what the run says
    assert {row.source for row in again.sources} == {row.source for row in first.sources}
    assert again.report != first.report


@pytest.mark.slow
def test_a_repeated_run_says_the_same(tmp_path):
    folder = write_project(tmp_path / "project")
    first, second = label(folder), label(folder)
    assert (first.report, first.sources, first.tasks, first.warnings) == (
        second.report, second.sources, second.tasks, second.warnings,
    )  # fmt: skip
    assert "ran" not in {record.status for record in second.stages}


def test_a_slice_that_fails_on_one_example_ends_the_run_before_anything_is_trained(tmp_path):
    folder = write_project(tmp_path / "project")
    schema = folder / "schema.yaml"
    schema.write_text(schema.read_text().replace('where: "price < 4"', 'python: "odd:odd"'))
    (folder / "odd.py").write_text("def odd(x):\n    return 1 / (x.id != 'e7') > 0\n")
    with pytest.raises(ProjectError) as caught:
        run(folder)
    assert str(caught.value) == (
        "odd.py:2 T082 odd:odd raised ZeroDivisionError: division by zero, on the example 'e7'. "
        "Mend it for such an example."
    )
    assert {name: done.status for name, done in last_executions(folder / ".transom").items()} == {
        "check": "ran", "guard": "failed",
    }  # fmt: skip
