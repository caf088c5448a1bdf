"""A loop over edits of rules says what a fresh run would say, and does again only what an edit touches."""

import re
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loop_project import RULES, write_project, write_rules
from transom.errors import ProjectError
from transom.pipeline.lifecycle import label
from transom.pipeline.request import Request
from transom.pipeline.rule_changes import ChangedRows, RuleChange
from transom.pipeline.rule_loop import LoopState, as_run, open_loop, updated
from transom.pipeline.workspace import open_workspace


@pytest.fixture
def project(tmp_path):
    return write_project(tmp_path / "project")


def opened(folder) -> LoopState:
    return open_loop(Request(open_workspace(folder)))


def edited(state: LoopState):
    """The state and the change after the project's files were edited."""
    return updated(state, open_workspace(state.workspace.folder))


def require_equal(state: LoopState, fresh: LoopState):
    assert state.sources == fresh.sources
    assert state.report == fresh.report
    assert state.problems == fresh.problems
    assert as_run(state).warnings == as_run(fresh).warnings
    for one, other in zip(state.tasks, fresh.tasks, strict=True):
        for mine, theirs in zip(said_of(one), said_of(other), strict=True):
            assert np.array_equal(mine.labels, theirs.labels)
            assert np.array_equal(mine.probabilities, theirs.probabilities, equal_nan=True)
        mine, theirs = one.labels.combined.targets, other.labels.combined.targets
        assert np.array_equal(mine.weights, theirs.weights)
        assert np.array_equal(mine.probabilities, theirs.probabilities, equal_nan=True)


def said_of(one):
    """What the votes on a task come to: nothing, where no source votes."""
    combined = one.labels.combined
    return [said for said in (combined.majority, combined.label_model) if said is not None]


FILES = {
    "rules.py": ["", "def later():\n    return 1\n"],
    "words.py": ['LOUD = "win"\n', 'LOUD = "love"\n'],
    "facts.csv": ["word,kind\nmoney,spam\n", "word,kind\nsong,ham\nmoney,ham\n"],
    "people.txt": ["ann\nbob\n", "ann\n"],
    "model.yaml": ["label_model: majority\n", "use_dev: false\n", "{}\n"],
    "cuts.py": ["def short(x):\n    return len(x.text) < 9\n"],
}
saved_rules = st.lists(st.sampled_from(sorted(RULES)), max_size=6, unique_by=str.strip).map(
    lambda names: ("rules", names)
)
saved_files = st.sampled_from([(name, text) for name, texts in FILES.items() for text in texts])


@pytest.mark.slow
@given(saves=st.lists(saved_rules | saved_files, min_size=1, max_size=4))
@settings(max_examples=30, deadline=None)
def test_after_any_saves_the_labels_are_those_of_a_fresh_run(saves):
    with tempfile.TemporaryDirectory() as scratch:
        require_equal_to_a_fresh_run(write_project(Path(scratch) / "project", n_rows=24), saves)


@pytest.mark.slow
def test_after_one_save_of_each_kind_the_labels_are_those_of_a_fresh_run(project):
    rules = [("rules", names) for names in (["free", "loud", "fact", "people"], ["free ", "loud", "people", "cash"])]
    files = [(name, texts[0]) for name, texts in FILES.items() if name != "model.yaml"]
    require_equal_to_a_fresh_run(project, [*rules, *files, ("model.yaml", "use_dev: false\n")])


def require_equal_to_a_fresh_run(folder, saves):
    state = opened(folder)
    for name, content in saves:
        if name == "rules":
            write_rules(folder, *content)
        else:
            before = (folder / name).read_text() if name == "rules.py" else ""
            (folder / name).write_text(before + content)
        state, _ = edited(state)
    require_equal(state, opened(folder))


@pytest.mark.slow
def test_the_labels_are_those_of_the_command_label(project):
    write_rules(project, *(name for name in RULES if name.strip() == name))
    state, run = opened(project), label(project)
    assert (state.sources, state.report, as_run(state).warnings) == (run.sources, run.report, run.warnings)
    assert as_run(state).as_dict() == {**run.as_dict(), "stages": []}


def test_a_change_names_the_rules_and_the_rows_whose_votes_they_moved(project):
    write_rules(project, "free", "song", "cheap")
    state = opened(project)
    texts = dict(zip(state.given.rows["id"], state.given.rows["text"], strict=True))
    write_rules(project, "free ", "song", "tune")
    _, change = edited(state)
    won = [name for name, text in texts.items() if "win" in text and "free" not in text]
    sung = [name for name, text in texts.items() if "song" in text]
    assert change.rules == (
        RuleChange("free", "spam", "changed", ChangedRows(len(won), tuple(won[:20]))),
        RuleChange("cheap", "spam", "removed", change.rules[1].rows),
        RuleChange("tune", "topics", "added", ChangedRows(len(sung), tuple(sung[:20]))),
    )
    assert change.rules[1].rows.n > 0


def test_a_change_shows_the_table_and_the_quality_before_and_after(project):
    write_rules(project, "free", "song", "cheap")
    state = opened(project)
    write_rules(project, "free", "song")
    after, change = edited(state)
    moved = {(each.before or each.after).source: each for each in change.sources}
    assert moved["cheap"].before in state.sources
    assert moved["cheap"].after is None
    assert {each.task for each in change.labels} == {"spam"}
    for each in change.quality:
        assert each.before in state.report.rows
        assert each.after in after.report.rows
        assert each.before != each.after


