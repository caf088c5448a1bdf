"""The JSON Schemas of a project, for editors and for programs that write its data."""

import json
from pathlib import Path
from typing import Any

from transom.pipeline.workspace import open_workspace
from transom.pipeline.yaml_schemas import yaml_schemas
from transom.schema.line_schema import data_line_schema

FOLDER = "json-schemas"


def json_schemas(folder: Path | str) -> dict[str, Any]:
    """JSON Schemas (draft 2020-12) by the name of what they describe: the YAML files, and this project's data lines."""
    return {**yaml_schemas(), "data": data_line_schema(open_workspace(folder).schema)}


def write_json_schemas(folder: Path | str) -> list[Path]:
    """Writes them beside the store, where an editor can be pointed at, and gives the files."""
    workspace = open_workspace(folder)
    into = workspace.store / FOLDER
    into.mkdir(parents=True, exist_ok=True)
    written = []
    for name, schema in json_schemas(folder).items():
        path = into / f"{name.removesuffix('.yaml')}.schema.json"
        path.write_text(json.dumps(schema, indent=2) + "\n", encoding="utf-8")
        written.append(path)
    return written
