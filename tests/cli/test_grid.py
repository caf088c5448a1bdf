import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from transom.cli.grid import fits, folded, grid, indented, shortened


def printed(part, width: int = 40) -> str:
    console = Console(width=width, color_system=None, force_terminal=False)
    with console.capture() as capture:
        console.print(part)
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


def test_names_stand_left_and_numbers_right() -> None:
    assert printed(grid(["source", "n"], [["keyword", "7"], ["re", "120"]], 40)) == (
        " source     n\n"
        " ────────────\n"
        " keyword    7\n"
        " re       120"
    )  # fmt: skip


def test_the_first_column_gives_way_where_there_is_no_room() -> None:
    lines = [["a very long name of a source", ".83 [.79, .87]", "120"]]
    assert printed(grid(["source", "accuracy", "n"], lines, 32), 32).splitlines()[-1] == (
        " a very lo…  .83 [.79, .87]  120"
    )


def test_an_empty_line_parts_groups() -> None:
    assert printed(grid(["a", "b"], [["x", "1"], None, ["y", "2"]], 40)).splitlines()[3] == ""


def test_a_plot_keeps_its_leading_spaces() -> None:
    assert printed(grid(["a", ""], [["x", "   ●"]], 40, left=(0, 1))).splitlines()[-1] == " x     ●"


def test_wide_characters_count_as_two() -> None:
    assert str(shortened("数据数据数据", 7)) == "数据数…"


def test_what_is_short_enough_is_left_alone() -> None:
    text = Text("name", "red")
    assert shortened(text, 4) == text


def test_a_wrapped_sentence_stays_indented() -> None:
    assert printed(indented(Text("one two three four")), 10) == " one two\n three\n four"


def test_a_table_fits_where_nothing_must_be_cut() -> None:
    lines = [["keyword", ".83 [.79, .87]"], None, ["re", "-"]]
    assert fits(["source", "accuracy"], lines, 24)
    assert not fits(["source", "accuracy"], lines, 23)
    assert len(max(printed(grid(["source", "accuracy"], lines, 24), 24).splitlines(), key=len)) == 24


@pytest.mark.parametrize(
    ("name", "width", "lines"),
    [
        ("  accuracy_covered", 18, ["  accuracy_covered"]),
        ("  accuracy_covered", 14, ["  accuracy_", "covered"]),
        ("intent · slice:questions_without_verb", 20, ["intent · slice:", "questions_without_", "verb"]),
        ("intent · slice:short_one", 16, ["intent ·", "slice:short_one"]),
        ("unquestionably", 8, ["unquesti", "onably"]),
        ("数据数据数据", 8, ["数据数据", "数据"]),
    ],
)
def test_a_name_is_broken_in_the_middle_of_a_word_only_where_it_has_no_sign(name, width, lines) -> None:
    assert folded(Text(name, "bold"), width).plain.split("\n") == lines


@given(name=st.text(st.sampled_from("ab_-: 数"), max_size=30), width=st.integers(8, 20))
def test_of_a_name_nothing_but_spaces_at_a_break_is_lost(name, width) -> None:
    lines = folded(name, width).plain.split("\n")

    assert "".join(lines).replace(" ", "") == name.replace(" ", "")
    assert max(cell_len(line) for line in lines) <= width