def test_rows_are_counted_in_examples_and_twenty_of_them_named(project):
    state = opened(project)
    write_rules(project, all={"task": "names", "gazetteer": "people.txt", "on": "tokens", "vote": "person"},
                every={"task": "spam", "where": "price >= 0", "vote": "ham"})  # fmt: skip
    _, change = edited(state)
    people, every = change.rules
    assert every.rows == ChangedRows(60, tuple(f"e{number}" for number in range(20)))
    assert people.rows.n == sum("ann" in text for text in state.given.rows["text"])


def test_only_what_an_edit_touches_is_worked_out_again(project):
    write_rules(project, "free", "song", "loud", "tune")
    state = opened(project)
    write_rules(project, "free ", "song", "loud", "tune")
    after, _ = edited(state)
    is_kept = {name: after.applied[name].votes is state.applied[name].votes for name in after.applied}
    assert is_kept == {"free": False, "song": True, "loud": True, "tune": True}
    assert [one is other for one, other in zip(state.tasks, after.tasks, strict=True)] == [False, True, True, True]


@pytest.mark.slow
def test_a_save_that_changes_no_vote_refits_nothing(project):
    write_rules(project, "free", "loud", "fact")
    state = opened(project)
    (project / "rules.py").write_text((project / "rules.py").read_text() + "\n# only a remark\n")
    (project / "facts.csv").write_text("word,kind\nmoney,spam\nbob,ham\nnobody,ham\n")
    after, change = edited(state)
    assert after.tasks == state.tasks
    assert (change.rules, change.labels, change.sources, change.quality) == ((), (), (), ())


@pytest.mark.slow
def test_a_function_is_applied_again_when_a_module_that_it_imports_changes(project):
    write_rules(project, "loud", "song")
    state = opened(project)
    (project / "words.py").write_text('LOUD = "love"\n')
    _, change = edited(state)
    assert [(each.rule, each.what) for each in change.rules] == [("loud", "changed")]
    assert change.rules[0].rows.n > 0


@pytest.mark.parametrize(
    ("rule", "file", "text"), [("fact", "facts.csv", "word,kind\nsong,ham\n"), ("people", "people.txt", "bob\n")]
)
def test_a_rule_is_applied_again_when_its_file_changes(project, rule, file, text):
    write_rules(project, rule)
    state = opened(project)
    (project / file).write_text(text)
    _, change = edited(state)
    assert [(each.rule, each.what) for each in change.rules] == [(rule, "changed")]


@pytest.mark.slow
def test_a_function_that_raises_is_left_out_with_its_reason_and_comes_back_when_it_is_mended(project):
    write_rules(project, "loud", "song", "free")
    state = opened(project)
    good = (project / "rules.py").read_text()
    (project / "rules.py").write_text(good.replace("LOUD in x.text", "x.text[99]"))
    broken, change = edited(state)
    (problem,) = change.problems
    assert re.fullmatch(
        r"rules.py:6 T082 rules:lf_loud failed on (\d+) of \1 examples, first on 'e0': "
        r"IndexError: string index out of range. Mend it for such examples.",
        str(problem),
    )
    assert [row.source for row in broken.sources if row.task == "spam"] == ["clicks", "song", "free"]
    (project / "rules.py").write_text(good)
    mended, change = edited(broken)
    assert change.problems == ()
    require_equal(mended, state)


@pytest.mark.slow
def test_a_function_that_fails_on_some_examples_abstains_there_and_says_so(project):
    write_rules(project, "loud", "song", "free")
    state = opened(project)
    good = (project / "rules.py").read_text()
    (project / "rules.py").write_text(good.replace("LOUD in x.text", "(1 / 0 if x.id == 'e0' else LOUD in x.text)"))
    after, change = edited(state)
    (warning,) = [each for each in as_run(after).warnings if each.code == "T089"]
    assert change.problems == (warning,)
    assert after.problems == ()
    require_equal(after, opened(project))


def test_a_rule_may_fail_from_the_start(project):
    (project / "rules.py").write_text("def lf_loud(x):\n    return x.nothing\n")
    write_rules(project, "loud", "song")
    state = opened(project)
    assert [problem.code for problem in state.problems] == ["T082"]
    assert [row.source for row in state.sources] == ["clicks", "song"]


def test_all_functions_that_cannot_be_imported_are_told_together(project):
    write_rules(project, "loud", other={"task": "spam", "python": "rules:lf_other"})
    (project / "rules.py").write_text("def lf_late(x):\n    return 'ham'\n")
    with pytest.raises(ProjectError) as caught:
        opened(project)
    assert [(problem.code, problem.at.line) for problem in caught.value.problems] == [("T080", 2), ("T080", 5)]


def test_a_rule_named_like_a_source_of_the_data_is_refused(project):
    state = opened(project)
    write_rules(project, clicks=RULES["song"])
    with pytest.raises(ProjectError, match=r"'clicks' also votes in the data on 'spam'\. Rename this source\."):
        edited(state)


def test_a_rule_that_moves_to_another_task_is_removed_and_added(project):
    write_rules(project, free=RULES["free"])
    state = opened(project)
    write_rules(project, free=RULES["tune"])
    _, change = edited(state)
    assert [(each.what, each.task) for each in change.rules] == [("removed", "spam"), ("added", "topics")]


def test_another_schema_needs_a_new_loop(project):
    state = opened(project)
    schema = (project / "schema.yaml").read_text()
    (project / "schema.yaml").write_text(schema.replace("[ham, spam]", "[spam, ham]"))
    with pytest.raises(ValueError, match="the examples were read with another schema or split"):
        edited(state)


@pytest.mark.slow
def test_two_states_of_one_project_do_not_disturb_each_other(project):
    write_rules(project, "free", "song")
    state = opened(project)
    write_rules(project, "song")
    first, _ = edited(state)
    second, _ = edited(state)
    require_equal(first, second)
    assert [row.source for row in state.sources] == ["clicks", "free", "song"]
