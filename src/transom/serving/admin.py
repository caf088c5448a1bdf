"""What administrators may ask and order: which versions are loaded and stored, and a look at once for a newer one."""

import asyncio

from transom.export.aliases import aliases
from transom.export.layout import numbers
from transom.serving.http import Response, json_response
from transom.serving.lookup import Lookups
from transom.serving.routing import Routing


async def reload(routing: Routing, lookups: Lookups) -> Response:
    """Looks where the aliases point, and changes to those versions; opens a lookup that is newer."""
    has_changed = [await routing.refresh(), await lookups.refresh()]
    return json_response(200, {"changed": any(has_changed), **routing.status()})


async def list_versions(routing: Routing, lookups: Lookups) -> Response:
    """What is loaded, where the aliases point, the versions of the store, the newest first, and the lookup."""
    store = routing.live.store
    found, known = await asyncio.to_thread(lambda: (aliases(store), numbers(store)))
    document = {
        **routing.status(),
        "follows": routing.live.wanted,
        "aliases": found,
        "versions": list(reversed(known)),
        "precomputed": lookups.status(),
    }
    return json_response(200, document)
