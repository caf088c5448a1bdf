"""What deploy.yaml says of the server, read without the rest of the project, which a serving machine need not have."""

from collections.abc import Sequence
from pathlib import Path

from transom.errors import ProjectError
from transom.pipeline import deployment
from transom.pipeline.overrides import override
from transom.pipeline.serve_section import Serving, read_serve
from transom.schema.document import parse_document, read_document
from transom.schema.settings import part

DEPLOY = "deploy.yaml"


def read_serving(folder: Path, overrides: Sequence[str] = ()) -> Serving:
    """The settings of the server; without the file, or without `serve` in it, the defaults.

    Raises:
        ProjectError: with all problems of the file's syntax and of `serve`.
    """
    path = folder / DEPLOY
    document = read_document(path) if path.exists() else parse_document("", DEPLOY)
    roots, in_overrides = override({DEPLOY: document.root}, {DEPLOY: deployment.KEYS}, overrides)
    serving, in_serve = read_serve(part(roots[DEPLOY], "serve", deployment.KEYS))
    problems = [*document.problems, *in_overrides, *in_serve]
    if problems:
        raise ProjectError(problems)
    return serving
