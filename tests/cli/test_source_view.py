from dataclasses import replace

import pytest
from rich.console import Console

from transom.cli.source_view import Finding, SourceView, chance_of, finding
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans
from transom.supervision.source_row import SourceRow

GOOD = SourceRow(
    task="label",
    source="keyword_my",
    coverage=0.21,
    overlap=0.2,
    conflict=0.05,
    polarity=("SPAM",),
    accuracy_estimated=0.9,
    accuracy_gold=0.95,
    low=0.84,
    high=0.99,
    n_gold=48,
    copies=(),
)
UNJUDGED = replace(GOOD, source="new", accuracy_gold=None, low=None, high=None, n_gold=0)


def printed(rows: list[SourceRow], width: int = 80) -> str:
    console = Console(width=width, color_system=None, force_terminal=False)
    with console.capture() as capture:
        console.print(SourceView(rows, {"label": 0.5}))
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


@pytest.mark.parametrize(
    ("row", "found"),
    [
        (GOOD, Finding("fine")),
        (replace(GOOD, coverage=0.0), Finding("bad", "never votes")),
        (replace(GOOD, accuracy_gold=0.3, low=0.2, high=0.45), Finding("bad", "below chance")),
        (replace(GOOD, accuracy_gold=0.55, low=0.45, high=0.65), Finding("doubtful", "like chance")),
        (replace(GOOD, accuracy_gold=0.7, low=0.6, high=0.8), Finding("doubtful", "trusted too much")),
        (replace(GOOD, copies=("re", "kw")), Finding("doubtful", "copies re, kw")),
        (replace(GOOD, accuracy_gold=0.1, low=0.0, high=0.4, n_gold=5), Finding("fine")),
        (UNJUDGED, Finding("fine")),
        (replace(UNJUDGED, conflict=0.15), Finding("fine")),
        (replace(UNJUDGED, conflict=0.15, accuracy_estimated=0.4), Finding("doubtful", "contradicted")),
        (replace(UNJUDGED, accuracy_estimated=None), Finding("fine")),
    ],
)
def test_a_source_is_judged_by_gold_and_else_by_the_others(row: SourceRow, found: Finding) -> None:
    assert finding(row, chance=0.5) == found


def test_where_there_is_no_chance_level_none_is_missed() -> None:
    poor = replace(GOOD, accuracy_gold=0.3, low=0.2, high=0.45, accuracy_estimated=0.3)
    assert finding(poor, chance=None) == Finding("fine")


def test_guessing_is_right_one_time_in_so_many_classes() -> None:
    judged = (Multiclass("a", ("x", "y", "z", "w")), Bitvector("b", ("x", "y", "z")))
    others = (Spans("c", ("x",)), Select("d"), Regression("e"))
    assert chance_of((*judged, *others)) == {"a": 0.25, "b": 0.5}


ROWS = [
    GOOD,
    replace(GOOD, source="short_comment", polarity=("HAM",), accuracy_gold=0.9, low=0.8, high=0.95),
    replace(UNJUDGED, source="regex_url", coverage=0.0, overlap=0.0, conflict=0.0),
    replace(GOOD, source="textblob", polarity=("HAM", "SPAM"), accuracy_gold=0.31, low=0.2, high=0.44, n_gold=1052),
]


def test_sources_that_need_a_look_come_first_and_are_named() -> None:
    assert (
        printed(ROWS)
        == """\
label · 4 sources

 source                  on gold      n  est.  cov.  conf.
 ───────────────────────────────────────────────────────────────────────
 ✗ textblob       .31 [.20, .44]  1,052   .90   .21    .05  below chance
 ✗ regex_url                   -      0   .90   .00    .00  never votes
   short_comment  .90 [.80, .95]     48   .90   .21    .05
   keyword_my     .95 [.84, .99]     48   .90   .21    .05

 2 of 4 need a look: textblob (below chance), regex_url (never votes).
"""
    )


def test_a_wide_terminal_shows_what_each_source_votes_for() -> None:
    assert (
        printed(ROWS, width=120)
        == """\
label · 4 sources

 source           accuracy on gold      n  estimated  coverage  overlap  conflict  votes for
 ─────────────────────────────────────────────────────────────────────────────────────────────────────────
 ✗ textblob         .31 [.20, .44]  1,052        .90       .21      .20       .05  HAM, SPAM  below chance
 ✗ regex_url                     -      0        .90       .00      .00       .00  SPAM       never votes
   short_comment    .90 [.80, .95]     48        .90       .21      .20       .05  HAM
   keyword_my       .95 [.84, .99]     48        .90       .21      .20       .05  SPAM

 2 of 4 need a look: textblob (below chance), regex_url (never votes).
"""
    )


def test_where_every_source_is_fine_it_says_so() -> None:
    assert "No source stands out as bad." in printed([GOOD])


def test_every_task_has_a_block() -> None:
    shown = printed([GOOD, replace(GOOD, task="topics")])
    assert "label · 1 source" in shown
    assert "topics · 1 source" in shown


@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    long = replace(GOOD, source="a_long_name_" * 6, copies=("another_name_" * 3,), polarity=("A long class",) * 5)
    assert max(map(len, printed([*ROWS, long], width).splitlines())) <= width


def test_where_no_source_could_be_judged_it_does_not_say_that_none_is_bad() -> None:
    numbers = SourceRow("score", "lexicon", coverage=0.9, overlap=0.5, conflict=None)
    assert (
        printed([numbers, replace(numbers, source="stars")])
        == """\
score · 2 sources

 source     on gold  n  est.  cov.  conf.
 ──────────────────────────────────────────
   lexicon        -  -     -   .90      -
   stars          -  -     -   .90      -

 No source is judged: numbers are neither right nor wrong, and do not conflict.
"""
    )
    alone = replace(UNJUDGED, overlap=0.0, conflict=0.0)
    last = "No source is judged: none has gold on 30 of its votes, and no two vote on the same item."
    assert last in printed([alone], width=120)
    assert "No source stands out as bad." in printed([replace(alone, overlap=0.1)])


def test_numbers_are_not_said_to_lack_gold_which_says_nothing_of_their_sources() -> None:
    cells = printed([replace(UNJUDGED, task="score", polarity=())]).splitlines()[4].split()
    assert cells == ["new", "-", "-", ".90", ".21", ".05"]
