"""Each save of a watched project makes a round, also one that breaks it."""

from functools import partial
from pathlib import Path

import pytest

from loop_project import write_project, write_rules
from transom.errors import ProjectError
from transom.pipeline.watching import watch
from transom.pipeline.workspace import open_workspace


@pytest.fixture
def project(tmp_path):
    folder = write_project(tmp_path / "project", n_rows=24)
    write_rules(folder, "free", "song")
    return folder


def rounds(folder, *saves):
    """The rounds of a project of which each pause saves something."""
    pending = iter(saves)
    watched = watch(partial(open_workspace, folder), partial(_save, pending))
    return [next(watched) for _ in range(1 + sum(save is not nothing for save in saves))]


def _save(pending):
    next(pending)()


def nothing():
    """A pause in which nobody saves."""


def test_the_first_round_is_the_project_as_it_is_and_each_save_makes_one_more(project):
    first, second = rounds(project, nothing, nothing, lambda: write_rules(project, "free", "song", "cheap"))
    assert (first.change, first.problems) == (None, ())
    assert [(each.rule, each.what) for each in second.change.rules] == [("cheap", "added")]


def test_a_broken_file_keeps_the_last_good_state_and_all_its_problems_are_told(project):
    def break_it():
        (project / "sources.yaml").write_text("sources:\n  a: {task: nope, regex: x}\n  b: {regex: '(', task: spam}\n")

    first, broken, mended = rounds(project, break_it, lambda: write_rules(project, "song"))
    assert broken.state is first.state
    assert {problem.at.line for problem in broken.problems} == {2, 3}
    assert len(broken.problems) > 2
    assert mended.problems == ()
    assert [(each.rule, each.what) for each in mended.change.rules] == [("free", "removed")]


@pytest.mark.slow
def test_a_module_that_does_not_compile_keeps_the_last_good_state(project):
    write_rules(project, "loud", "song")
    good = (project / "rules.py").read_text()

    def break_it():
        (project / "rules.py").write_text(good + "def lf_more(x:\n")

    first, broken, mended = rounds(project, break_it, lambda: (project / "rules.py").write_text(good))
    assert broken.state is first.state
    assert [problem.code for problem in broken.problems] == ["T081"]
    assert "rules.py:7" in broken.problems[0].message
    assert mended.change.rules == ()


@pytest.mark.slow
def test_a_module_in_a_folder_is_looked_at_until_it_is_mended(project):
    module = project / "lists" / "words.py"
    module.parent.mkdir()
    (module.parent / "__init__.py").touch()
    module.write_text("WORDS = {'song'}\n")
    own = (project / "rules.py").read_text()
    (project / "rules.py").write_text(own + "\nfrom lists.words import WORDS\n")
    write_rules(project, "loud", "song")

    first, broken, mended = rounds(
        project,
        lambda: module.write_text("WORDS = {\n"),
        nothing,
        nothing,
        lambda: module.write_text("WORDS = set()\n"),
    )
    assert broken.state is first.state
    assert [problem.code for problem in broken.problems] == ["T081"]
    assert mended.problems == ()


@pytest.mark.slow
def test_pauses_without_a_save_make_no_round_where_the_folder_has_no_absolute_name(project, monkeypatch):
    monkeypatch.chdir(project)
    write_rules(project, "loud", "song")
    good = (project / "rules.py").read_text()
    saves = (
        nothing,
        lambda: (project / "rules.py").write_text(good + "(\n"),
        nothing,
        partial(write_rules, project, "song"),
    )
    _, broken, mended = rounds(Path(), *saves)
    assert [problem.code for problem in broken.problems] == ["T081"]
    assert [(each.rule, each.what) for each in mended.change.rules] == [("loud", "removed")]


@pytest.mark.slow
def test_new_data_and_a_new_schema_are_read_anew(project):
    data, schema = project / "data" / "all.jsonl", project / "schema.yaml"
    lines = data.read_text().splitlines()

    def rename():
        schema.write_text(schema.read_text().replace("[person]", "[people]"))

    _, shorter, renamed = rounds(project, lambda: data.write_text("\n".join(lines[:12])), rename)
    assert shorter.change is None
    assert shorter.state.given.rows.height == 12
    assert renamed.problems
    assert renamed.state is shorter.state


@pytest.mark.slow
def test_a_file_that_a_new_rule_names_is_watched(project):
    def use_facts():
        write_rules(project, "free", "song", "fact")

    def edit_facts():
        (project / "facts.csv").write_text("word,kind\nsong,ham\n")

    _, used, changed = rounds(project, use_facts, edit_facts)
    assert [(each.rule, each.what) for each in used.change.rules] == [("fact", "added")]
    assert [(each.rule, each.what) for each in changed.change.rules] == [("fact", "changed")]


def test_a_project_that_is_broken_from_the_start_is_an_error(project):
    (project / "schema.yaml").write_text("payloads: 3\n")
    with pytest.raises(ProjectError):
        rounds(project)
