"""Events of lineage: whoever listens is told what each stage of a run reads and gives, while it happens."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4, uuid5

from transom.errors import Problem, reason_of
from transom.export.executions import Execution
from transom.export.layout import folder_of
from transom.export.lineage import Step
from transom.pipeline.cache import load
from transom.pipeline.openlineage_sender import Data, Event, Sender, State, open_sender
from transom.pipeline.package import Registered
from transom.pipeline.workspace import Workspace


@dataclass(frozen=True)
class Listener:
    """Who is told of a run; nobody where there is no sender, and nobody any more once `problems` says why.

    `givers` are the stages by what they gave; `files` and `versions` are what the run read and registered so far.
    """

    workspace: Workspace
    sender: Sender | None
    run: UUID = field(default_factory=uuid4)
    problems: list[Problem] = field(default_factory=list)
    givers: dict[str, str] = field(default_factory=dict)
    files: dict[Data, None] = field(default_factory=dict)
    versions: dict[Data, None] = field(default_factory=dict)

    @property
    def project(self) -> str:
        """The name of the project, and of the job that its whole run is."""
        return self.workspace.folder.resolve().name

    def observe(self, execution: Execution) -> None:
        """Tells of a stage that begins, or that has ended; of one that did not run both at once."""
        if self.sender is None:
            return
        with self.harmless():
            begun = self._event(execution)
            if execution.status in {"running", "cached", "refused"}:
                self.tell(begun)
            if execution.status != "running":
                self.tell(self._ended(begun, execution))

    def tell(self, event: Event) -> None:
        """Sends an event, unless one could not be sent before."""
        if self.sender is not None and not self.problems:
            with self.harmless():
                self.sender.send(event)

    @contextmanager
    def harmless(self) -> Iterator[None]:
        """What goes wrong becomes a warning and the end of the events: no transport ever breaks a run."""
        try:
            yield
        except Exception as problem:
            self.problems.append(unsent(problem))

    def _event(self, execution: Execution) -> Event:
        """The beginning of a stage."""
        step, folder = Step(execution.stage, execution.key, execution.components), self.workspace.folder.resolve()
        files = [Data(str(folder / name), digest, is_file=True) for name, digest in step.of_kind("data").items()]
        self.files.update(dict.fromkeys(files))
        given = [Data(f"{self.project}.{self.givers.get(each)}", each) for each in execution.inputs]
        return Event(
            "START",
            execution.started,
            job=f"{self.project}.{execution.stage}",
            run=str(uuid5(self.run, f"{execution.stage} {execution.started.isoformat()}")),  # it may be found, then run
            parent=(self.project, str(self.run)),
            about={
                "run": execution.run,
                "key": execution.key,
                "status": execution.status,
                "why": execution.why,
                "settings": step.of_kind("setting"),
            },
            inputs=(*files, *given),
        )

    def _ended(self, begun: Event, execution: Execution) -> Event:
        moment, outputs = execution.started + timedelta(seconds=execution.seconds), self._outputs(execution)
        if execution.status in {"failed", "refused"}:
            return replace(begun, state="FAIL", moment=moment, error=execution.why, outputs=outputs)
        return replace(begun, state="COMPLETE", moment=moment, outputs=outputs)

    def _outputs(self, execution: Execution) -> tuple[Data, ...]:
        """What the stage gave, and the version where it registered one."""
        for digest in execution.outputs:
            self.givers.setdefault(digest, execution.stage)
            if execution.stage == "register":
                registered: Registered = load(self.workspace.store, digest)
                folder = folder_of(self.workspace.store, registered.number).resolve()
                self.versions[Data(str(folder), str(registered.number), is_file=True)] = None
        given = (Data(f"{self.project}.{execution.stage}", digest) for digest in execution.outputs)
        return (*given, *self.versions)


@contextmanager
def listening(workspace: Workspace) -> Iterator[Listener]:
    """Whoever listens to the run that goes on meanwhile."""
    try:
        listener = Listener(workspace, open_sender(os.environ, Path.cwd()))
    except Exception as problem:
        listener = Listener(workspace, None, problems=[unsent(problem)])
    begun = Event("START", datetime.now(UTC), listener.project, str(listener.run))
    listener.tell(begun)
    try:
        yield listener
    except BaseException as error:
        state: State = "FAIL" if isinstance(error, Exception) else "ABORT"
        listener.tell(replace(begun, state=state, moment=datetime.now(UTC), error=reason_of(error)))
        raise
    else:
        read, registered = tuple(listener.files), tuple(listener.versions)
        listener.tell(replace(begun, state="COMPLETE", moment=datetime.now(UTC), inputs=read, outputs=registered))
    finally:
        if listener.sender is not None:
            with listener.harmless():
                listener.sender.close()


def unsent(problem: Exception) -> Problem:
    """The warning of a run that nobody could be told of."""
    return Problem("T214", f"OpenLineage events of this run were not sent: {reason_of(problem)}", severity="warning")
