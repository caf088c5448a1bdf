import re

import numpy as np
import pytest
from rich.console import Console

from transom.cli.mistake_view import MistakeView
from transom.evaluation.confusion import Confusion
from transom.pipeline.mistakes import Mistake, Mistakes


def printed(mistakes: Mistakes, width: int = 80) -> str:
    console = Console(width=width, color_system=None, force_terminal=False)
    with console.capture() as capture:
        console.print(MistakeView(mistakes))
    return "\n".join(line.rstrip() for line in capture.get().splitlines()).rstrip("\n")


def confused(names: tuple[str, ...], counts: np.ndarray) -> Confusion:
    return Confusion(names, names, counts, np.eye(len(names), dtype=bool))


SPAM = Mistakes(
    "label",
    n=250,
    n_wrong=35,
    confusion=confused(("HAM", "SPAM"), np.array([[95, 19], [16, 1120]])),
    rows=(
        Mistake(
            "q3",
            None,
            "check\n  out " + "please " * 20,
            "SPAM",
            "HAM",
            0.994,
            {"links": "SPAM", "re": "HAM"},
        ),
        Mistake("q9", 4, "", "HAM", "SPAM", 0.61),
    ),
)


def test_mistakes_show_what_is_taken_for_what_and_what_everyone_said() -> None:
    assert (
        printed(SPAM)
        == """\
label · 35 of 250 wrong

 gold  → HAM  → SPAM
 ───────────────────
 HAM      95      19
 SPAM     16   1,120

The most confident 2 mistakes:
  .99 SPAM taken for HAM  q3
      check out please please please please please please please please please …
      links SPAM · re HAM
  .61 HAM taken for SPAM  q9[4]"""
    )


def test_what_never_happens_is_a_dot_and_what_happens_most_stands_out() -> None:
    console = Console(width=80, color_system="standard", force_terminal=True)
    found = Mistakes("t", 9, 3, confused(("a", "b"), np.array([[6, 3], [0, 0]])), ())
    with console.capture() as capture:
        console.print(MistakeView(found))
    assert re.search("\x1b\\[1;31m *3", capture.get())
    assert "·" in printed(found).splitlines()[-1]


def test_where_the_matrix_is_too_wide_the_most_frequent_pairs_stand() -> None:
    names = tuple(f"class number {i}" for i in range(8))
    counts = np.diag(np.full(8, 30))
    counts[2, 5], counts[1, 0] = 10, 3
    assert printed(Mistakes("t", 253, 13, confused(names, counts), ())).splitlines()[2:] == [
        " gold            taken for        n  share of gold",
        " ─────────────────────────────────────────────────",
        " class number 2  class number 5  10            .25",
        " class number 1  class number 0   3            .09",
    ]


def test_right_answers_that_are_not_on_the_diagonal_are_no_mistakes() -> None:
    is_right = np.array([[True, False, False], [True, False, False]])
    found = Confusion(
        ("sport", "politics"), ("found", "missed", "invented"), np.array([[5, 2, 0], [9, 1, 0]]), is_right
    )
    assert printed(Mistakes("topics", 9, 3, found, ())).splitlines()[2:6] == [
        " gold      → found  → missed  → invented",
        " ───────────────────────────────────────",
        " sport           5         2           ·",
        " politics        9         1           ·",
    ]


def test_numbers_have_no_confusion_and_the_largest_errors_come_first() -> None:
    nothing = Confusion((), (), np.zeros((0, 0), int), np.zeros((0, 0), bool))
    row = Mistake("q1", None, "", "3", "0.5", 2.5, {})
    assert printed(Mistakes("score", 9, 5, nothing, (row,))) == (
        "score · 5 of 9 wrong\n\nThe largest 1 mistake:\n  2.5 3 taken for 0.5  q1"
    )


def test_without_mistakes_it_says_so() -> None:
    right = confused(("a", "b"), np.array([[5, 0], [0, 4]]))
    assert printed(Mistakes("t", 9, 0, right, ())).splitlines()[0] == "t · 0 of 9 wrong"


def test_without_gold_it_says_so() -> None:
    nothing = confused(("a", "b"), np.zeros((2, 2), int))
    assert printed(Mistakes("t", 0, 0, nothing, ())) == "t · no gold to judge by"


@pytest.mark.parametrize("width", [40, 60, 100])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    assert max(map(len, printed(SPAM, width).splitlines())) <= width
