"""The usual way to serve a network, the anchor of serving.py: FastAPI, a record a request, no batches, no log.

Run: python benchmarks/_fastapi_server.py FOLDER_OF_A_VERSION; prints the port it listens on.
"""

import json
import socket
import sys
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from transom.export.artifact import open_artifact
from transom.serving.predictor import answers, open_predictor


class Record(BaseModel):
    """A record of the data format, as far as an answer needs it."""

    payloads: dict[str, Any]


def main() -> None:
    predictor = open_predictor(open_artifact(Path(sys.argv[1])))
    app = FastAPI()

    @app.post("/predict")
    def predict(record: Record) -> dict[str, Any]:
        return answers(predictor, [record.model_dump()])[0]

    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as uvicorn has it where it opens the socket
        print(json.dumps({"port": listening.getsockname()[1]}), flush=True)
        uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listening])


if __name__ == "__main__":
    main()
