"""The served application without a process of its own: for what is asked too often, or too oddly, for a client."""

import asyncio
from contextlib import contextmanager
from dataclasses import dataclass

from served import Answered
from transom.serving.answering import Answering
from transom.serving.app import Application
from transom.serving.batching import Bounds
from transom.serving.http import Request
from transom.serving.lookup import Lookups
from transom.serving.metrics import new_metrics
from transom.serving.routing import Routing
from transom.serving.shadowing import Shadowing
from transom.serving.shelf import Shelf
from transom.serving.tokens import Tokens
from transom.serving.versions import Versions, load


@dataclass(frozen=True)
class InProcess:
    """An application in an event loop that runs while it is asked."""

    app: Application
    loop: asyncio.Runner

    def post(self, path, body, headers=()):
        """What the application answers to a request."""
        return self.loop.run(self._post(path, body, headers))

    async def _post(self, path, body, headers):
        events, sent = [{"type": "http.request", "body": body}], []

        async def receive():
            return events.pop() if events else await asyncio.get_running_loop().create_future()

        async def send(event):
            sent.append(event)

        encoded = [(name.lower().encode(), value.encode()) for name, value in headers]
        scope = {"type": "http", "method": "POST", "path": path, "headers": encoded, "query_string": b""}
        await self.app(scope, receive, send)
        found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return Answered(sent[0]["status"], found, sent[1]["body"])


def call(**headers):
    """A gRPC call with this metadata, as the methods see it."""
    return Request("POST", "/", headers, "c1", _nothing_more)


async def _nothing_more():
    return await asyncio.get_running_loop().create_future()


@contextmanager
def in_process(project, tokens=None):
    """The application of a project whose live version answers, with the bounds of the served one."""
    with asyncio.Runner() as loop:
        app = loop.run(_application(project, tokens or Tokens()))
        yield InProcess(app, loop)
        loop.run(app.answering.close())


async def _application(project, tokens):
    store, bounds, metrics = project / ".transom", Bounds(4, 20), new_metrics()
    live = Versions(store, "live", bounds, metrics)
    live.answer_with(load(store, 1))
    answering = Answering(Routing(live), "moods", Shadowing(metrics), Shelf(store, bounds, metrics))
    return Application(answering, tokens, Lookups(store))
