"""The verb `compare`: two versions on today's test rows, per task and slice."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transom.data.votes import gold_of
from transom.errors import UsageError
from transom.evaluation.compare import Comparison
from transom.evaluation.compare import compare as compare_predictions
from transom.evaluation.report import EVERYTHING, SLICE_PREFIX
from transom.export.layout import store_of
from transom.export.store import find_version
from transom.pipeline.gating import TEST, predictions_of
from transom.pipeline.progress import Advance, no_progress
from transom.pipeline.recalling import examples_of
from transom.pipeline.request import Request
from transom.pipeline.subsets import subsets_of
from transom.pipeline.workspace import open_workspace


@dataclass(frozen=True)
class Compared:
    """Two versions by number, and every metric of both on test and on its slices."""

    before: int
    after: int
    rows: tuple[Comparison, ...]

    def as_dict(self) -> dict[str, Any]:
        """The comparison as `compare --json` prints it."""
        return {"before": self.before, "after": self.after, "rows": [row.as_dict() for row in self.rows]}


def compare(
    folder: Path | str,
    before: str,
    after: str,
    *,
    store: Path | str | None = None,
    settings: Sequence[str] = (),
    progress: Advance = no_progress,
) -> Compared:
    """Two versions, named by number or alias, on the test rows that the project has today.

    Raises:
        ProjectError: the project's files are wrong.
        ArtifactError: there is no such version, or it is damaged.
        UsageError: no task of today's schema is answered by both.
    """
    request = Request(open_workspace(folder, store=store, overrides=settings), advance=progress)
    numbers = [find_version(store_of(folder, store), version) for version in (before, after)]
    dataset = examples_of(request).dataset
    subsets = subsets_of(dataset, request.workspace.folder)
    said = []
    for number in numbers:
        progress(f"ask version {number}", None)
        said.append(predictions_of(request, dataset, str(number)))
    test = subsets.splits[TEST]
    slices = {tag: test & mask for tag, mask in subsets.tags.items() if tag.startswith(SLICE_PREFIX)}
    shared = [task for task in dataset.schema.tasks if all(task.name in each for each in said)]
    if not shared:
        raise UsageError(
            "T188", f"Versions {numbers[0]} and {numbers[1]} have no task in common that the schema still has."
        )
    rows = [
        each
        for task in shared
        for gold in (gold_of(dataset, task),)
        for tag, chosen in {EVERYTHING: test, **slices}.items()
        for each in compare_predictions(task, gold, said[0][task.name], said[1][task.name], tag=tag, examples=chosen)
    ]
    return Compared(numbers[0], numbers[1], tuple(rows))
