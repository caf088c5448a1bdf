"""The plan of a model says what each block is and costs, and fits the terminal."""

import io

import pytest
from rich.console import Console

from transom.cli.plan_view import plan_screen
from transom.model.plan import PlannedBlock
from transom.pipeline.planning import Plan

BLOCKS = (
    PlannedBlock("payload/note/embedding", "embedding", (), "(examples, 64)", None, 0, 64),
    PlannedBlock("payload/note/encoding", "bag", ("payload/note/embedding",), "(examples, 64)", 0, 0),
    PlannedBlock("task/mood/head", "multiclass head", ("payload/note/encoding",), "(examples, 2)", 1_130, 25_256),
    PlannedBlock("task/old/trees", "multiclass trees", ("payload/person/columns",), "(examples, 2)"),
)


@pytest.fixture
def shown(monkeypatch):
    """A function that gives the lines of a plan on a terminal of some width."""

    def show(plan, width):
        monkeypatch.setenv("COLUMNS", str(width))
        console = Console(width=width, record=True, file=io.StringIO())
        console.print(*plan_screen(plan), sep="\n")
        return [line.rstrip() for line in console.export_text().splitlines()]

    return show


def test_before_training_a_table_says_how_long_a_row_is(shown):
    lines = shown(Plan(None, BLOCKS), 100)
    assert lines[2:6] == [
        " payload/note/embedding  embedding         (examples, 64)  64 a feature       0",
        " payload/note/encoding   bag               (examples, 64)             0       0",
        " task/mood/head          multiclass head   (examples, 2)          1,130  25,256",
        " task/old/trees          multiclass trees  (examples, 2)              -       -",
    ]
    assert lines[6] == (
        "1,130 parameters, and 64 for each feature that train has; 25,256 FLOPs for one example of full"
    )


def test_a_narrow_terminal_has_what_begins_the_ids_above_them(shown):
    lines = shown(Plan(None, BLOCKS), 74)
    assert [line.partition("  ")[0].strip() or line.split()[0] for line in lines[2:9]] == [
        "payload/note",
        "embedding",
        "encoding",
        "task/mood",
        "head",
        "task/old",
        "trees",
    ]
    assert "(…, 64)" in lines[3]
    assert all(len(line) <= 74 for line in lines)


def test_of_a_version_all_weights_are_counted(shown):
    assert shown(Plan(3, BLOCKS[1:3]), 100)[-1] == "Version 3: 1,130 parameters, 25,256 FLOPs for one example."
