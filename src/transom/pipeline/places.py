"""Where a key of a slice or a source stands in its file."""

from transom.errors import Location
from transom.schema.document import Node


def place_of(root: Node | None, path: tuple[str, ...], otherwise: Location) -> Location:
    """The place of the value that the keys of `path` lead to, from the root of a file."""
    for key in path:
        root = root.entries.get(key) if root else None
    return root.at if root else otherwise
