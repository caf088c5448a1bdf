"""The guards before training: whether today's data are what the live version leads one to expect."""

from collections.abc import Sequence
from dataclasses import replace

from transom.data.statistics import Mask, Statistics, rows_of_files, statistics_from_json, statistics_of
from transom.evaluation.anomalies import data_anomalies, source_anomalies
from transom.evaluation.data_verdict import Anomaly, DataVerdict
from transom.export.artifact import in_folder, read_manifest, read_whole
from transom.export.layout import folder_of
from transom.export.lineage import Step, read_steps
from transom.pipeline.components import own_code, own_parts, settings_of
from transom.pipeline.fingerprint import Fingerprints
from transom.pipeline.ingesting import Examples
from transom.pipeline.labeling import TaskLabels
from transom.pipeline.package import STATISTICS
from transom.pipeline.request import Request
from transom.pipeline.source_memo import Sources
from transom.pipeline.statistics import rule_statistics
from transom.pipeline.views import files_of_rules
from transom.pipeline.workspace import Workspace
from transom.supervision.rule_kinds import PythonRule, Rule


def judge_data(request: Request, examples: Examples, statistics: Statistics) -> DataVerdict:
    """Columns, tags, gold and the sources in the data, beside those of the live version."""
    before = statistics_of_live(request)
    if before is None:
        return _nothing_to_compare(request)
    rows = new_rows(examples, statistics, before)
    today = statistics if rows is None else statistics_of(examples.dataset, rows)
    anomalies = data_anomalies(before, today, drift=request.workspace.deploy.statistics.drift)
    which = "" if rows is None else " of new files"
    compared = f"{today.n_examples:,} examples{which} are like those of version {request.live}"
    return _verdict(request, anomalies, new_files=rows is not None, otherwise=compared)


def judge_rules(
    request: Request, examples: Examples, statistics: Statistics, labels: tuple[TaskLabels, ...]
) -> DataVerdict:
    """What the rules do on the data, beside what they did on those of the live version.

    Rules that were edited since are not compared: that they vote otherwise is what was asked for.
    """
    before = statistics_of_live(request)
    if before is None:
        return _nothing_to_compare(request)
    rows = new_rows(examples, statistics, before)
    kept = _rules_as_before(request)
    found = rule_statistics(examples.dataset, labels, rows)
    today = [each for each in found if each.source in kept]
    anomalies = source_anomalies(before.sources, today, drift=request.workspace.deploy.statistics.drift)
    compared = f"{len(today):,} of {len(found):,} rules vote as they did for version {request.live}"
    edited = "; the others are new or were edited" if len(today) < len(found) else ""
    return _verdict(request, anomalies, new_files=rows is not None, otherwise=f"{compared}{edited}")


def new_rows(examples: Examples, today: Statistics, before: Statistics) -> Mask | None:
    """The examples in files that the live version did not have, beside files that it had; else None, for all.

    So a day's file is not lost among all the days before it.
    """
    new = tuple(file for file in today.files if file not in before.files)
    return rows_of_files(examples.dataset, new) if 0 < len(new) < len(today.files) else None


def statistics_of_live(request: Request) -> Statistics | None:
    """The statistics that the live version keeps; None if there is no such version, or it was made without them.

    Raises:
        ArtifactError: they are damaged.
    """
    if request.live is None:
        return None
    folder = folder_of(request.workspace.store, request.live)
    read, address = in_folder(folder), str(folder)
    manifest = read_manifest(read, address)
    if STATISTICS not in manifest.files:
        return None
    return statistics_from_json(read_whole(read, address, manifest, STATISTICS))


def _rules_as_before(request: Request) -> set[str]:
    """The rules that are as they were when the live version was made: their settings, their files and their code."""
    assert request.live is not None, "there is something to compare with"
    steps = read_steps(folder_of(request.workspace.store, request.live))
    before = next((step for step in steps if step.stage == "label"), Step("label", "", {}))
    today = Step("label", "", {f"setting:{path}": value for path, value in settings_of(request).items()})
    read = Sources()
    return {
        rule.name
        for rule in request.workspace.sources
        if today.rules.get(rule.name) == before.rules.get(rule.name)
        and _parts_of(rule, request.workspace, read).items() <= before.components.items()
    }


def _parts_of(rule: Rule, workspace: Workspace, read: Sources) -> dict[str, str]:
    """The files and the code of the project that the rule's votes depend on; functions that are other rules are not."""
    alone = replace(workspace, sources=(rule,))
    parts = own_parts(own_code(alone, read), alone, files_of_rules(alone), Fingerprints())
    others = {f"module:{each.python}" for each in workspace.sources if isinstance(each, PythonRule) and each != rule}
    return {name: digest for name, digest in parts.items() if name not in others}


def _nothing_to_compare(request: Request) -> DataVerdict:
    if request.live is None:
        return DataVerdict("passed", "there is no live version to compare the data with", None)
    return DataVerdict("passed", f"version {request.live} keeps no statistics to compare the data with", request.live)


def _verdict(request: Request, anomalies: Sequence[Anomaly], *, new_files: bool, otherwise: str) -> DataVerdict:
    if not anomalies:
        return DataVerdict("passed", otherwise, request.live, new_files=new_files)
    is_stop = request.workspace.deploy.statistics.on_anomaly == "stop"
    why = "; ".join(f"{each.where} {each.what}" for each in anomalies)
    return DataVerdict("refused" if is_stop else "warned", why, request.live, tuple(anomalies), new_files)
