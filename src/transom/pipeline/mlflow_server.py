"""MLflow: a version as a run with its metrics, settings and files, and as a version of a registered model.

The client is MLflow's own, from the package mlflow-skinny.
"""

import hashlib
import importlib
import logging
import math
import os
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from transom.data.subset_names import EVERYTHING
from transom.errors import ArtifactError, Location, MissingExtraError
from transom.export.aliases import aliases
from transom.export.artifact import MANIFEST, Artifact, open_artifact
from transom.export.layout import folder_of
from transom.pipeline.package import REPORT, SETTINGS

SCHEME = "mlflow:"
"""How the address of a tracking server begins for `push`."""

FILES = "version"
"""The folder of a run's artifacts that holds the version."""

DIGEST = "transom.digest"
"""The tag of a run by which it is found again: the hash of the version's manifest."""

DATABASE = "mlflow.db"
"""What is in a folder that is taken for a server: this, and the runs' artifacts."""

DEFAULTS = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3"}
"""What the environment says to MLflow unless the user's says otherwise: tell its makers nothing, and give up soon."""

AT_ONCE = {"metrics": 1000, "params": 100}
"""How much MLflow takes in one call."""

RESERVED = re.compile(r"latest|v\d+", re.IGNORECASE)
"""Aliases that MLflow keeps for itself."""


def push_to_mlflow(store: Path, version: int, address: str) -> str:
    """Logs a version as a run and registers it, and gives the place: "models:/NAME/NUMBER", as MLflow counts.

    `address` is what MLflow calls a tracking URI, a folder, or empty for what the environment names. A version that
    is there already stays as it is; only the aliases are pointed to where they point in the store.

    Raises:
        ArtifactError: the version is damaged, or the server cannot be reached or refuses it.
        MissingExtraError: MLflow's client is not installed.
    """
    artifact = open_artifact(folder_of(store, version))
    name = re.sub(r"[/:]", "-", artifact.about["project"])
    with _asked(address) as client:
        run = _run(client, _experiment(client, name, address), artifact)
        number = _registered(client, name, run, artifact)
        for alias, target in aliases(store).items():
            if target == version and not RESERVED.fullmatch(alias):
                client.set_registered_model_alias(name, alias.replace(".", "-"), number)
        return f"models:/{name}/{number}"


def metrics_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """The rows of a report as MLflow's metrics: TASK/SPLIT/TAG/STAGE/METRIC, without the tag where it is all examples.

    >>> row = {"task": "spam", "split": "test", "tag": "*", "stage": "model", "metric": "f1:SPAM", "value": 0.9}
    >>> metrics_of([row])
    {'spam/test/model/f1:SPAM': 0.9}
    """
    found = {}
    for row in rows:
        path = [row["task"], row["split"], *([] if row["tag"] == EVERYTHING else [row["tag"]])]
        if row["value"] is not None and math.isfinite(row["value"]):
            found[_key("/".join([*path, row["stage"], row["metric"]]))] = row["value"]
    return found


def params_of(settings: Mapping[str, Any], path: str = "") -> dict[str, str]:
    """The settings of a version as MLflow's parameters, by their paths, as far as they are set.

    >>> params_of({"use_dev": True, "extend": None, "training": {"seed": 3}})
    {'use_dev': 'true', 'training.seed': '3'}
    """
    found: dict[str, str] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            found |= params_of(value, f"{path}{name}.")
        elif value is not None:
            found[_key(f"{path}{name}")] = value if isinstance(value, str) else orjson.dumps(value).decode()
    return found


def _key(text: str) -> str:
    """What MLflow takes for a name."""
    return re.sub(r"[^\w\-. :/]", "_", text, flags=re.ASCII)


@contextmanager
def _asked(address: str) -> Iterator[Any]:
    """A client of the server; what goes wrong there is an error that a user can mend."""
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
    with warnings.catch_warnings(), _quiet():
        warnings.simplefilter("ignore")  # those of MLflow about its own libraries
        try:
            mlflow = importlib.import_module("mlflow")
            exceptions = importlib.import_module("mlflow.exceptions")
        except ModuleNotFoundError as missing:
            raise MissingExtraError("mlflow-skinny", "mlflow", f"the address {SCHEME + address!r}") from missing
        try:
            yield mlflow.MlflowClient(_tracking_uri(address))
        except (exceptions.MlflowException, OSError, ImportError) as problem:  # a database needs further packages
            message = f"MLflow did not take the version: {problem}"
            raise ArtifactError("T213", message, Location(address or "MLFLOW_TRACKING_URI")) from problem


def _tracking_uri(address: str) -> str | None:
    """The address as MLflow knows it; a folder is a database in it."""
    if not _is_folder(address):
        return address or None
    folder = Path(address).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{folder / DATABASE}"


def _is_folder(address: str) -> bool:
    return bool(address) and ":" not in address and address != "databricks"


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what MLflow tells of the tables that it makes."""
    before = logging.root.manager.disable
    logging.disable(logging.INFO)
    try:
        yield
    finally:
        logging.disable(before)


def _experiment(client: Any, name: str, address: str) -> str:
    """The id of the experiment, which is made where there is none."""
    found = client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    place = (Path(address).resolve() / name).as_uri() if _is_folder(address) else None
    return str(client.create_experiment(name, artifact_location=place))


def _run(client: Any, experiment: str, artifact: Artifact) -> Any:
    """The finished run of a version; one whose push was cut off is completed."""
    digest = hashlib.sha256(artifact.read(MANIFEST)).hexdigest()
    made = round(datetime.fromisoformat(artifact.about["made"]).timestamp() * 1000)
    found = client.search_runs([experiment], f"tags.`{DIGEST}` = '{digest}'", max_results=1)
    version = str(artifact.about["version"])
    tags = {DIGEST: digest, "transom.version": version, "mlflow.source.name": "transom"}
    run = found[0] if found else client.create_run(experiment, made, tags, run_name=f"version {version}")
    if run.info.status == "FINISHED":
        return run
    _log(client, run.info.run_id, artifact, made)
    client.log_artifacts(run.info.run_id, str(artifact.folder), FILES)
    client.set_terminated(run.info.run_id, end_time=made)
    return run


def _log(client: Any, run: str, artifact: Artifact, made: int) -> None:
    """Metrics and settings; what was logged before with the same value is not logged twice."""
    entities = importlib.import_module("mlflow.entities")
    metrics = metrics_of(artifact.read_json(REPORT)["rows"])
    logged = {
        "metrics": [entities.Metric(name, value, made, 0) for name, value in metrics.items()],
        "params": [entities.Param(*each) for each in params_of(artifact.read_json(SETTINGS)).items()],
    }
    for kind, entries in logged.items():
        for start in range(0, len(entries), AT_ONCE[kind]):
            client.log_batch(run, **{kind: entries[start : start + AT_ONCE[kind]]})


def _registered(client: Any, name: str, run: Any, artifact: Artifact) -> str:
    """The number that MLflow gave to the version, now or before."""
    if not client.search_registered_models(f"name = '{name}'"):
        client.create_registered_model(name)
    found = client.search_model_versions(f"run_id = '{run.info.run_id}'")
    if found:
        return str(found[0].version)
    tags = {"transom.version": str(artifact.about["version"])}
    made = client.create_model_version(name, f"{run.info.artifact_uri}/{FILES}", run.info.run_id, tags=tags)
    return str(made.version)
