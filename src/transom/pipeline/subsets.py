"""Subsets: which examples are in each split, have each tag, and are in each slice."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from jaxtyping import Bool

from transom.data.dataset import Dataset, has_tag, in_split, scan
from transom.data.slices import membership
from transom.data.split import SPLITS
from transom.data.subset_names import SLICE_PREFIX
from transom.errors import Problem, ProjectError
from transom.evaluation.report import MAX_TAGS
from transom.pipeline.ingesting import Examples
from transom.pipeline.request import Request

Mask = Bool[np.ndarray, " n_examples"]


@dataclass(frozen=True)
class Subsets:
    """Masks over the examples; a slice's key is "slice:NAME"."""

    splits: Mapping[str, Mask]
    tags: Mapping[str, Mask]


def try_slices(request: Request, examples: Examples) -> None:
    """Asks of every example whether it is in each slice, as a slice that fails would end the run after the training.

    Raises:
        ProjectError: expressions or functions of slices are wrong, or fail on an example; with all problems.
    """
    problems = list[Problem]()
    for each in examples.dataset.schema.slices:
        request.advance(f"try slice {each.name}", None)
        try:
            membership(examples.dataset, each, request.workspace.folder)
        except ProjectError as error:
            problems += error.problems
    if problems:
        raise ProjectError(problems)


def subsets_of(dataset: Dataset, folder: Path) -> Subsets:
    """The splits, the commonest tags and all slices; `folder` is where slicing functions are."""
    splits = {split: in_split(dataset, split) for split in SPLITS}
    tags = {tag: has_tag(dataset, tag) for tag in _commonest_tags(dataset)}
    slices = {SLICE_PREFIX + each.name: membership(dataset, each, folder) for each in dataset.schema.slices}
    return Subsets(splits, tags | slices)


def _commonest_tags(dataset: Dataset) -> list[str]:
    """As many as a report shows; tags beyond that are mostly names of single examples."""
    if len(dataset.tags) <= MAX_TAGS:
        return list(dataset.tags)
    counts = scan(dataset).select(pl.col("tags").explode()).filter(~pl.col("tags").is_in(SPLITS)).collect()
    return sorted(counts.to_series().value_counts(sort=True).head(MAX_TAGS)["tags"].to_list())
