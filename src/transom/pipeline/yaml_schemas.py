"""JSON Schemas (draft 2020-12) of the four YAML files, for editors."""

from transom.model.settings import PayloadSettings
from transom.pipeline.deployment import DataChecks, GateRule, Monitoring
from transom.pipeline.extension_settings import Extension
from transom.pipeline.registered import settings_class
from transom.pipeline.search_settings import Search
from transom.pipeline.serve_section import serve_schema
from transom.pipeline.settings import GoldUse, Grouping
from transom.registry import names
from transom.schema.jsonschema import schema_yaml_schema, settings_schema
from transom.schema.jsonschema_parts import JsonSchema, document_schema, mapping_schema, object_schema
from transom.supervision.rule_kinds import KINDS
from transom.training.config import Decision, TrainingConfig


def yaml_schemas() -> dict[str, JsonSchema]:
    """What each of a project's YAML files may hold, by the file's name."""
    return {
        "schema.yaml": schema_yaml_schema(),
        "sources.yaml": _sources_schema(),
        "model.yaml": _model_schema(),
        "deploy.yaml": _deploy_schema(),
    }


def _sources_schema() -> JsonSchema:
    kinds = [settings_schema(cls) for cls in KINDS.values()]
    return document_schema("sources.yaml", object_schema({"sources": mapping_schema({"oneOf": kinds})}))


def _model_schema() -> JsonSchema:
    payloads = mapping_schema({"oneOf": _payload_schemas()})
    gold = settings_schema(GoldUse)["properties"]
    label_model = {"oneOf": _label_model_schemas()}
    sections = {
        "label_model": {"anyOf": [label_model, mapping_schema(label_model)]},
        **gold,
        "split": settings_schema(Grouping),
        "extend": _extension_schema(),
        "payloads": payloads,
        "training": settings_schema(TrainingConfig),
        "search": settings_schema(Search),
        "variants": mapping_schema(payloads),
        "decisions": mapping_schema(settings_schema(Decision)),
    }
    return document_schema("model.yaml", object_schema(sections))


def _label_model_schemas() -> list[JsonSchema]:
    known = names("label_models")
    chosen = [settings_schema(settings_class("label_models", each), name={"const": each}) for each in known]
    return [{"enum": list(known)}, *chosen]


def _extension_schema() -> JsonSchema:
    extension = settings_schema(Extension)
    return {**extension, "properties": {**extension["properties"], "embedding": {"enum": list(names("embeddings"))}}}


def _payload_schemas() -> list[JsonSchema]:
    aggregate = settings_schema(PayloadSettings, without=["encoder"])
    chosen = []
    for name in names("encoders"):
        encoder = settings_schema(settings_class("encoders", name), encoder={"const": name})
        chosen.append({**encoder, "properties": aggregate["properties"] | encoder["properties"]})
    return [aggregate, *chosen]


def _deploy_schema() -> JsonSchema:
    rule = {**settings_schema(GateRule), "anyOf": [{"required": ["min"]}, {"required": ["max_drop"]}]}
    sections = {
        "gate": {"type": "array", "items": rule},
        "serve": serve_schema(),
        "monitor": settings_schema(Monitoring),
        "statistics": settings_schema(DataChecks),
    }
    return document_schema("deploy.yaml", object_schema(sections))
