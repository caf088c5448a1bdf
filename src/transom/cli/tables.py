"""Problems as people read them: a line each, as other programs can read too."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Group, RenderableType
from rich.text import Text

from transom.cli.figures import counted
from transom.cli.options import HERE, named
from transom.errors import Problem

PROBLEMS_PER_FILE = 20


def problems_table(
    problems: Sequence[Problem], warnings: Sequence[Problem], *, n_examples: int, n_lines: int, project: Path = HERE
) -> RenderableType:
    """Problems, then warnings, a line each: the first 20 of every file and a count of the rest; then a summary.

    Beside problems it counts lines: a broken class in schema.yaml makes no example of each that it labels.
    """
    lines = [*_listed(problems, "bold red", project), *_listed(warnings, "yellow", project)]
    looked_at = counted(n_lines, "line") if problems else counted(n_examples, "example")
    return Group(*lines, *([Text()] if lines else []), _summary(problems, warnings, looked_at))


def _listed(problems: Sequence[Problem], style: str, project: Path) -> Iterator[Text]:
    of_file: Counter[str] = Counter()
    for problem in problems:
        of_file[problem.at.file] += 1
        if of_file[problem.at.file] <= PROBLEMS_PER_FILE:
            yield _line(problem, style)
    for file, n in of_file.items():
        if n > PROBLEMS_PER_FILE:
            yield Text(f"… and {n - PROBLEMS_PER_FILE:,} more in {file}: transom check{named(project)} --json", "dim")


def _line(problem: Problem, style: str) -> Text:
    """One line however narrow the terminal is; print it with `crop=False`."""
    place, code, rest = str(problem).partition(f"{problem.code} ")
    note = "warning: " if problem.severity == "warning" else ""
    parts = ((place, "dim"), (code, style), f"{note}{rest}")
    return Text.assemble(*parts, no_wrap=True, overflow="ignore")


def _summary(problems: Sequence[Problem], warnings: Sequence[Problem], looked_at: str) -> Text:
    n_files = len({problem.at.file for problem in problems})
    found = f"{counted(len(problems), 'problem')} in {counted(n_files, 'file')}" if problems else "No problem"
    rest = [looked_at, *([counted(len(warnings), "warning")] if warnings else [])]
    return Text.assemble((found, "bold red" if problems else "bold green"), f" · {' · '.join(rest)}")
