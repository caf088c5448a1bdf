from dataclasses import replace

import pytest
from rich.console import Console

from transom.cli.extension_view import ExtensionView
from transom.supervision.extension import ExtensionRow

ROW = ExtensionRow(
    task="spam",
    n_added=1316,
    coverage_before=0.89,
    coverage_after=0.95,
    threshold_alone=0.604,
    threshold_beside=None,
    stricter=(),
    is_whitened=False,
    is_fitted_again=False,
    dev_before=0.854,
    dev_after=0.871,
)


def printed(row, width=300):
    console = Console(width=width, color_system=None, force_terminal=False)
    with console.capture() as capture:
        console.print(ExtensionView([row]))
    return [line.strip() for line in capture.get().splitlines() if line.strip()]


def test_a_person_sees_what_was_added_how_near_and_what_it_is_worth():
    assert printed(ROW) == [
        "spam · extended",
        "1,316 votes added from similar examples (similarity above .60 where nothing voted); coverage .89 before, .95 "
        "after; right on dev .85 before, .87 after.",
    ]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (
            replace(ROW, threshold_beside=0.8),
            "(similarity above .60 where nothing voted and above .80 where something did)",
        ),
        (replace(ROW, is_whitened=True), "; the embedding is whitened."),
        (replace(ROW, is_fitted_again=True), "; the label model learned from them, too."),
        (replace(ROW, stricter=("s1", "s2")), "; a higher threshold for s1, s2."),
        (replace(ROW, dev_before=None, dev_after=None), "coverage .89 before, .95 after."),
    ],
)
def test_what_is_special_is_said(row, words):
    assert words in printed(row)[1]


def test_no_votes_have_no_threshold():
    row = replace(ROW, n_added=0, coverage_after=0.89, threshold_alone=None)
    assert printed(row)[1].startswith("0 votes added from similar examples; coverage .89 before, .89 after")


def test_long_sentences_wrap():
    assert max(len(line) for line in printed(ROW, width=60)) <= 60
