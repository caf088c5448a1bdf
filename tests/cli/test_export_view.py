from pathlib import Path

from rich.console import Console

from transom.cli.export_view import export_screen
from transom.errors import Problem
from transom.evaluation.compare import Comparison
from transom.export.trial import Trial
from transom.pipeline.exports import ExportedFiles

WHOLE, ROUNDED = Trial("onnx", 4000, 3500, 1e-6, 0.1), Trial("onnx-int8", 3000, 2900, 0.02, 0.12)
FILES = ("model.onnx", "signature.json")


def printed(done: ExportedFiles) -> str:
    console = Console(width=200, color_system=None)
    with console.capture() as capture:
        console.print(*export_screen(done), sep="\n")
    return capture.get()


def test_an_exact_form_is_told_by_its_figures() -> None:
    assert printed(ExportedFiles(3, Path("out"), FILES, WHOLE, WHOLE)) == (
        "onnx: 4,000 bytes (3,500 compressed), 0.100 ms a record; "
        "scores of recorded examples differ by 1e-06 at most.\n"
        "Version 3 as onnx: model.onnx, signature.json in out.\n"
    )


def test_a_refused_form_is_shown_with_what_it_lost_why_and_what_was_written_instead() -> None:
    refused = Problem(
        "T235", "onnx-int8 is refused, and onnx was written in its place: it is slow.", severity="warning"
    )
    row = Comparison("mood", "slice:short", "accuracy", 0.9, 0.8, -0.1, -0.2, 0.0, 0.01, 1.0, 50)
    said = printed(ExportedFiles(3, Path("out"), FILES, WHOLE, ROUNDED, refused, (row,))).splitlines()

    assert said[0].split() == ["metric", "network", "onnx-int8", "gain", "95", "%", "n"]
    assert said[2].split() == ["mood", "·", "slice:short", "50"]
    assert said[3].split()[:5] == ["accuracy", ".90", ".80", "▼", "-.10"]
    assert said[-4].startswith("onnx-int8: 3,000 bytes (2,900 compressed), 0.120 ms a record; ")
    assert said[-3] == str(refused)
    assert said[-2].startswith("onnx: 4,000 bytes")
    assert said[-1] == "Version 3 as onnx: model.onnx, signature.json in out."


def test_a_form_whose_quality_could_not_be_measured_says_so() -> None:
    done = ExportedFiles(3, Path("out"), FILES, ROUNDED, ROUNDED, is_unmeasured=True)

    assert printed(done).splitlines()[0] == (
        "The quality of onnx-int8 was not measured: the project has no test row of today, with gold, "
        "that version 3 can answer."
    )
