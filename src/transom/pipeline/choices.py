"""Choices of a search: what it may vary of a project's settings, and the settings that some choices make."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, replace
from typing import Any

from transom.errors import TrainingError
from transom.model.compile import compile_graph
from transom.model.readings import default_encoder, encoder_name, encoders_for
from transom.model.seen import is_another_form
from transom.model.settings import Encoder, PayloadSettings, Trees
from transom.pipeline.registered import settings_class
from transom.pipeline.search_settings import TRAINING, Search
from transom.pipeline.settings import ModelSettings
from transom.schema.payloads import Payload, Singleton
from transom.schema.schema import Schema
from transom.tuning.space import Options, Parameter, Range, Value

OFTEN_GOOD = frozenset({"bag", "convolution", "dense", "lstm", "transformer"})
"""The encoders that are tried where a project names none: each is another idea, and all are trained within minutes."""

SIZES = (32, 64, 128, 256)
LEARNING_RATES = Range(5e-4, 1e-2, log=True)


def search_space(search: Search, settings: ModelSettings, schema: Schema) -> tuple[Parameter, ...]:
    """What to vary: what the project names, or else encoders, their sizes, aggregates and the learning rate."""
    options: Mapping[str, Options] = search.choices or dict(_usual(settings, schema))
    return tuple(
        Parameter(key, each, _condition(key, options, settings, schema)) for key, each in _encoders_first(options)
    )


def with_choices(settings: ModelSettings, schema: Schema, choices: Mapping[str, Value]) -> ModelSettings:
    """The settings with some choices made. An encoder that is chosen anew takes over nothing of the old one.

    Raises:
        TrainingError: two choices exclude each other; a search counts this as a trial that failed.
    """
    by_owner: dict[str, dict[str, Value]] = {}
    for key, value in choices.items():
        owner, _, name = key.partition(".")
        by_owner.setdefault(owner, {})[name] = value
    training = replace(settings.training, **dict[str, Any](by_owner.pop(TRAINING, {})))
    payloads = {name: _chosen(settings, schema.payload(name), own) for name, own in by_owner.items()}
    return replace(settings, training=training, payloads={**settings.payloads, **payloads})


def as_keys(settings: ModelSettings, schema: Schema, choices: Mapping[str, Value]) -> dict[str, Any]:
    """The keys of model.yaml that make some choices, with their values: a payload's encoder goes with all it needs."""
    chosen = with_choices(settings, schema, choices)
    owners = dict.fromkeys(key.partition(".")[0] for key in choices)
    payloads = {f"payloads.{name}": _written(chosen, schema.payload(name)) for name in owners if name != TRAINING}
    return payloads | {key: value for key, value in choices.items() if key.startswith(f"{TRAINING}.")}


def encoder_of(settings: ModelSettings, payload: Payload) -> Encoder | Trees:
    """The encoder that a payload has."""
    return settings.payloads.get(payload.name, PayloadSettings()).encoder or default_encoder(payload)


def _usual(settings: ModelSettings, schema: Schema) -> Iterator[tuple[str, Options]]:
    for payload in schema.payloads:
        if is_another_form(payload):
            continue
        yield f"{payload.name}.encoder", tuple(name for name in encoders_for(payload) if name in OFTEN_GOOD)
        yield f"{payload.name}.size", SIZES
        if not isinstance(payload, Singleton) and _is_aggregated(payload, settings, schema):
            yield f"{payload.name}.aggregate", ("both", "attention")
    yield f"{TRAINING}.learning_rate", LEARNING_RATES


def _is_aggregated(payload: Payload, settings: ModelSettings, schema: Schema) -> bool:
    """Whether the aggregate of a payload has a say: that of the payload that looks at it goes before."""
    own = settings.payloads.get(payload.name, PayloadSettings())
    one, other = (
        compile_graph(schema, {**settings.payloads, payload.name: replace(own, aggregate=each)})
        for each in ("both", "attention")
    )
    return one != other


def _encoders_first(options: Mapping[str, Options]) -> Iterable[tuple[str, Options]]:
    """A condition may only look at what was chosen before."""
    return sorted(options.items(), key=lambda item: not item[0].endswith(".encoder"))


def _condition(
    key: str, options: Mapping[str, Options], settings: ModelSettings, schema: Schema
) -> dict[str, tuple[Value, ...]]:
    """An encoder's setting means something while an encoder that has it is chosen."""
    owner, _, name = key.partition(".")
    if owner == TRAINING or name in ("encoder", "aggregate"):
        return {}
    varied = options.get(f"{owner}.encoder")
    if isinstance(varied, tuple):
        having = tuple(each for each in varied if name in _keys(settings_class("encoders", str(each))))
        return {} if len(having) == len(varied) else {f"{owner}.encoder": having}
    encoder = encoder_of(settings, schema.payload(owner))
    return {} if name in _keys(type(encoder)) else {f"{owner}.encoder": ()}


def _keys(encoder: type[Any]) -> set[str]:
    return {each.name for each in fields(encoder)}


def _chosen(settings: ModelSettings, payload: Payload, choices: Mapping[str, Value]) -> PayloadSettings:
    own = dict(choices)
    before = settings.payloads.get(payload.name, PayloadSettings())
    aggregate = own.pop("aggregate", before.aggregate)
    if not own:  # then no encoder need be named, and a text with a base may have none
        return PayloadSettings(before.encoder, aggregate)  # type: ignore[arg-type]
    current = encoder_of(settings, payload)
    name = str(own.pop("encoder", encoder_name(current)))
    cls = settings_class("encoders", name)
    try:
        encoder = replace(current, **own) if cls is type(current) else cls(**own)  # type: ignore[type-var]
    except ValueError as error:
        raise TrainingError("T180", f"Payload {payload.name!r}, encoder {name!r}: {error}") from None
    return PayloadSettings(encoder, aggregate)  # type: ignore[arg-type]


def _written(settings: ModelSettings, payload: Payload) -> dict[str, Any]:
    """A payload's settings as model.yaml says them: what differs from the defaults."""
    chosen = settings.payloads[payload.name]
    encoder = {} if chosen.encoder is None else _written_encoder(chosen.encoder)
    return {**encoder, **({"aggregate": chosen.aggregate} if chosen.aggregate else {})}


def _written_encoder(encoder: Encoder | Trees) -> dict[str, Any]:
    usual = type(encoder)()
    own = {each.name: getattr(encoder, each.name) for each in fields(type(encoder))}  # type: ignore[arg-type]
    differing = {name: value for name, value in own.items() if value != getattr(usual, name)}
    return {"encoder": encoder_name(encoder), **differing}
