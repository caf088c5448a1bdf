"""model.yaml → ModelSettings: how a product is learned, every key with its default."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from transom.errors import Problem
from transom.model.settings import PayloadSettings
from transom.pipeline.decision_settings import read_decisions
from transom.pipeline.extension_settings import Extension, read_extension
from transom.pipeline.label_model_settings import AUTO, ChosenLabelModel, read_label_models
from transom.pipeline.payload_settings import read_payload_settings, read_variants
from transom.pipeline.search_settings import Search, read_search
from transom.pipeline.training_settings import training_problems, variant_name_problems
from transom.schema.document import Node
from transom.schema.schema import Schema
from transom.schema.settings import parse_part, parse_settings, part, section
from transom.training.config import Decision, TrainingConfig

SECTIONS = ("label_model", "split", "extend", "payloads", "training", "search", "variants", "decisions")
KEYS = ("use_gold", "use_dev", *SECTIONS)

UseGold = bool | Literal["auto"]


@dataclass(frozen=True)
class Grouping:
    """`by` is the beginning of a tag: examples that share the tag that begins so stay in one split."""

    by: str = field(metadata={"minLength": 1})


@dataclass(frozen=True)
class GoldUse:
    """Who may see gold: the targets of train with `use_gold`, all choices but early stopping with `use_dev`."""

    use_gold: UseGold = AUTO
    use_dev: bool = True


@dataclass(frozen=True)
class ModelSettings:
    """What model.yaml says. A variant holds the settings of all payloads, with its own changes made."""

    label_models: Mapping[str, ChosenLabelModel] = field(default_factory=dict)
    use_gold: UseGold = AUTO
    use_dev: bool = True
    split_by: str | None = None
    extend: Extension | None = None
    payloads: Mapping[str, PayloadSettings] = field(default_factory=dict)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    search: Search | None = None
    variants: Mapping[str, Mapping[str, PayloadSettings]] = field(default_factory=dict)
    decisions: Mapping[str, Decision] = field(default_factory=dict)


def read_model_settings(root: Node, schema: Schema) -> tuple[ModelSettings, list[Problem]]:
    """What could be read of model.yaml, with defaults for the rest, and everything that is wrong with it."""
    gold, in_root = parse_settings(GoldUse, root, "model.yaml", also=SECTIONS)
    if not isinstance(root.value, dict):
        return ModelSettings(), in_root
    label_models, in_label_models = read_label_models(part(root, "label_model", KEYS), schema)
    grouping, in_split = parse_part(Grouping, root, "split", KEYS)
    training, in_training = parse_part(TrainingConfig, root, "training", KEYS)
    extend, in_extend = read_extension(part(root, "extend", KEYS), schema, use_dev=gold.use_dev if gold else True)
    payload_nodes, no_payloads = section(root, "payloads", KEYS)
    payloads, in_payloads = read_payload_settings(payload_nodes, schema)
    variant_nodes, no_variants = section(root, "variants", KEYS)
    variants, in_variants = read_variants(variant_nodes, payload_nodes, schema)
    decision_nodes, no_decisions = section(root, "decisions", KEYS)
    decisions, in_decisions = read_decisions(decision_nodes, schema)
    search, in_search = read_search(part(root, "search", KEYS), schema)
    settings = ModelSettings(
        label_models=label_models,
        use_gold=gold.use_gold if gold else AUTO,
        use_dev=gold.use_dev if gold else True,
        split_by=grouping.by if grouping else None,
        extend=extend,
        payloads=payloads,
        training=training or TrainingConfig(),
        search=search,
        variants=variants,
        decisions=decisions,
    )
    problems = [*in_root, *in_label_models, *in_split, *in_training, *in_extend, *in_search]
    problems += [*no_payloads, *in_payloads, *no_variants, *in_variants, *no_decisions, *in_decisions]
    problems += variant_name_problems(variant_nodes)
    problems += training_problems(part(root, "training", KEYS), schema, variants)
    return settings, list(dict.fromkeys(problems))  # a variant repeats the problems of what it changes
