"""The runner: brings stages up to date one after the other, and runs only those whose key is new."""

import errno
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, TypeVar

import orjson

from transom.errors import ArtifactError, Location, TransomError, UsageError, listed, reason_of
from transom.evaluation.data_verdict import DataVerdict
from transom.export.executions import Execution, begin_run, last_executions, record_execution
from transom.export.layout import CACHE, OBJECTS
from transom.export.objects import put
from transom.pipeline.cache import CHECKPOINTS, DamagedError, find, keep, load, mark_used, remembered
from transom.pipeline.components import Components, Known, code_listing, components, key_of
from transom.pipeline.fingerprint import Fingerprints, load_fingerprints, save_fingerprints
from transom.pipeline.ingesting import Examples, with_schema
from transom.pipeline.locks import locked
from transom.pipeline.request import Request
from transom.pipeline.reuse import Reuse
from transom.pipeline.source_memo import load_sources, save_sources
from transom.pipeline.stage import Stage, StageName, StageRecord
from transom.pipeline.sweeping import sweep
from transom.pipeline.why import SAME, changed_names, why

ResultT = TypeVar("ResultT")

UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM)
"""What the system says when a store cannot be written."""

NOT_NEEDED = "the project does not ask for it"
STOPPED = "the data are not as expected"


@dataclass(frozen=True)
class Results(Mapping[StageName, Any]):
    """What the stages gave that are up to date; read only when it is asked for, and then proved to be whole.

    `loaded` are those that were read already, by their digest.
    """

    store: Path
    digests: Mapping[StageName, str]
    loaded: dict[str, Any] = field(default_factory=dict)

    def __iter__(self) -> Iterator[StageName]:
        return iter(self.digests)

    def __len__(self) -> int:
        return len(self.digests)

    def __getitem__(self, stage: StageName) -> Any:
        """What the stage gave.

        Raises:
            DamagedError: it is not there any more, or not as it was; the stage has to run again.
        """
        digest = self.digests[stage]
        if digest not in self.loaded:
            self.loaded[digest] = load(self.store, digest)
        return self.loaded[digest]


@dataclass(frozen=True)
class _Run:
    """One call of the life cycle: what is asked for, what is known, and what was done so far.

    `skipped` names the stage whose result is taken for that of one that was skipped.
    """

    request: Request
    forced: Collection[str]
    before: Mapping[str, Execution]
    known: Known
    loaded: dict[str, Any] = field(default_factory=dict)
    records: dict[str, StageRecord] = field(default_factory=dict)
    verdicts: dict[StageName, DataVerdict] = field(default_factory=dict)
    skipped: dict[StageName, StageName] = field(default_factory=dict)


def run_stages(
    stages: Sequence[Stage],
    request: Request,
    summary: Stage,
    reuse: Reuse,
) -> tuple[Any, tuple[StageRecord, ...], tuple[DataVerdict, ...]]:
    """Brings the stages up to date, and gives what `summary` makes of all their results, and what each stage did.

    The verdicts are those of the guards of stages; after one that refuses no further stage runs. A result that turns
    out to be damaged is forgotten, and the run begins again: what is sound is found at once.

    Raises:
        TransomError: a stage fails, the store cannot be written, or a file changed while a stage read it.
    """
    store = request.workspace.store
    cache = store / CACHE
    with _writes_to(store):
        number = begin_run(store, datetime.now(UTC))
        known = Known(Fingerprints() if reuse.rehash else load_fingerprints(cache), load_sources(cache))
        run = _Run(replace(request, run=number), reuse.force, last_executions(store), known)
        try:
            concluded = _until_sound(stages, run, summary)
        except Exception as error:
            for verdict in run.verdicts.values():
                if verdict.anomalies:  # they may be why it failed
                    error.add_note(f"{verdict.compared} are unlike those of version {verdict.against}: {verdict.why}.")
            raise
        finally:
            with suppress(TransomError, OSError):  # only costs time the next time
                save_fingerprints(cache, known.fingerprints)
                save_sources(cache, known.sources)
        if any(record.status == "ran" for record in run.records.values()):
            sweep(store, limit_bytes=reuse.limit_bytes, now_s=time.time())
    return concluded, tuple(run.records.values()), tuple(run.verdicts.values())


