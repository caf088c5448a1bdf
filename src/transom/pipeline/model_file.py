"""Writing settings into model.yaml, where everything else, comments too, stays as it is."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from transom.export.objects import rewrite_durably, write_durably
from transom.pipeline.workspace import MODEL


def write_settings(folder: Path, keys: Mapping[str, Any]) -> None:
    """Sets keys ("training.seed", "payloads.query") of the model.yaml in a folder, which is made if there is none.

    It is never there in part, however the writing ends.
    """
    path = folder / MODEL
    yaml = YAML()
    yaml.preserve_quotes = True
    document = (yaml.load(path.read_text("utf-8")) if path.exists() else None) or CommentedMap()
    for key, value in keys.items():
        *sections, last = key.split(".")
        place = document
        for section in sections:
            if not isinstance(place.get(section), dict):
                place[section] = CommentedMap()
            place = place[section]
        place[last] = value
    written = io.StringIO()
    yaml.dump(document, written)
    write = rewrite_durably if path.exists() else write_durably
    write(path, written.getvalue().encode())
