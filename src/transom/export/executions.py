"""Runs and their executions: which stage ran with which key, on what and why, as ML Metadata models them.

A run is a context, a stage in it an execution, and events join the execution to the objects that it read and wrote.
"""

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from transom.export.database import reading, writing

RAN = "ran"


@dataclass(frozen=True)
class Execution:
    """What happened to one stage in one run.

    `key` is the cache key, a hash of `components`. A component is named "KIND:NAME" and says what it was: the digest
    of a file or of an input, or the value of a setting or of a library's version. Kinds: `data` (a data file), `input`
    (a stage whose output was read), `setting`, `module` (a project's own file), `code` (transom's), `library`.
    `inputs` and `outputs` are digests of objects.
    """

    run: int
    stage: str
    key: str
    components: Mapping[str, str] = field(repr=False)
    status: str
    started: datetime
    seconds: float
    why: str
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()


@dataclass(frozen=True)
class RecordedRun:
    """One run: when it began, what each stage did, and the version that it came to, new or found."""

    number: int
    started: datetime
    executions: tuple[Execution, ...]
    version: int | None

    def as_dict(self) -> dict[str, Any]:
        """The run as `runs --json` prints it."""
        stages = [
            {"stage": each.stage, "status": each.status, "seconds": round(each.seconds, 3), "why": each.why}
            for each in self.executions
        ]
        return {"run": self.number, "started": self.started.isoformat(), "stages": stages, "version": self.version}


def begin_run(store: Path, now: datetime) -> int:
    """Records that a run begins and gives its number; numbers count up whatever the clock says."""
    with writing(store) as connection:
        return _inserted(connection, "INSERT INTO contexts (kind, started) VALUES ('run', ?)", now.isoformat())


def record_execution(store: Path, execution: Execution) -> None:
    """Records an execution with its inputs and outputs, as a whole or not at all.

    Raises:
        ArtifactError: the store cannot be written.
    """
    with writing(store) as connection:
        enter_execution(connection, execution)


def enter_execution(connection: sqlite3.Connection, execution: Execution) -> None:
    """Enters an execution into an open transaction."""
    number = _inserted(
        connection,
        "INSERT INTO executions (context, stage, key, components, status, started, seconds, why) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        execution.run,
        execution.stage,
        execution.key,
        _components(connection, execution.components),
        execution.status,
        execution.started.isoformat(),
        execution.seconds,
        execution.why,
    )
    for is_output, digests in enumerate((execution.inputs, execution.outputs)):
        for position, digest in enumerate(digests):
            connection.execute("INSERT OR IGNORE INTO artifacts (digest) VALUES (?)", (digest,))
            connection.execute(
                "INSERT INTO events (execution, is_output, position, artifact) "
                "SELECT ?, ?, ?, id FROM artifacts WHERE digest = ?",
                (number, is_output, position, digest),
            )


def executions_of(store: Path, run: int) -> tuple[Execution, ...]:
    """What the stages of one run did so far, in their order."""
    with reading(store) as connection:
        return _executions_of(connection, run)


def last_executions(store: Path) -> dict[str, Execution]:
    """The newest execution of every stage, whatever became of it; empty where nothing ran yet."""
    with reading(store) as connection:
        rows = connection.execute(
            f"{SELECT} WHERE e.id IN (SELECT max(id) FROM executions GROUP BY stage) ORDER BY e.id"
        )
        return {execution.stage: execution for execution in map(execution_of, rows)}


def last_work(store: Path, stage: str) -> tuple[Execution, ...]:
    """The newest execution in which the stage ran or failed, and the one before it; as many of the two as there are."""
    with reading(store) as connection:
        newest = "SELECT max(id) FROM executions WHERE stage = ? AND status != 'cached'"
        rows = connection.execute(
            f"{SELECT} WHERE e.stage = ? AND e.id <= ({newest}) ORDER BY e.id DESC LIMIT 2", (stage, stage)
        )
        return tuple(map(execution_of, rows))


def ran_with(store: Path, stage: str, key: str) -> Execution | None:
    """The newest execution of the stage that ran with this key; None if none did."""
    with reading(store) as connection:
        row = connection.execute(
            f"{SELECT} WHERE e.stage = ? AND e.key = ? AND e.status = ? ORDER BY e.id DESC LIMIT 1", (stage, key, RAN)
        ).fetchone()
        return None if row is None else execution_of(row)


def found_output(store: Path, stage: str, key: str) -> tuple[str, ...] | None:
    """The outputs of the newest execution of the stage that ran with this key; None if none did."""
    execution = ran_with(store, stage, key)
    return None if execution is None else execution.outputs


def runs(store: Path, limit: int = 20) -> tuple[RecordedRun, ...]:
    """The newest runs first."""
    with reading(store) as connection:
        found = connection.execute(
            f"SELECT c.id, c.started, {VERSION} FROM contexts c WHERE c.kind = 'run' ORDER BY c.id DESC LIMIT ?",
            (limit,),
        ).fetchall()
        return tuple(
            RecordedRun(number, datetime.fromisoformat(started), _executions_of(connection, number), version)
            for number, started, version in found
        )


VERSION = """(SELECT v.number FROM executions e
    LEFT JOIN events gave ON gave.execution = e.id AND gave.is_output = 1
    LEFT JOIN executions first ON first.id =
        (SELECT min(execution) FROM events WHERE artifact = gave.artifact AND is_output = 1)
    JOIN versions v ON v.context = coalesce(first.context, e.context)
    WHERE e.context = c.id AND e.stage = 'register')"""
"""The version of the run `c`: that of the first run whose `register` gave the same."""

SELECT = """SELECT e.context, e.stage, e.key, c.document, e.status, e.started, e.seconds, e.why,
    (SELECT json_group_array(digest) FROM (SELECT digest FROM events JOIN artifacts ON artifact = id
        WHERE execution = e.id AND is_output = 0 ORDER BY position)),
    (SELECT json_group_array(digest) FROM (SELECT digest FROM events JOIN artifacts ON artifact = id
        WHERE execution = e.id AND is_output = 1 ORDER BY position))
    FROM executions e JOIN components c ON e.components = c.id"""
"""Rows for `execution_of`."""


def execution_of(row: tuple[int, str, str, str, str, str, float, str, str, str]) -> Execution:
    """An execution from a row of `SELECT`."""
    run, stage, key, components, status, started, seconds, why, inputs, outputs = row
    when = datetime.fromisoformat(started)
    read, written = tuple(json.loads(inputs)), tuple(json.loads(outputs))
    return Execution(run, stage, key, json.loads(components), status, when, seconds, why, read, written)


def _executions_of(connection: sqlite3.Connection, run: int) -> tuple[Execution, ...]:
    return tuple(map(execution_of, connection.execute(f"{SELECT} WHERE e.context = ? ORDER BY e.id", (run,))))


def _components(connection: sqlite3.Connection, components: Mapping[str, str]) -> int:
    """The row that holds these components; runs that share them share it."""
    document = json.dumps(dict(sorted(components.items())), ensure_ascii=False)
    digest = hashlib.sha256(document.encode()).digest()
    connection.execute("INSERT OR IGNORE INTO components (digest, document) VALUES (?, ?)", (digest, document))
    return int(connection.execute("SELECT id FROM components WHERE digest = ?", (digest,)).fetchone()[0])


def _inserted(connection: sqlite3.Connection, statement: str, *values: object) -> int:
    row = connection.execute(statement, values).lastrowid
    assert row is not None
    return row
