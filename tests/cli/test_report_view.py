from dataclasses import replace

import pytest
from rich.console import Console

from transom.cli.report_view import MAX_SUBSETS, ReportView
from transom.evaluation.report import Report, Row


def printed(rows: list[Row], width: int = 80, split: str = "test") -> str:
    console = Console(width=width, color_system=None, force_terminal=False)
    with console.capture() as capture:
        console.print(ReportView(Report(tuple(rows)), split))
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


def row(
    stage: str, value: float, *, tag: str = "*", metric: str = "accuracy", n: int = 250, margin: float = 0.04
) -> Row:
    return Row(stage, "label", "test", tag, metric, value, value - margin, min(1.0, value + margin), n)


STAGES = [
    *(row(stage, value) for stage, value in [("majority", 0.8), ("label_model", 0.83), ("model", 0.93)]),
    *(row(f"baseline:{name}", value) for name, value in [("majority_class", 0.53), ("linear_majority", 0.86)]),
    row("model", 0.92, metric="macro_f1"),
    row("model", 0.03, metric="ece"),
    row("model", 1.0, metric="coverage"),
    row("majority", 0.875, metric="coverage"),
]
SUBSETS = [
    row("model", 0.7, tag="slice:negation", n=60, margin=0.1),
    row("majority", 0.66, tag="slice:negation", n=60, margin=0.1),
    row("model", 0.88, tag="short", n=120, margin=0.02),
    row("model", 0.96, tag="video:Psy", n=55),
    row("model", 0.5, tag="slice:emoticons", n=12, margin=0.2),
]


WORTH = (("model", 2.0), ("baseline:linear", 5.0))


def test_a_report_fits_into_80_columns() -> None:
    assert (
        printed(STAGES + SUBSETS)
        == """\
label · test · n = 250

 stage                  accuracy        macro F1  coverage  ECE
 ──────────────────────────────────────────────────────────────
 model            .93 [.89, .97]  .92 [.88, .96]       1.0  .03
 label model      .83 [.79, .87]               -         -    -
 majority         .80 [.76, .84]               -       .88    -

 linear_majority  .86 [.82, .90]               -         -    -
 majority_class   .53 [.49, .57]               -         -    -

 The model earns its keep: +.07 [+.01, +.13] accuracy over linear_majority, the
 best baseline.

 slice or tag         n           model  label model  majority  vs. all
 ──────────────────────────────────────────────────────────────────────
 ▼ slice:negation    60  .70 [.60, .80]            -       .66     -.23
 ▽ short            120  .88 [.86, .90]            -         -     -.05
   video:Psy         55  .96 [.92, 1.0]            -         -     +.03
   slice:emoticons   12  .50 [.30, .70]            -         -   (-.43)

 Worst: slice:negation, .70 [.60, .80] accuracy on 60, .23 worse than the whole
 (surely).
 ▽: surely worse than the whole too. In brackets: too little to judge by.
"""
    )


def test_a_wide_terminal_shows_where_the_intervals_lie() -> None:
    assert (
        printed(STAGES[:3] + SUBSETS[:3], width=120)
        == """\
label · test · n = 250

 stage              accuracy
 ─────────────────────────────────────────────────────
 model        .93 [.89, .97]                ─────●────
 label model  .83 [.79, .87]     ─────●────
 majority     .80 [.76, .84]  ────●─────

 slice or tag        n           model                            label model  majority  vs. all
 ───────────────────────────────────────────────────────────────────────────────────────────────
 ▼ slice:negation   60  .70 [.60, .80]  ──────●──────        ┊              -       .66     -.23
 ▽ short           120  .88 [.86, .90]                  ─●── ┊              -         -     -.05

 Worst: slice:negation, .70 [.60, .80] accuracy on 60, .23 worse than the whole (surely).
 ▽: surely worse than the whole too.
"""
    )


def test_without_a_model_the_label_model_is_compared_with_the_majority_vote() -> None:
    assert "The label model is not surely better than the majority vote: +.03 [-.03, +.09] accuracy." in printed(
        STAGES[:2], width=120
    )


