from dataclasses import replace

from rich.console import Console

from transom.cli.compare_view import compared_screen, comparison_lines
from transom.evaluation.compare import Comparison
from transom.pipeline.comparing import Compared


def printed(*rows: Comparison) -> list[str]:
    console = Console(width=80, color_system=None, force_terminal=False)
    with console.capture() as capture:
        console.print(*comparison_lines(rows, "version 1", "version 2"), sep="\n")
    return [line.rstrip() for line in capture.get().splitlines()]


def compared(gain: float, *, p_worse: float, p_better: float) -> Comparison:
    return Comparison("label", "*", "accuracy", 0.5, 0.5 + gain, gain, gain - 0.1, gain + 0.1, p_worse, p_better, 1270)


def test_what_is_surely_better_or_worse_is_marked_without_colours_too() -> None:
    lines = printed(
        compared(0.3, p_worse=0.99, p_better=0.01),
        compared(-0.3, p_worse=0.01, p_better=0.99),
        compared(0.02, p_worse=0.7, p_better=0.3),
    )
    better, worse, neither = (line for line in lines if "accuracy" in line)
    assert "▲ +.30" in better
    assert "▼ -.30" in worse
    assert not {"▲", "▼"} & set(neither)


def test_a_gain_without_an_interval_shows_none() -> None:
    lines = printed(replace(compared(0.3, p_worse=1.0, p_better=0.5), low=None, high=None, n=1))
    assert next(line for line in lines if "accuracy" in line).split() == ["accuracy", ".50", ".80", "+.30", "-"]


def test_items_are_counted_as_in_the_report() -> None:
    heading = next(line for line in printed(compared(0.3, p_worse=0.99, p_better=0.01)) if line.startswith(" label"))
    assert heading.split() == ["label", "1,270"]


def test_the_name_of_a_slice_is_never_cut() -> None:
    row = replace(compared(0.3, p_worse=0.99, p_better=0.01), tag="slice:questions_without_any_verb")
    lines = printed(row)
    assert max(map(len, lines)) <= 80
    assert "slice:questions_without_any_verb" in "".join(line.removesuffix("1,270").strip() for line in lines)


def test_the_names_of_metrics_fit_beside_numbers_of_any_size() -> None:
    covered = replace(compared(0.3, p_worse=0.99, p_better=0.01), metric="accuracy_covered")
    hours = Comparison("hours", "*", "mae", 1234.5, 1104.5, 130.0, -1230.0, 2345.6, 0.4, 0.01, 1270)
    console = Console(width=80, color_system=None, force_terminal=False)
    with console.capture() as capture:
        console.print(*compared_screen(Compared(1, 2, (covered, hours))), sep="\n")
    lines = [line.split() for line in capture.get().splitlines()]
    assert lines[0] == ["metric", "v1", "v2", "gain", "95", "%", "n"]
    assert ["accuracy_covered", ".50", ".80", "▲", "+.30", "+.20", "to", "+.40"] in lines
