"""The stage `statistics`: what the data hold; and what a version keeps of it, with its rules and slices."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from transom.data.dataset import Dataset, in_split
from transom.data.source_statistics import SourceStatistics, source_statistics
from transom.data.split import SPLITS
from transom.data.statistics import Mask, Slice, Statistics, statistics_of
from transom.data.subset_names import SLICE_PREFIX
from transom.data.votes import sources_of
from transom.pipeline.ingesting import Examples
from transom.pipeline.labeling import TaskLabels
from transom.pipeline.request import Request
from transom.pipeline.subsets import subsets_of


def describe(request: Request, examples: Examples) -> Statistics:
    """The statistics of the data, before any rule is applied."""
    request.advance("describe the data", None)
    return statistics_of(examples.dataset)


def with_rules_and_slices(
    statistics: Statistics, dataset: Dataset, labels: Sequence[TaskLabels], folder: Path
) -> Statistics:
    """The statistics of a version: also what every rule does, and how large the slices are."""
    subsets = subsets_of(dataset, folder)
    not_test = ~subsets.splits["test"]
    slices = tuple(
        Slice(
            name.removeprefix(SLICE_PREFIX),
            {split: int(np.count_nonzero(members & subsets.splits[split])) for split in SPLITS},
            tuple(_sources(dataset, labels, members & not_test)),
        )
        for name, members in subsets.tags.items()
        if name.startswith(SLICE_PREFIX)
    )
    of_rules = rule_statistics(dataset, labels)
    return replace(statistics, sources=(*statistics.sources, *of_rules), slices=slices)


def rule_statistics(
    dataset: Dataset, labels: Sequence[TaskLabels], rows: Mask | None = None
) -> tuple[SourceStatistics, ...]:
    """What every rule does on the examples outside of test, or on some of them."""
    not_test = ~in_split(dataset, "test")
    chosen = not_test if rows is None else not_test & rows
    return tuple(each for each in _sources(dataset, labels, chosen) if each.is_rule)


def _sources(dataset: Dataset, labels: Sequence[TaskLabels], chosen: Mask) -> Iterator[SourceStatistics]:
    for one in labels:
        in_data = sources_of(dataset, one.task)
        for source, votes in zip(one.sources, one.votes, strict=True):
            yield source_statistics(one.task, source, votes, one.gold, chosen, is_rule=source not in in_data)
