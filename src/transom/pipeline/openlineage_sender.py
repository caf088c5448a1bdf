"""OpenLineage's own client: where events go, and what they look like there.

They go where the environment (`OPENLINEAGE_URL`, …) or a file `openlineage.yml` says. Where nothing says so, nothing is
sent and nothing imported.
"""

import importlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from transom.errors import MissingExtraError

SAYS_WHERE = ("OPENLINEAGE_URL", "OPENLINEAGE_CONFIG", "OPENLINEAGE__TRANSPORT")
"""How the names of variables begin by which the client is told where to send."""

FILE = "openlineage.yml"
State = Literal["START", "COMPLETE", "FAIL", "ABORT"]

CLOSING_S = 10.0
"""How long a run waits in the end for events that are on their way."""


@dataclass(frozen=True)
class Data:
    """Something that is read or given, and a hash or number of what is in it now; a file where `is_file`."""

    name: str
    version: str
    is_file: bool = False


@dataclass(frozen=True)
class Event:
    """A run of a job that begins or ends; `parent` is the job and the run that it is part of.

    `about` is what transom says of it beside what OpenLineage has words for.
    """

    state: State
    moment: datetime
    job: str
    run: str
    parent: tuple[str, str] | None = None
    error: str | None = None
    about: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[Data, ...] = ()
    outputs: tuple[Data, ...] = ()


@dataclass(frozen=True)
class Sender:
    """The client, the modules of its classes, and the namespace of jobs and of what is no file."""

    client: Any
    events: Any
    facets: Any
    namespace: str

    def send(self, event: Event) -> None:
        """Sends an event; raises whatever a transport raises."""
        self.client.emit(
            self.events.RunEvent(
                eventType=self.events.RunState[event.state],
                eventTime=event.moment.isoformat(),
                run=self.events.Run(event.run, self._run_facets(event)),
                job=self.events.Job(self.namespace, event.job),
                inputs=[self._dataset(self.events.InputDataset, data) for data in event.inputs],
                outputs=[self._dataset(self.events.OutputDataset, data) for data in event.outputs],
            )
        )

    def close(self) -> None:
        """Waits for events that are on their way."""
        self.client.close(CLOSING_S)

    def _run_facets(self, event: Event) -> dict[str, Any]:
        facets: dict[str, Any] = {}
        if event.parent is not None:
            part, (job, run) = self.facets.parent_run, event.parent
            facets["parent"] = part.ParentRunFacet(part.Run(run), part.Job(self.namespace, job))
        if event.error is not None:
            facets["errorMessage"] = self.facets.error_message_run.ErrorMessageRunFacet(event.error, "PYTHON")
        if event.about:
            facets["transom"] = self.facets.RunFacet().with_additional_properties(**event.about)
        return facets

    def _dataset(self, cls: Any, data: Data) -> Any:
        number = self.facets.dataset_version_dataset.DatasetVersionDatasetFacet(data.version)
        return cls("file" if data.is_file else self.namespace, data.name, facets={"version": number})


def open_sender(environment: Mapping[str, str], here: Path) -> Sender | None:
    """The sender that the environment or a file asks for; None where nothing does.

    Raises:
        MissingExtraError: the client is not installed.
        Exception: whatever the client raises of an environment that it does not understand.
    """
    if not is_asked_for(environment, here):
        return None
    try:
        client = importlib.import_module("openlineage.client").OpenLineageClient()
    except ModuleNotFoundError as missing:
        raise MissingExtraError("openlineage-python", "openlineage", f"OPENLINEAGE_* or {FILE}") from missing
    events, facets = (importlib.import_module(f"openlineage.client.{name}") for name in ("event_v2", "facet_v2"))
    events.set_producer(f"urn:transom:{version('transom')}")
    return Sender(client, events, facets, environment.get("OPENLINEAGE_NAMESPACE", "transom"))


def is_asked_for(environment: Mapping[str, str], here: Path) -> bool:
    """Whether the client would find out where to send events; where nothing says so, it would print them."""
    if environment.get("OPENLINEAGE_DISABLED", "").strip().lower() == "true":
        return False
    folders = (here, Path(os.path.expanduser("~/.openlineage")))
    return any(name.startswith(SAYS_WHERE) for name in environment) or any((each / FILE).is_file() for each in folders)
