"""The verb that answers over HTTP: serve."""

import importlib
from pathlib import Path
from typing import Annotated

import typer

from transom.cli.options import HERE, Json, Project, Set, Store
from transom.cli.quality import LIVE, Version


def serve(
    project: Project = HERE,
    host: Annotated[str, typer.Option(help="Where to listen; more than this machine needs a token.")] = "127.0.0.1",
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="0 is any free one.", show_default="deploy.yaml's, or 8080")
    ] = None,
    version: Version = LIVE,
    token_file: Annotated[
        Path | None, typer.Option("--token-file", metavar="FILE", help="A token that requests must show.")
    ] = None,
    admin_token_file: Annotated[
        Path | None, typer.Option("--admin-token-file", metavar="FILE", help="The token of administrators.")
    ] = None,
    json: Json = False,
    store: Store = None,
    set_: Set = None,
) -> None:
    """Answers requests with a version, and follows its alias, until it is stopped."""
    from transom.errors import MissingExtraError
    from transom.export.layout import store_of
    from transom.pipeline.serving_settings import read_serving

    for package in ("onnxruntime", "prometheus_client", "uvicorn"):
        try:
            importlib.import_module(package)
        except ImportError as missing:
            raise MissingExtraError(package, "serve", "transom serve") from missing
    from transom.serving.batching import Bounds
    from transom.serving.server import Address, Service, run
    from transom.serving.tokens import Tokens, read_token

    settings = read_serving(project, tuple(set_ or ()))
    service = Service(
        store_of(project, store),
        model=project.resolve().name,
        version=version,
        bounds=Bounds(settings.max_batch, settings.max_queue),
        tokens=Tokens(read_token(token_file), read_token(admin_token_file)),
        has_log=settings.log,
    )
    run(service, Address(host, settings.port if port is None else port), ready=_print_json if json else _say)


def _print_json(url: str, version: int) -> None:
    import orjson

    typer.echo(orjson.dumps({"url": url, "version": version}))


def _say(url: str, version: int) -> None:
    typer.echo(f"Version {version} answers at {url}/v1/predict")


VERBS = (serve,)
