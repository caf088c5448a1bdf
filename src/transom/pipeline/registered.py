"""Settings of something that model.yaml chooses by its registered name."""

from collections.abc import Sequence
from typing import Any, cast

from transom.errors import NOWHERE, Location, Problem, UsageError
from transom.registry import resolve
from transom.schema.document import Node
from transom.schema.settings import parse_settings, wrong_value


def settings_class(kind: str, name: str, at: Location = NOWHERE) -> type[Any]:
    """The frozen dataclass of settings that is registered as `kind` ("encoders", …) under a name.

    Raises:
        UsageError: there is no such name.
    """
    return cast("type[Any]", resolve(kind, name, at))


def parse_registered(
    kind: str, name: Node, settings: Node, what: str, *, also: Sequence[str] = ()
) -> tuple[Any | None, list[Problem]]:
    """The settings that a name stands for, with the values that a mapping gives them.

    Args:
        kind: "encoders", "label_models", …
        name: Where the name stands.
        settings: The mapping whose keys are the fields of the settings; all are defaults where it is the name itself.
        what: What the mapping is, for messages.
        also: Further keys of the mapping, which the caller reads.
    """
    if not isinstance(name.value, str):
        return None, [wrong_value(name, str, kind.replace("_", " ").removesuffix("s"), {})]
    try:
        cls = settings_class(kind, name.value, name.at)
    except UsageError as error:
        return None, [error.problem]
    return (cls(), []) if settings is name else parse_settings(cls, settings, what, also=also)