def _until_sound(stages: Sequence[Stage], run: _Run, summary: Stage) -> Any:
    damages: list[str] = []
    while len(damages) <= len(stages):
        try:
            results = _up_to_date(stages, run)
            for digest in results.digests.values():
                mark_used(results.store, digest)
            seen = summary.sees(run.request)
            return _Memory(summary, results.digests, run.known)(seen, partial(_call, summary, seen, results))
        except DamagedError as damage:
            damages.append(str(damage))
    message = f"results cannot be read back though they were just written: {listed(damages)}. Check the disk."
    raise ArtifactError("T201", message, Location(str(run.request.workspace.store)))


def _call(stage: Stage, *arguments: Any) -> Any:
    return resolve_name(stage.function)(*arguments)


def _up_to_date(stages: Sequence[Stage], run: _Run) -> Results:
    digests: dict[StageName, str] = {}
    results = Results(run.request.workspace.store, digests, run.loaded)
    for number, stage in enumerate(stages, start=1):
        if stage.otherwise is not None and not stage.is_needed(run.request.workspace):
            digests[stage.name] = digests[stage.otherwise]
            run.skipped[stage.name] = stage.otherwise
            run.records[stage.name] = StageRecord(stage.name, "skipped", 0.0, NOT_NEEDED)
            continue
        digests[stage.name] = _bring(stage, run, results)
        verdict = None if stage.guard is None else _asked(stage.guard, run, results)
        if stage.guard is not None and verdict is not None:
            run.verdicts[stage.name] = verdict
            if verdict.is_refused:
                _note(run, _of_guard(stage.guard, run, results, "refused", verdict.why), time.perf_counter())
                for left in stages[number:]:
                    run.records[left.name] = StageRecord(left.name, "skipped", 0.0, STOPPED)
                break
    return results


def _asked(guard: Stage, run: _Run, results: Results) -> DataVerdict | None:
    """What a guard says, now or when it was asked the same before; None where it has only tried something."""
    seen = guard.sees(run.request)
    inputs, clock = _inputs(guard, run, results), time.perf_counter()
    try:
        return _Memory(guard, inputs, run.known)(seen, partial(_answer, guard, seen, results))
    except DamagedError:
        raise
    except Exception as error:
        with suppress(TransomError, OSError):  # what went wrong says more than that it cannot be recorded
            _note(run, _of_guard(guard, run, results, "failed", reason_of(error)), clock)
        raise


def _of_guard(guard: Stage, run: _Run, results: Results, status: str, why: str) -> Execution:
    """What is recorded of a guard that ends a run; of one that does not, nothing is."""
    inputs = _inputs(guard, run, results)
    parts = components(guard, guard.sees(run.request), inputs, run.known)
    assert run.request.run is not None, "the run was begun"
    now = datetime.now(UTC)
    return Execution(run.request.run, guard.name, key_of(parts), parts, status, now, 0.0, why, tuple(inputs.values()))


def _answer(guard: Stage, seen: Request, results: Results) -> DataVerdict | None:
    verdict: DataVerdict | None = _call(guard, seen, *(_as_seen(results[name], seen) for name in guard.inputs))
    return verdict


