"""The verb that answers over HTTP and gRPC: serve."""

import importlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from transom.cli.options import HERE, Json, Project, Set, Store
from transom.cli.quality import LIVE, Version

Host = Annotated[str, typer.Option(help="Where to listen; more than this machine needs a token.")]
Port = Annotated[
    int | None, typer.Option(min=0, max=65535, help="0 is any free one.", show_default="deploy.yaml's, or 8080")
]
GrpcPort = Annotated[
    int | None, typer.Option(min=0, max=65535, help="Speak gRPC as well.", show_default="deploy.yaml's, or none")
]
Certificate = Annotated[Path | None, typer.Option(metavar="FILE", help="Speak TLS, with this certificate.")]
Key = Annotated[Path | None, typer.Option(metavar="FILE", help="The key of the certificate.")]
Variant = Annotated[
    str | None, typer.Option(metavar="NAME", help="One of the version's variants.", show_default="deploy.yaml's")
]
TokenFile = Annotated[Path | None, typer.Option(metavar="FILE", help="A token that requests must show.")]
AdminTokenFile = Annotated[Path | None, typer.Option(metavar="FILE", help="The token of administrators.")]


def serve(
    project: Project = HERE,
    host: Host = "127.0.0.1",
    port: Port = None,
    grpc_port: GrpcPort = None,
    tls_cert: Certificate = None,
    tls_key: Key = None,
    version: Version = LIVE,
    variant: Variant = None,
    token_file: TokenFile = None,
    admin_token_file: AdminTokenFile = None,
    json: Json = False,
    store: Store = None,
    set_: Set = None,
) -> None:
    """Answers requests with a version, and follows its alias, until it is stopped."""
    from transom.export.layout import store_of
    from transom.pipeline.serving_settings import read_serving

    _require(("onnxruntime", "prometheus_client", "uvicorn"))
    from transom.serving.batching import Bounds
    from transom.serving.server import Address, Service, run
    from transom.serving.tls import read_tls
    from transom.serving.tokens import Tokens, read_token

    settings = read_serving(project, tuple(set_ or ()))
    service = Service(
        store_of(project, store),
        model=project.resolve().name,
        version=version,
        variant=variant or settings.variant,
        bounds=Bounds(settings.max_batch, settings.max_queue),
        tokens=Tokens(read_token(token_file), read_token(admin_token_file)),
        policy=settings.policy,
        log=settings.log,
        access_log=settings.access_log,
        telemetry=settings.telemetry,
    )
    tls = read_tls(tls_cert or _in(project, settings.tls_cert), tls_key or _in(project, settings.tls_key))
    grpc_port = settings.grpc_port if grpc_port is None else grpc_port
    beside = None
    if grpc_port is not None:
        _require(("grpc", "google.protobuf"))
        from transom.serving.grpc_server import grpc_beside  # here, as it costs memory that not every server needs

        beside = partial(grpc_beside, Address(host, grpc_port, tls))
    address = Address(host, settings.port if port is None else port, tls)
    run(service, address, ready=_document if json else _say, beside=beside)


def _in(project: Path, written: str | None) -> Path | None:
    return None if written is None else project / written


def _require(packages: Sequence[str]) -> None:
    from transom.errors import MissingExtraError

    for package in packages:
        try:
            importlib.import_module(package)
        except ImportError as missing:
            raise MissingExtraError(package, "serve", "transom serve") from missing


def _document(url: str, version: int, grpc: str | None) -> None:
    from transom.cli.output import print_json

    print_json({"url": url, "version": version, **({} if grpc is None else {"grpc": grpc})})


def _say(url: str, version: int, grpc: str | None) -> None:
    from transom.cli.output import print_text

    also = "" if grpc is None else f" and, over gRPC, at {grpc}"
    print_text(f"Version {version} answers at {url}/v1/predict{also}\n")


VERBS = (serve,)
