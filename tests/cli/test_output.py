"""What verbs print, whatever it is called and whoever reads it."""

import os
import subprocess
import sys

import pytest
from rich.text import Text

from transom.cli.grid import grid
from transom.cli.output import progress, show


@pytest.mark.parametrize("name", ["w[red].yaml", "a[/b]", ":fire:", "[link=x]y", "\\[x]"])
def test_no_name_is_taken_for_markup(name, capsys):
    show(f"Wrote {name}.", Text(name), grid(["", f"→ {name}"], [("x", f"taken for {name}")], 80))
    said = capsys.readouterr().out
    assert f"Wrote {name}." in said
    assert f"→ {name}" in said
    assert f"taken for {name}" in said


def test_no_task_is_taken_for_markup_while_it_runs(monkeypatch, capsys):
    monkeypatch.setenv("FORCE_COLOR", "1")  # as on a terminal
    with progress() as advance:
        advance("label a[/b]", None)
    assert "label a[/b]" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["explain"], ["explain", "--json"]])
def test_a_reader_that_goes_away_is_no_failure(arguments):
    reader, writer = os.pipe()
    os.close(reader)
    program = "import sys; from transom.cli.main import main; sys.exit(main(sys.argv[1:]))"
    with os.fdopen(writer, "wb") as nobody:
        command = [sys.executable, "-c", program, *arguments]
        run = subprocess.run(command, check=False, stdout=nobody, stderr=subprocess.PIPE)
    assert (run.returncode, run.stderr) == (0, b"")