def _bring(stage: Stage, run: _Run, results: Results) -> str:
    """The digest of the stage's result, found or worked out."""
    started, clock = datetime.now(UTC), time.perf_counter()
    store, seen = run.request.workspace.store, stage.sees(run.request)
    inputs = _inputs(stage, run, results)
    parts = components(stage, seen, inputs, run.known)
    key = key_of(parts)
    is_forced = stage.name in run.forced and stage.name not in run.records
    number = run.request.run
    assert number is not None, "the run was begun"
    execution = Execution(number, stage.name, key, parts, "cached", started, 0.0, SAME, tuple(inputs.values()))
    with locked(store / CACHE, key):
        digest = None if is_forced else find(store, stage.name, key)
        if digest is None:
            put(store / OBJECTS, orjson.dumps(code_listing(stage, seen, run.known)))  # so that why can name functions
            reason = why(run.before.get(stage.name), execution, store / OBJECTS, is_forced=is_forced)
            execution = replace(execution, status="ran", why=reason)
            if _is_news(run, execution):
                run.request.observe(replace(execution, status="running"))
            try:
                digest = _run_stage(stage, run, results, execution)
            except DamagedError:
                raise
            except Exception as error:
                try:
                    _note(run, replace(execution, status="failed", why=reason_of(error)), clock)
                except (TransomError, OSError) as problem:  # what went wrong says more than that it is not recorded
                    error.add_note(f"That the stage {stage.name!r} failed could not be recorded: {reason_of(problem)}")
                raise
        _note(run, replace(execution, outputs=(digest,)), clock)
    return digest


def _inputs(stage: Stage, run: _Run, results: Results) -> dict[StageName, str]:
    """The digests of what a stage is given, each by the stage that gave it."""
    return {run.skipped.get(name, name): results.digests[name] for name in stage.inputs}


def _run_stage(stage: Stage, run: _Run, results: Results, execution: Execution) -> str:
    store, seen = run.request.workspace.store, stage.sees(run.request)
    inputs = _inputs(stage, run, results)
    arguments = [_as_seen(results[name], seen) for name in stage.inputs]
    run.request.advance(stage.name, None)
    checkpoints = store / CACHE / CHECKPOINTS / execution.key
    asked = replace(seen, remember=_Memory(stage, inputs, run.known), checkpoints=checkpoints)
    result = _call(stage, asked, *arguments)
    changed = changed_names(execution.components, components(stage, seen, inputs, run.known))
    if changed:
        raise UsageError("T200", f"{listed(changed)} changed while the stage {stage.name!r} ran. Run again.")
    digest = keep(store, result)
    run.loaded[digest] = result
    return digest


def _as_seen(result: Any, seen: Request) -> Any:
    """A result as a stage may see it: a dataset declares the slices that the stage may see."""
    return with_schema(result, seen.workspace.schema) if isinstance(result, Examples) else result


def _note(run: _Run, execution: Execution, clock: float) -> None:
    """Records what became of a stage, where that is news."""
    if _is_news(run, execution):
        ended = replace(execution, seconds=time.perf_counter() - clock)
        record_execution(run.request.workspace.store, ended)
        run.request.observe(ended)
        run.records[ended.stage] = StageRecord(ended.stage, ended.status, ended.seconds, ended.why)


def _is_news(run: _Run, execution: Execution) -> bool:
    """Whether a run that begins again has more to say of a stage: that it ran after it was found, or failed at last."""
    noted = run.records.get(execution.stage)
    return noted is None or execution.status not in (noted.status, "cached")


@dataclass(frozen=True)
class _Memory:
    """What a stage remembers from earlier runs, under a key like its own."""

    stage: Stage
    inputs: Mapping[StageName, str]
    known: Known

    def __call__(self, narrower: Request, work_out: Callable[[], ResultT], /) -> ResultT:
        parts = self._components(narrower)
        key = key_of({**parts, "stage": self.stage.name})
        return remembered(narrower.workspace.store, key, work_out, partial(self._is, narrower, parts))

    def _components(self, narrower: Request) -> Components:
        return components(self.stage, narrower, self.inputs, self.known)

    def _is(self, narrower: Request, parts: Components) -> bool:
        return self._components(narrower) == parts


@contextmanager
def _writes_to(store: Path) -> Iterator[None]:
    """What goes wrong when the store's disk is full or may not be written, as an error that a user can mend."""
    try:
        yield
    except OSError as problem:
        if problem.errno not in UNWRITABLE:
            raise
        raise ArtifactError("T146", f"the store cannot be written: {problem}.", Location(str(store))) from problem
