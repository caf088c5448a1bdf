"""Texts that model.yaml would have longer than a pretrained encoder has places for, found before any data is read."""

from collections.abc import Iterable, Mapping
from dataclasses import fields

from transom.data.positions import beyond_positions
from transom.data.pretrained import config_at_hand
from transom.errors import Problem
from transom.model.settings import PayloadSettings, Pretrained
from transom.pipeline.settings import KEYS, ModelSettings
from transom.schema.document import Node
from transom.schema.names import entry
from transom.schema.settings import section

KEYS_OF_ENCODER = tuple(field.name for field in fields(Pretrained))


def position_problems(root: Node, model: ModelSettings) -> list[Problem]:
    """What is wrong with the lengths that the root of model.yaml gives to encoders whose model is on this machine."""
    payloads, _ = section(root, "payloads", KEYS)
    variants, _ = section(root, "variants", KEYS)
    found = list(_in_payloads(model.payloads, [payloads]))
    for name, chosen in model.variants.items():
        found += _in_payloads(chosen, [variants[name].entries, payloads])
    return list(dict.fromkeys(found))  # a variant repeats the problems of what it does not change


def _in_payloads(payloads: Mapping[str, PayloadSettings], nodes: Iterable[Mapping[str, Node]]) -> Iterable[Problem]:
    """`nodes` are the sections that say how payloads are encoded, the first that says something counting."""
    for name, chosen in payloads.items():
        encoder = chosen.encoder
        if not isinstance(encoder, Pretrained) or encoder.max_length == "auto":
            continue
        config = config_at_hand(encoder.model)
        wrong = None if config is None else beyond_positions(encoder.model, config, encoder.max_length)
        if wrong is not None:
            places = [entry(each[name], "max_length", KEYS_OF_ENCODER) for each in nodes if name in each]
            yield Problem("T138", wrong, next(place.at for place in places if place is not None))
