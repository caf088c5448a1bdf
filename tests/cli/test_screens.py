"""A run ends with the version that it came to, and with what to do next."""

import pytest
from rich.text import Text

from transom.cli.screens import labels_screen, run_screen
from transom.evaluation.gate import Verdict
from transom.evaluation.report import Report
from transom.pipeline.outcome import Run
from transom.pipeline.stage import StageRecord


def last_line(verdict: Verdict | None, status: str = "ran") -> str:
    stages = (StageRecord("register", status, 1.26, "the result of gate changed"),)
    run = Run(Report(()), (), (), stages, (), 0, None, version=7, verdict=verdict)
    *_, last = run_screen(run)
    assert isinstance(last, Text)
    return last.plain


@pytest.mark.parametrize(
    ("verdict", "then"),
    [
        (None, "transom errors, predict."),
        (Verdict("passed", "2 of 2 rules are kept", None), "transom errors, predict."),
        (Verdict("passed", "2 of 2 rules are kept", 7), "transom errors, predict."),
        (Verdict("passed", "2 of 2 rules are kept", 3), "transom compare live 7, promote 7."),
        (Verdict("refused", "topic accuracy: 0.4 is less than 0.5", 3), "transom errors --version 7."),
    ],
    ids=["no gate", "the first", "live already", "a candidate", "refused"],
)
def test_what_to_do_next_depends_on_what_became_of_the_version(verdict: Verdict | None, then: str) -> None:
    assert last_line(verdict) == f"Version 7 is registered, in 1.3 s. Next: {then}"


def test_a_run_that_changed_nothing_says_so() -> None:
    assert last_line(None, "cached") == "Version 7 is up to date: nothing changed. Next: transom errors, predict."


@pytest.mark.parametrize(("last", "is_said"), [("train", False), ("evaluate", True)])
def test_that_nothing_could_be_measured_is_said_where_it_was_tried(last: str, is_said: bool) -> None:
    stages = (StageRecord("label", "ran", 0.1, "first"), StageRecord(last, "ran", 0.1, "first"))
    said = [each for each in run_screen(Run(Report(()), (), (), stages, (), 0, None, None)) if isinstance(each, Text)]
    told = (
        "No example has gold, so quality cannot be measured. Gold on dev and test is enough; schema.yaml says which "
        "source it is from, as in `gold: [experts]`."
    )
    assert (told in [each.plain for each in said]) == is_said


@pytest.mark.parametrize(("last", "is_said"), [("label", True), ("train", False)])
def test_labels_without_a_source_are_no_empty_screen(last: str, is_said: bool) -> None:
    stages = (StageRecord("check", "ran", 0.1, "first"), StageRecord(last, "cached", 0.1, "nothing changed"))
    said = [
        each.plain
        for each in labels_screen(Run(Report(()), (), (), stages, (), 0, None, None))
        if isinstance(each, Text)
    ]
    told = (
        "No source votes, so there is nothing to weigh. Rules go into sources.yaml, other votes into the data; of gold "
        "alone a model learns without: transom run."
    )
    assert (told in said) == is_said