def test_a_model_that_loses_to_a_baseline_is_told_so() -> None:
    shown = printed([row("model", 0.7), row("baseline:linear", 0.9)], width=120)
    assert "The model does not earn its keep: -.20 [-.26, -.14] accuracy against linear, the best baseline." in shown


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (0.7, "Learning with the other tasks helps: +.20 [+.14, +.26] accuracy against the task alone."),
        (0.89, "Learning with the other tasks makes no sure difference: +.01 [-.05, +.07] accuracy against"),
        (0.99, "Learning with the other tasks hurts: -.09 [-.13, -.03] accuracy against the task alone."),
    ],
)
def test_a_task_that_was_trained_alone_too_says_what_the_others_bring(value: float, sentence: str) -> None:
    shown = printed([row("model", 0.9), row("baseline:linear", 0.6), row("baseline:alone", value)], width=140)
    assert sentence in shown
    assert "over linear, the best baseline." in shown


def test_without_a_simpler_model_a_task_is_compared_with_itself_alone_only() -> None:
    shown = printed([row("model", 0.9), row("baseline:alone", 0.7)], width=140)
    assert "the best baseline" not in shown


def test_of_errors_less_is_better() -> None:
    rows = [row("model", 0.5, metric="mae"), row("baseline:linear", 0.9, metric="mae")]
    shown = printed([*rows, row("model", 0.75, metric="mae", tag="slice:old", n=249)], width=120)
    assert "The model earns its keep: -0.4 [-0.457, -0.343] mean error over linear, the best baseline." in shown
    assert "Worst: slice:old, 0.75 [0.71, 0.79] mean error on 249, 0.25 worse than the whole (surely)." in shown


def test_a_slice_that_may_be_worse_by_chance_is_said_to_be() -> None:
    shown = printed([row("model", 0.9), row("model", 0.88, tag="slice:x", margin=0.1, n=249)], width=120)
    assert "Worst: slice:x, .88 [.78, .98] accuracy on 249, .02 worse than the whole (perhaps by chance)." in shown


def test_where_all_slices_are_fine_it_says_so() -> None:
    shown = printed([row("model", 0.9), row("model", 0.91, tag="slice:x", n=249)])
    assert "No slice or tag with enough to judge by is worse than the whole." in shown


def test_of_many_tags_the_worst_are_shown_and_the_rest_counted() -> None:
    tags = [row("model", 0.5 + i / 100, tag=f"user:{i:02}", n=99) for i in range(MAX_SUBSETS + 7)]
    shown = printed([row("model", 0.9), *tags])
    assert "▼ user:00" in shown
    assert "user:19" in shown
    assert "user:20" not in shown
    assert "… and 7 more: transom report --json" in shown


def test_every_task_has_a_block() -> None:
    other = Row("model", "topics", "test", "*", "micro_f1", 0.5, 0.4, 0.6, 9)
    shown = printed([row("model", 0.9), other])
    assert "label · test · n = 250" in shown
    assert "topics · test · n = 9" in shown


def test_a_split_without_gold_says_so() -> None:
    assert printed(STAGES, split="dev") == "No example of dev has gold, so there is nothing to report."


@pytest.mark.parametrize("width", [60, 80, 100, 120, 160])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    long = row("model", 0.9, tag="video:" + "very long " * 12)
    assert max(map(len, printed([*STAGES, *SUBSETS, long], width).splitlines())) <= width


def test_colour_only_adds_to_what_the_text_says() -> None:
    console = Console(width=80, color_system="truecolor", force_terminal=True, no_color=True)
    with console.capture() as capture:
        console.print(ReportView(Report(tuple(STAGES + SUBSETS))))
    assert "▼ slice:negation" in capture.get()
    assert "\x1b[31m" not in capture.get()


def test_a_row_without_an_interval_says_so_and_is_a_dot() -> None:
    rows = [replace(row(stage, value, metric="mae", n=1), low=None, high=None) for stage, value in WORTH]
    text = printed(rows, width=120)
    assert " model        2 [-]  ●" in text
    assert "The model is not surely better than linear, the best baseline: -3 [-] mean error." in text
