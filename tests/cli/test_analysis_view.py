from dataclasses import replace

from rich.console import Console

from transom.cli.analysis_view import conflicts_screen, reach_screen, suggestions_screen
from transom.supervision.findings import Conflict, Reach, Suggestion

CONFLICT = Conflict("spam", "free", "song", 1200, 0.31, ("SPAM", "HAM"), 0.8, 0.2, 40, ("e1", "e2", "e3"))
REACH = Reach("spam", "free", "slice:short", 90, 0.4, 0.1, 0.8, 12)
RULE = {"task": "spam", "keywords": ["money"], "on": "text", "vote": "SPAM"}
SUGGESTION = Suggestion("spam", "uncovered", RULE, 24, 0.13, "SPAM", 0.81, 231, ("e6", "e7"))


def printed(parts, width=100):
    console = Console(width=width, color_system=None, force_terminal=False)
    with console.capture() as capture:
        console.print(*parts, sep="\n")
    return [line.rstrip() for line in capture.get().splitlines() if line.strip() and "──" not in line]


def test_a_conflict_is_a_line():
    heading, columns, line = printed(conflicts_screen([CONFLICT], 100))
    assert heading == "spam · who disagrees with whom, and who is right"
    assert columns.split() == ["sources", "vote", "on", "of", "both", "right", "on", "gold", "n", "such", "as"]
    assert line == " free / song  SPAM / HAM  1,200      .31      .80 / .20  40  e1, e2, …"


def test_on_a_narrow_terminal_a_conflict_names_both_sources_rather_than_examples():
    long = replace(CONFLICT, source="old_model", other="crowd_a", votes=("population", "height"))
    *_, line = printed(conflicts_screen([long], 80), 80)
    assert line == " old_model / crowd_a  population / height  1,200      .31      .80 / .20  40"


def test_what_nobody_knows_of_a_conflict_is_left_out():
    unknown = replace(CONFLICT, votes=None, right=None, other_right=None, n_gold=0, ids=("e1",))
    assert printed(conflicts_screen([unknown], 100))[-1].split() == [
        "free",
        "/",
        "song",
        "1,200",
        ".31",
        "-",
        "0",
        "e1",
    ]


def test_only_the_worst_conflicts_of_a_task_are_shown():
    lines = printed(conflicts_screen([replace(CONFLICT, n=n) for n in range(12)], 100))
    assert len(lines) == 2 + 10 + 1
    assert lines[-1] == " … and 2 pairs more: --json"


def test_a_subset_is_a_line_with_the_sources_that_stand_out():
    rows = [REACH, replace(REACH, source="song", coverage=0.0, conflict=0.3, accuracy_gold=0.5)]
    *_, line = printed(reach_screen(rows, 100))
    assert line == " slice:short   90  1 of 2  .40 free    .30 song       .50 song"
    *_, line = printed(reach_screen([replace(REACH, accuracy_gold=None)], 100))
    assert line.split()[-1] == "-"


def test_a_suggestion_is_a_line_under_its_group():
    unknown = replace(
        SUGGESTION, group="disputed", rule={"task": "spam", "where": "price <= 3"}, vote=None, confidence=None
    )
    lines = printed(suggestions_screen([SUGGESTION, unknown], 100))
    assert lines[0] == "spam · what may help where no source votes"
    assert lines[2] == " 'money' in text  SPAM  24       .13           .81  e6, e7"
    assert lines[3] == "spam · what may help where sources disagree"
    assert lines[5].split() == ["price", "<=", "3", "?", "24", ".13", "-", "e6,", "e7"]


def test_nothing_to_show_is_said():
    assert printed(conflicts_screen([], 100)) == ["No two sources disagree."]
    assert printed(reach_screen([], 100)) == ["No example of train has a tag or is in a slice, or no source votes."]
    (line,) = printed(suggestions_screen([], 100))
    assert line.startswith("No word and no number stands out")
