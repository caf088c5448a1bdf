"""How payloads are encoded: the sections `payloads` and `variants` of model.yaml."""

from collections.abc import Mapping
from dataclasses import fields

from transom.errors import Problem, listed
from transom.model.seen import is_another_form, unfit_encoder
from transom.model.settings import Aggregate, PayloadSettings
from transom.pipeline.registered import parse_registered, settings_class
from transom.registry import names
from transom.schema.document import Node
from transom.schema.names import undeclared
from transom.schema.payloads import Payload
from transom.schema.schema import Schema
from transom.schema.settings import annotations, mapping_problem, parse_settings, parse_value

OWN_KEYS = ("encoder", "aggregate")
"""The keys of a payload's settings that are not those of its encoder."""


def read_payload_settings(
    nodes: Mapping[str, Node], schema: Schema
) -> tuple[dict[str, PayloadSettings], list[Problem]]:
    """The settings of each payload that has some, and what is wrong with the others."""
    read = {name: _payload_settings(name, node, schema) for name, node in nodes.items()}
    settings = {name: chosen for name, (chosen, _) in read.items() if chosen is not None}
    return settings, [problem for _, found in read.values() for problem in found]


def read_variants(
    variants: Mapping[str, Node], payloads: Mapping[str, Node], schema: Schema
) -> tuple[dict[str, dict[str, PayloadSettings]], list[Problem]]:
    """The settings of all payloads in each variant: those of `payloads` with the variant's changes."""
    settings: dict[str, dict[str, PayloadSettings]] = {}
    problems: list[Problem] = []
    for name, node in variants.items():
        wrong = mapping_problem(node, f"variant {name!r}")
        changed = {payload: _overlaid(payloads.get(payload), own) for payload, own in node.entries.items()}
        settings[name], found = read_payload_settings({**payloads, **changed}, schema)
        problems += [wrong] if wrong else found
    return settings, problems


def encoder_problem(encoder: Node, payload: Payload, schema: Schema) -> Problem | None:
    """What is wrong with a registered encoder that cannot read a payload, or that nothing would ask to."""
    wrong = unfit_encoder(schema, payload, str(encoder.raw))
    return Problem("T122" if is_another_form(payload) else "T012", wrong, encoder.at) if wrong else None


def _payload_settings(name: str, node: Node, schema: Schema) -> tuple[PayloadSettings | None, list[Problem]]:
    declared = {payload.name: payload for payload in schema.payloads}
    if name not in declared:
        return None, [undeclared(name, node.key_at, declared, "payload")]
    if "encoder" not in node.entries:
        needs_encoder = [_needs_encoder(key, child) for key, child in node.entries.items() if _is_of_encoder(key)]
        also = ["encoder", *(key for key in node.entries if _is_of_encoder(key))]
        settings, problems = parse_settings(
            PayloadSettings, node, f"payload {name!r}", given={"encoder": None}, also=also
        )
        return settings, problems + needs_encoder
    chosen = node.entries["encoder"]
    encoder, problems = parse_registered("encoders", chosen, node, f"encoder {chosen.raw!r}", also=OWN_KEYS)
    unread = encoder_problem(chosen, declared[name], schema) if encoder is not None else None
    aggregate: Aggregate | None = None
    found: list[Problem] = []
    if "aggregate" in node.entries:
        annotation = annotations(PayloadSettings)["aggregate"]
        aggregate, found = parse_value(annotation, node.entries["aggregate"], "aggregate", {})
    return PayloadSettings(encoder, aggregate), [*problems, *found, *([unread] if unread else [])]


def _overlaid(base: Node | None, own: Node) -> Node:
    """A payload's settings with a variant's changes; a new encoder does not take over the settings of the old one."""
    if base is None or not isinstance(own.value, dict):
        return own
    kept = {key: child for key, child in base.entries.items() if "encoder" not in own.entries or key == "aggregate"}
    return Node({**kept, **own.entries}, own.at, own.key_at)


def _is_of_encoder(key: str) -> bool:
    return any(key == field.name for name in names("encoders") for field in fields(settings_class("encoders", name)))


def _needs_encoder(key: str, node: Node) -> Problem:
    message = f"{key!r} is a setting of an encoder. Add the key 'encoder': one of {listed(names('encoders'))}."
    return Problem("T006", message, node.key_at)
