"""What a version says of itself: its report, and the examples that it gets wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transom.data.dataset import frame, in_split
from transom.data.records import member_ids
from transom.data.split import SPLITS
from transom.errors import Problem, UsageError, did_you_mean
from transom.evaluation.report import Report, Row
from transom.export.layout import LIVE, store_of
from transom.export.store import open_version
from transom.pipeline.answers import open_answering, predict_values
from transom.pipeline.learning import payload_values
from transom.pipeline.mistakes import Mistakes, Shown, mistakes
from transom.pipeline.package import REPORT, SCHEMA
from transom.pipeline.progress import Advance, no_progress
from transom.pipeline.recalling import labeled
from transom.pipeline.request import Request
from transom.pipeline.unreported import unreported
from transom.pipeline.workspace import open_workspace
from transom.schema.stored import schema_from_json


@dataclass(frozen=True)
class StoredReport:
    """The report of a version, and what it is silent about."""

    version: int
    report: Report
    warnings: tuple[Problem, ...] = ()


def report(folder: Path | str = ".", *, store: Path | str | None = None, version: str = LIVE) -> StoredReport:
    """The report that a version was registered with.

    Raises:
        ArtifactError: there is no such version, or it is damaged.
    """
    artifact = open_version(store_of(folder, store), version)
    found = Report(tuple(Row(**row) for row in artifact.read_json(REPORT)["rows"]))
    silent = tuple(unreported(schema_from_json(artifact.read_json(SCHEMA)), found))
    return StoredReport(artifact.about["version"], found, silent)


def find_mistakes(
    folder: Path | str = ".",
    *,
    task: str | None = None,
    split: str = "dev",
    store: Path | str | None = None,
    settings: Sequence[str] = (),
    version: str = LIVE,
    progress: Advance = no_progress,
) -> tuple[Mistakes, ...]:
    """What a version gets wrong on a split of the project's data as it is now, with what every source said.

    Raises:
        UsageError: there is no such task or split, or the version has not learned the task.
        ProjectError: the project's files are wrong.
        ArtifactError: there is no such version, or it is damaged.
    """
    request = Request(open_workspace(folder, store=store, overrides=settings), advance=progress)
    schema = request.workspace.schema
    _require_known("task", task, [each.name for each in schema.tasks])
    _require_known("split", split, SPLITS)
    answering = open_answering(folder, store=store, version=version)
    known = labeled(request)
    dataset = known.examples.dataset
    values = payload_values(dataset, [payload.name for payload in schema.payloads])
    predictions = predict_values(answering, values)
    _require_learned(task, answering.version, list(predictions))
    keep = in_split(dataset, split)
    ids = frame(dataset, ["id"])["id"].to_list()
    texts = texts_of(values, len(ids))
    return tuple(
        mistakes(
            one.task,
            gold=one.gold,
            predictions=predictions[one.task.name],
            keep=keep,
            shown=Shown(ids, texts, member_ids(one.task, values)),
            votes=dict(zip(one.sources, one.votes, strict=True)),
        )
        for one in known.labels
        if one.task.name in predictions and task in (None, one.task.name)
    )


def _require_known(what: str, name: str | None, known: Sequence[str]) -> None:
    if name is not None and name not in known:
        raise UsageError("T179", f"{name!r} is not a {what}. Known: {', '.join(known)}.{did_you_mean(name, known)}")


def _require_learned(task: str | None, version: int, learned: Sequence[str]) -> None:
    if task is not None and task not in learned:
        message = f"version {version} has not learned {task!r}. It has learned: {', '.join(learned)}."
        raise UsageError("T179", message)


def texts_of(values: Mapping[str, Sequence[Any]], n_examples: int) -> list[str]:
    """Each example in one line: its first payload that says something, else nothing."""
    columns = values.values()
    return [next((_in_words(column[row]) for column in columns if column[row]), "") for row in range(n_examples)]


def _in_words(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={part}" for name, part in value.items() if part is not None)
    if isinstance(value, int | float):
        return f"{value:g}"
    return " ".join(_in_words(part) if not isinstance(part, Mapping) else str(part.get("id")) for part in value)
