"""YAML scalars as Python values."""

import re

import yaml

Scalar = str | int | float | bool | None

_PREFIX = "tag:yaml.org,2002:"
_KNOWN = {
    _PREFIX + name for name in ("null", "bool", "int", "float", "str", "timestamp", "seq", "map", "value", "merge")
}
_TRUE = {"yes", "true", "on"}
_SCIENTIFIC = re.compile(r"[-+]?\d+[eE][-+]?\d+")
_CONSTRUCTOR = yaml.constructor.SafeConstructor()


def is_known_tag(tag: str) -> bool:
    """Whether a tag is one of YAML's own simple kinds, as opposed to `!!python/object` and its like."""
    return tag in _KNOWN


def scalar_value(node: yaml.ScalarNode) -> Scalar:
    """The value of a scalar: as YAML 1.1 has it, but `1e-3` is a number and a date is text.

    What cannot be converted (`!!int x`, a number of 5000 digits) stays text.
    """
    match node.tag.removeprefix(_PREFIX):
        case "null":
            return None
        case "bool":
            return node.value.lower() in _TRUE
        case "int" | "float" as kind:
            return _number(node, kind)
        case _ if node.style is None and _SCIENTIFIC.fullmatch(node.value):
            return float(node.value)
        case _:
            return str(node.value)


def _number(node: yaml.ScalarNode, kind: str) -> Scalar:
    construct = _CONSTRUCTOR.construct_yaml_int if kind == "int" else _CONSTRUCTOR.construct_yaml_float
    try:
        value: int | float = construct(node)
    except (ValueError, IndexError, OverflowError):  # of nothing but a sign there is no first digit
        return str(node.value)
    return value
