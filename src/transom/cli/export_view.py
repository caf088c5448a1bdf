"""What an export wrote as people read it: the form, what it costs, and what it lost against its model."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from transom.cli.compare_view import comparison_lines
from transom.export.trial import Trial
from transom.pipeline.exports import ExportedFiles


def export_screen(done: ExportedFiles) -> Iterator[RenderableType]:
    """What was measured, then what was written; a refusal stands between them."""
    if done.rows:
        yield from comparison_lines(done.rows, "network", done.asked.format)
    if done.is_unmeasured:
        yield Text(
            f"The quality of {done.asked.format} was not measured: the project has no test row of today, with gold, "
            f"that version {done.version} can answer.",
            "yellow",
        )
    if done.refused is not None:
        yield Text(_figures(done.asked))
        yield Text(str(done.refused), "yellow")
    yield Text(_figures(done.written))
    yield Text(f"Version {done.version} as {done.written.format}: {', '.join(done.files)} in {done.folder}.")


def _figures(trial: Trial) -> str:
    return (
        f"{trial.format}: {trial.size_bytes:,} bytes ({trial.compressed_bytes:,} compressed), "
        f"{trial.latency_ms:.3f} ms a record; "
        f"scores of recorded examples differ by {trial.largest_difference:.2g} at most."
    )
