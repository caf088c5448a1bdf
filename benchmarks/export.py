"""Exported forms of models on real projects: bytes, time of a record, points lost on test, and who is refused.

    python benchmarks/export.py [--projects DIR] [--only NAME]

Each model is trained once with its defaults, and every form of it is tried as `transom export` tries it: alone, one
record at a time, on one thread, in turns with the float32 graph. A loss is that of the main metric on all test rows.
"""

import argparse
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from transom.export.trial import Trial
from transom.pipeline.exports import EXACT, ExportedFiles, export_version
from transom.pipeline.form_quality import MAIN
from transom.pipeline.lifecycle import run

PROJECTS = Path(__file__).resolve().parents[2] / "shared" / "projects"


@dataclass(frozen=True)
class Subject:
    """A model to export: a project, and what is set otherwise than by default."""

    project: str
    settings: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What it is called in the table."""
        return " ".join((self.project, *(each.partition("=")[2] for each in self.settings)))


SUBJECTS = (
    Subject("youtube"),
    Subject("youtube", ("payloads.text.encoder=convolution",)),
    Subject("youtube", ("payloads.text.encoder=lstm",)),
    Subject("youtube", ("payloads.text.encoder=transformer",)),
    Subject("youtube", ("payloads.text.encoder=pretrained",)),
    Subject("youtube", ("training.prune=0.8",)),
    Subject("trec"),
    Subject("trec", ("training.prune=0.8",)),
    Subject("trec", ("training.prune=0.95",)),
)
OTHERS = ("onnx-int8", "torch")


def measure(subject: Subject, projects: Path) -> None:
    """Trains the model and prints a line for each of its forms."""
    with tempfile.TemporaryDirectory() as parent:
        folder, store = projects / subject.project, Path(parent) / "store"
        done = run(folder, store=store, settings=subject.settings)
        rows = [row for row in done.report.rows if (row.stage, row.split, row.tag) == ("model", "test", "*")]
        quality = ", ".join(f"{row.task} {row.metric} {row.value:.3f}" for row in rows if row.metric in MAIN)
        print(f"{subject.name}: {quality}")
        exact = export_version(folder, Path(parent) / EXACT, format=EXACT, store=store)
        report(exact, exact.asked)
        for name in OTHERS:
            report(export_version(folder, Path(parent) / name, format=name, store=store), exact.asked)


def report(done: ExportedFiles, exact: Trial) -> None:
    """One form: what it weighs and takes, what it loses, and why it was refused, if it was."""
    asked = done.asked
    beside = done.written if done.refused else exact  # taken in turns with it
    lost = [-row.gain for row in done.rows if row.tag == "*" and row.metric in MAIN]
    loss = f"{100 * max(lost) + 0.0:6.2f}" if lost else "     -"
    print(
        f"  {asked.format:10} {asked.size_bytes:12,} {asked.size_bytes / exact.size_bytes:6.1%} "
        f"{asked.compressed_bytes:12,} {asked.latency_ms:8.3f} {beside.latency_ms / asked.latency_ms:7.2f} "
        f"{asked.largest_difference:9.2g} {loss}  {'refused' if done.refused else 'written'}",
        flush=True,
    )
    if done.refused:
        print(f"    {done.refused.message}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--projects", type=Path, default=PROJECTS)
    parser.add_argument("--only", default="", help="Models whose name holds this.")
    options = parser.parse_args()
    print(f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f} before")
    print(f"  {'form':10} {'bytes':>12} {'share':>6} {'compressed':>12} {'ms':>8} {'faster':>7} {'differs':>9} points")
    for subject in SUBJECTS:
        if options.only in subject.name:
            measure(subject, options.projects)
    print(f"load {os.getloadavg()[0]:.1f} after")


if __name__ == "__main__":
    main()
