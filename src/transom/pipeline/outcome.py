"""What came of a run."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from transom.errors import Problem
from transom.evaluation.data_verdict import DataVerdict, worst_first
from transom.evaluation.gate import Verdict
from transom.evaluation.report import Report
from transom.pipeline.stage import StageRecord
from transom.schema.tasks import Task
from transom.supervision.extension import ExtensionRow
from transom.supervision.findings import SourceAnalysis
from transom.supervision.source_row import SourceRow


@dataclass(frozen=True)
class Run:
    """What came of a run: the report, the sources, what each stage did, and the version if there is one."""

    report: Report
    sources: tuple[SourceRow, ...]
    tasks: tuple[Task, ...]
    stages: tuple[StageRecord, ...]
    warnings: tuple[Problem, ...]
    n_refused: int
    refused_file: Path | None
    version: int | None
    verdict: Verdict | None = None
    extensions: tuple[ExtensionRow, ...] = ()
    analysis: SourceAnalysis | None = None
    data: DataVerdict | None = None

    def as_dict(self) -> dict[str, Any]:
        """The run as `run --json` prints it."""
        return {
            "rows": self.report.as_dicts(),
            "sources": [row.as_dict() for row in self.sources],
            "extensions": [row.as_dict() for row in self.extensions],
            "stages": [record.as_dict() for record in self.stages],
            "warnings": [problem.as_dict() for problem in self.warnings],
            "n_refused": self.n_refused,
            "refused_file": None if self.refused_file is None else str(self.refused_file),
            "version": self.version,
            "verdict": None if self.verdict is None else self.verdict.as_dict(),
            "data": None if self.data is None else self.data.as_dict(),
            **({} if self.analysis is None else self.analysis.as_dict()),
        }


def with_data_verdicts(run: Run, verdicts: Sequence[DataVerdict]) -> Run:
    """A run with what was said of its data, as one; data that are refused are the verdict on the run."""
    if not verdicts:
        return run
    outcome = max((each.outcome for each in verdicts), key=("passed", "warned", "refused").index)
    anomalies = worst_first(each for verdict in verdicts for each in verdict.anomalies)
    why = "; ".join(dict.fromkeys(each.why for each in verdicts if each.outcome == outcome))
    data = DataVerdict(outcome, why, verdicts[-1].against, anomalies, verdicts[-1].new_files)
    return replace(run, data=data, verdict=Verdict("refused", why, data.against) if data.is_refused else run.verdict)
