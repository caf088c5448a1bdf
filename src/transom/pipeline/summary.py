"""What a run says in the end: its report, its sources, its warnings and its version."""

from collections.abc import Iterator, Mapping
from typing import Any

from transom.errors import Problem
from transom.evaluation.report import Report
from transom.pipeline.ingesting import with_schema
from transom.pipeline.labeling import TaskLabels
from transom.pipeline.measuring import measure_labels
from transom.pipeline.outcome import Run
from transom.pipeline.request import Request
from transom.pipeline.stage import StageName
from transom.pipeline.unreported import unreported


def summarize(request: Request, results: Mapping[StageName, Any]) -> Run:
    """What the stages say together; labels that no stage measured are measured here."""
    examples = with_schema(results["check"], request.workspace.schema)
    labels: tuple[TaskLabels, ...] = results.get("extend", results.get("label", ()))
    report = results["evaluate"] if "evaluate" in results else Report()
    if labels and "evaluate" not in results:
        report = measure_labels(request, examples, labels)
    return Run(
        report=report,
        sources=tuple(row for one in labels for row in one.table),
        tasks=examples.dataset.schema.tasks,
        stages=(),
        warnings=(*_warnings(results, labels), *unreported(examples.dataset.schema, report)),
        n_refused=examples.n_refused,
        refused_file=examples.refused_file,
        version=results["register"].number if "register" in results else None,
        verdict=results.get("gate"),
        extensions=tuple(one.extension for one in labels if one.extension is not None),
    )


def _warnings(results: Mapping[StageName, Any], labels: tuple[TaskLabels, ...]) -> Iterator[Problem]:
    """What every stage has to say, in their order: the `warnings` of its result."""
    for stage in results:
        if stage == "label":
            yield from (warning for one in labels for warning in one.warnings)
        else:
            yield from getattr(results[stage], "warnings", ())
