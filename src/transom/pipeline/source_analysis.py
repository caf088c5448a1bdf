"""What to do about the sources of a project: who disagrees, which subsets are left alone, where a rule would help."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from transom.data.subset_names import SLICE_PREFIX
from transom.pipeline.ingesting import with_schema
from transom.pipeline.labeling import TaskLabels, evidence_of, keys_of, row_frame
from transom.pipeline.outcome import Run
from transom.pipeline.request import Request
from transom.pipeline.stage import StageName
from transom.pipeline.subsets import Mask, Subsets, subsets_of
from transom.pipeline.summary import summarize
from transom.supervision.conflicts import conflicts, correlations
from transom.supervision.findings import SourceAnalysis
from transom.supervision.reach import reach
from transom.supervision.suggestions import suggestions

MOST_TAGS = 50
"""How many tags sources are looked at in, the commonest ones; slices always are."""


def summarize_with_analysis(request: Request, results: Mapping[StageName, Any]) -> Run:
    """What the stages say together, and the analysis of the labels."""
    return replace(summarize(request, results), analysis=analyse(request, results))


def analyse(request: Request, results: Mapping[StageName, Any]) -> SourceAnalysis:
    """The analysis of the labels that a run came to.

    Raises:
        ProjectError: a slice fails.
    """
    workspace = request.workspace
    examples = with_schema(results["check"], workspace.schema)
    labels: tuple[TaskLabels, ...] = results["extend"]
    rows = row_frame(examples.dataset)
    keys = keys_of(rows)
    inside = _subsets(subsets_of(examples.dataset, workspace.folder))
    found = SourceAnalysis()
    for one in labels:
        evidence = evidence_of(one, examples.dataset, keys)
        predictions = one.combined.label_model
        found = SourceAnalysis(
            conflicts=found.conflicts + conflicts(evidence, rows["id"]),
            correlations=found.correlations + correlations(evidence),
            reach=found.reach + reach(evidence, inside),
            suggestions=found.suggestions + suggestions(evidence, predictions, rows, workspace.schema),
        )
    return found


def _subsets(subsets: Subsets) -> dict[str, Mask]:
    """The slices, then the tags that most examples have."""
    slices = {tag: mask for tag, mask in subsets.tags.items() if tag.startswith(SLICE_PREFIX)}
    tags = [tag for tag in subsets.tags if tag not in slices]
    commonest = sorted(tags, key=lambda tag: -int(np.count_nonzero(subsets.tags[tag])))[:MOST_TAGS]
    return slices | {tag: subsets.tags[tag] for tag in commonest}
