"""`transom label --watch` shows what each save changed, and ends when it is interrupted."""

import json

import pytest
from rich.console import Console

from loop_project import write_project, write_rules
from transom.cli.change_view import change_screen
from transom.cli.main import main
from transom.errors import Location, Problem
from transom.evaluation.report import Row
from transom.pipeline.rule_changes import Change, ChangedRows, LabelChange, RowChange, RuleChange
from transom.supervision.source_row import SourceRow

BEFORE = SourceRow("spam", "free", 0.2, 0.1, 0.0, accuracy_estimated=0.8)
AFTER = SourceRow(
    "spam", "free", 0.4, 0.3, 0.05, accuracy_estimated=0.8, accuracy_gold=0.9, low=0.8, high=1.0, n_gold=1200
)
CHANGE = Change(
    rules=(
        RuleChange("free", "spam", "changed", ChangedRows(1200, tuple(f"e{number}" for number in range(20)))),
        RuleChange("old", "spam", "removed", ChangedRows()),
    ),
    labels=(LabelChange("spam", ChangedRows(1, ("e7",))),),
    sources=(RowChange(BEFORE, AFTER), RowChange(SourceRow("spam", "old", 0.0, 0.0, 0.0), None)),
    quality=(
        RowChange(Row("majority", "spam", "dev", "*", "accuracy", 0.81, 0.7, 0.9, 60),
                      Row("majority", "spam", "dev", "*", "accuracy", 0.84, 0.7, 0.9, 60)),
        RowChange(None, Row("majority", "spam", "dev", "*", "ece", 0.1, 0.0, 0.2, 60)),
        RowChange(None, Row("majority", "spam", "test", "*", "accuracy", 0.7, 0.6, 0.8, 60)),
    ),
    problems=(Problem("T082", "rules:f raised KeyError: 'a'.", Location("rules.py", 6)),),
)  # fmt: skip


def printed(change):
    console = Console(width=100, color_system=None, force_terminal=False)
    with console.capture() as capture:
        console.print(*change_screen(change, 100), sep="\n")
    return [" ".join(line.split()) for line in capture.get().splitlines() if line.strip(" ─")]


def test_a_change_is_shown_before_and_after():
    assert printed(CHANGE) == [
        "~ free changed: 1,200 examples have another vote (e0, e1, e2, e3, e4, …)",
        "- old removed: 0 examples have another vote",
        "spam: 1 example has another label (e7)",
        "source coverage overlap conflict estimated on gold n",
        "free .20 → .40 .10 → .30 .00 → .05 .80 - → .90 1,200",
        "old .00 → - .00 → - .00 → - - - 0",
        "labels split metric before → after",
        "spam · majority dev accuracy .81 → .84",
        "✗ rules.py:6 T082 rules:f raised KeyError: 'a'.",
    ]


def test_no_save_shows_what_it_did_on_test():
    assert not any("test" in line for line in printed(CHANGE))


def test_a_save_without_effect_says_so():
    assert printed(Change()) == ["Nothing changed in the labels."]


@pytest.fixture
def project(tmp_path):
    folder = write_project(tmp_path / "project", n_rows=24)
    write_rules(folder, "free", "song")
    return folder


@pytest.fixture
def saving(monkeypatch):
    """Lets each pause of a watch save something, and the one after the last interrupt it."""

    def in_pauses(*saves):
        pending = iter(saves)

        def pause(_seconds):
            save = next(pending, None)
            if save is None:
                raise KeyboardInterrupt
            save()

        monkeypatch.setattr("time.sleep", pause)

    return in_pauses


def test_a_line_of_json_for_each_save_and_exit_code_0(project, saving, capsys):
    saving(
        lambda: write_rules(project, "free", "song", "cheap"),
        lambda: (project / "sources.yaml").write_text("sources: [\n"),
        lambda: write_rules(project, "song"),
    )
    assert main(["label", str(project), "--watch", "--json"]) == 0
    whole, added, broken, removed = map(json.loads, capsys.readouterr().out.splitlines())
    assert {row["source"] for row in whole["sources"]} == {"clicks", "free", "song"}
    assert [(each["rule"], each["what"]) for each in added["rules"]] == [("cheap", "added")]
    assert list(broken) == ["problems"]
    assert [(each["rule"], each["what"]) for each in removed["rules"]] == [("free", "removed"), ("cheap", "removed")]
    assert removed["sources"][0].keys() == {"before", "after"}


def test_a_person_sees_tables_then_changes_then_problems(project, saving, capsys):
    saving(lambda: write_rules(project, "song"), lambda: (project / "sources.yaml").write_text("sources: 3\n"))
    assert main(["label", str(project), "--watch"]) == 0
    tables, _, rest = capsys.readouterr().out.partition("- free removed: ")
    assert "on gold" in tables
    assert "have another vote" in rest
    assert rest.rstrip().endswith("The labels are still those of the last save that worked.")


@pytest.mark.parametrize(
    ("given", "named"), [(("--slices",), "--slices"), (("--suggest", "--conflicts"), "--conflicts, --suggest")]
)
def test_options_that_watching_does_not_honour_are_refused(tmp_path, capsys, given, named):
    assert main(["label", str(tmp_path), "--watch", *given]) == 2
    assert capsys.readouterr().err == (
        f"transom: T240 --watch shows what each save changes, not {named}. Run label without --watch for that.\n"
    )
