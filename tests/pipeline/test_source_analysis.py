"""What a look at the sources finds stands beside the labels, in a run that asks for it."""

import json

import pytest

from loop_project import write_project, write_rules
from transom.pipeline.lifecycle import label


@pytest.fixture
def project(tmp_path):
    project = write_project(tmp_path / "project")
    write_rules(project, "free", "song", "cheap", "loud", "tune", "people", "nice")
    return project


@pytest.mark.slow
def test_a_look_at_the_sources_is_added_to_what_label_says(project):
    plain, looked = label(project).as_dict(), label(project, analyse=True).as_dict()
    assert set(looked) - set(plain) == {"conflicts", "correlations", "slices", "suggestions"}
    assert {key: looked[key] for key in ("rows", "sources")} == {key: plain[key] for key in ("rows", "sources")}
    json.dumps(looked, allow_nan=False)


@pytest.mark.slow
def test_it_is_about_sources_and_subsets_of_the_project(project):
    found = label(project, analyse=True).analysis
    assert {each.source for each in found.conflicts if each.task == "spam"} <= {
        "clicks",
        "free",
        "song",
        "cheap",
        "loud",
    }
    assert {"slice:short", "odd"} <= {each.tag for each in found.reach}
    assert {(each.source, each.other) for each in found.correlations if each.task == "names"} == set()


@pytest.mark.slow
def test_a_second_look_gives_the_same(project):
    first, second = (label(project, analyse=True) for _ in range(2))
    assert first.analysis == second.analysis
