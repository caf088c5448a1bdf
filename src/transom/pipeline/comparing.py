"""The verb `compare`: two versions on today's test rows, per task and slice."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transom.data.dataset import Dataset
from transom.data.predictions import Predictions
from transom.data.subset_names import EVERYTHING, SLICE_PREFIX
from transom.data.votes import gold_of
from transom.errors import UsageError
from transom.evaluation.compare import Comparison
from transom.evaluation.compare import compare as compare_predictions
from transom.export.layout import store_of
from transom.export.store import find_version
from transom.pipeline.gating import TEST, predictions_of
from transom.pipeline.progress import Advance, no_progress
from transom.pipeline.recalling import examples_of
from transom.pipeline.request import Request
from transom.pipeline.subsets import Subsets, subsets_of
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
    if not said[0].keys() & said[1].keys():
        raise UsageError(
            "T188", f"Versions {numbers[0]} and {numbers[1]} have no task in common that the schema still has."
        )
    return Compared(numbers[0], numbers[1], tuple(comparisons(dataset, subsets, *said)))


def comparisons(
    dataset: Dataset, subsets: Subsets, before: Mapping[str, Predictions], after: Mapping[str, Predictions]
) -> Iterator[Comparison]:
    """Every metric of what two models say of all examples, on test and its slices, for the tasks that both answer."""
    test = subsets.splits[TEST]
    slices = {tag: test & mask for tag, mask in subsets.tags.items() if tag.startswith(SLICE_PREFIX)}
    for task in dataset.schema.tasks:
        if task.name in before and task.name in after:
            gold, said = gold_of(dataset, task), (before[task.name], after[task.name])
            for tag, chosen in {EVERYTHING: test, **slices}.items():
                yield from compare_predictions(task, gold, *said, tag=tag, examples=chosen)
