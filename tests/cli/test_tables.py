from rich.console import Console

from transom.cli.tables import problems_table
from transom.errors import Location, Problem


def printed(problems: list[Problem], warnings: list[Problem] = (), n_examples: int = 1200) -> list[str]:
    console = Console(width=60, color_system=None, force_terminal=False)
    with console.capture() as capture:
        console.print(problems_table(problems, list(warnings), n_examples=n_examples, n_lines=1500), crop=False)
    return capture.get().splitlines()


TYPO = Problem(
    "T012", "'singelton' is not one of singleton, sequence, set. Did you mean singleton?", Location("s.yaml", 3, 12)
)


def bad_lines(n: int, file: str = "data/a.jsonl") -> list[Problem]:
    return [Problem("T031", "'HAMM' is not one of HAM, SPAM.", Location(file, i + 1), "/tasks/label") for i in range(n)]


def test_a_problem_is_one_line_however_narrow_the_terminal() -> None:
    assert printed([TYPO, *bad_lines(1)]) == [
        "s.yaml:3:12 T012 'singelton' is not one of singleton, sequence, set. Did you mean singleton?",
        "data/a.jsonl:1 T031 /tasks/label: 'HAMM' is not one of HAM, SPAM.",
        "",
        "2 problems in 2 files · 1,500 lines",
    ]


def test_of_each_file_the_first_20_are_shown_and_the_rest_counted() -> None:
    lines = printed([*bad_lines(24), *bad_lines(21, "data/b.jsonl"), TYPO])
    assert lines[19].startswith("data/a.jsonl:20 ")
    assert lines[20].startswith("data/b.jsonl:1 ")
    assert lines[-5:] == [
        "s.yaml:3:12 T012 'singelton' is not one of singleton, sequence, set. Did you mean singleton?",
        "… and 4 more in data/a.jsonl: transom check --json",
        "… and 1 more in data/b.jsonl: transom check --json",
        "",
        "46 problems in 3 files · 1,500 lines",
    ]


def test_beside_a_broken_schema_the_data_are_not_said_to_be_few() -> None:
    assert printed([TYPO], n_examples=49)[-1] == "1 problem in 1 file · 1,500 lines"


def test_warnings_come_last_and_say_that_they_are() -> None:
    cut = Problem("T045", "3 sequences are cut.", Location("data/a.jsonl", 7), severity="warning")
    assert printed([], [cut], n_examples=1) == [
        "data/a.jsonl:7 T045 warning: 3 sequences are cut.",
        "",
        "No problem · 1 example · 1 warning",
    ]


def test_without_problems_it_says_so() -> None:
    assert printed([]) == ["No problem · 1,200 examples"]


def test_a_problem_of_no_file_has_no_place() -> None:
    assert printed([Problem("T140", "nothing here")])[0] == "T140 nothing here"


def test_square_brackets_in_messages_are_no_markup() -> None:
    assert printed([Problem("T040", "[bold]x[/bold] is no id")])[0] == "T040 [bold]x[/bold] is no id"
