"""Small schemas and examples that tests of models share; torch runs on one thread, as others wait for the processor."""

import numpy as np
import torch

from transom.data.features.payloads import encode_features, fit_features
from transom.data.items import one_each
from transom.data.targets import Targets
from transom.model.compile import compile_graph
from transom.schema.payloads import Field, MemberSet, Sequence, Singleton
from transom.schema.schema import Schema
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans

torch.set_num_threads(1)

WORDS = ("ship", "boat", "sail", "mast", "crew", "tea", "salt", "gull")

PAYLOADS = (
    Singleton("query", "text", base=("tokens",)),
    Sequence("tokens", "token", max_length=6),
    MemberSet(
        "entities",
        (Field("title", "text"), Field("weight", "number"), Field("kind", "category")),
        range="tokens",
        max_length=4,
    ),
    Singleton("person", "record", fields=(Field("age", "number"), Field("job", "category"))),
    Singleton("note", "text"),
    Singleton("height", "number"),
    Singleton("port", "category"),
    Singleton("embedding", "vector"),
    Sequence("waves", "number", max_length=5),
    Sequence("frames", "vector", max_length=3),
)

TASKS = (
    Multiclass("pos", ("NOUN", "VERB", "OTHER"), "tokens"),
    Bitvector("kinds", ("sea", "land"), "tokens"),
    Spans("names", ("PER", "LOC"), "tokens"),
    Multiclass("intent", ("ask", "tell"), "query"),
    Bitvector("topics", ("sport", "politics"), "note"),
    Select("argument", "entities"),
    Multiclass("role", ("yes", "no"), "entities"),
    Regression("score", "person"),
    Regression("swell", "waves"),
)

SCHEMA = Schema(PAYLOADS, TASKS)

PLACES = Schema((PAYLOADS[1], MemberSet("places", range="tokens", max_length=4)), (Select("place", "places"),))
"""Members that only their stretch of the tokens says something of."""


def random_values(n_examples, seed=0):
    """Values of all payloads, some of them missing or empty."""
    random = np.random.default_rng(seed)

    def maybe(value):
        return None if random.random() < 0.1 else value

    def tokens():
        return random.choice(WORDS, random.integers(0, 9)).tolist()

    def member(n_tokens):
        start = int(random.integers(0, n_tokens + 1))
        span = {"start": start, "end": min(start + 2, n_tokens)} if start < n_tokens else None
        return {
            "id": str(random.integers(1_000_000)),
            "range": span,
            "title": maybe(" ".join(random.choice(WORDS, 2))),
            "weight": maybe(float(random.normal())),
            "kind": maybe(str(random.choice(["a", "b"]))),
        }

    rows = []
    for _ in range(n_examples):
        words = tokens()
        rows.append(
            {
                "query": " ".join(words),
                "tokens": maybe(words),
                "entities": (entities := maybe([member(len(words)) for _ in range(random.integers(0, 6))])),
                "places": entities and [{"id": each["id"], "range": each["range"]} for each in entities],
                "person": maybe({"age": maybe(float(random.integers(90))), "job": maybe("cook")}),
                "note": maybe(" ".join(tokens())),
                "height": maybe(float(random.normal())),
                "port": maybe(str(random.choice(["Hull", "Leith"]))),
                "embedding": maybe(random.normal(size=3).tolist()),
                "waves": maybe(random.normal(size=random.integers(0, 8)).tolist()),
                "frames": maybe(random.normal(size=(random.integers(0, 5), 2)).tolist()),
            }
        )
    return {name: [row[name] for row in rows] for name in rows[0]}


def compiled(schema, values, settings=None):
    """The graph of a schema, and spec and features of these values."""
    graph = compile_graph(schema, settings or {})
    spec = fit_features(graph.readings, values)
    return graph, spec, encode_features(spec, values)


def all_items(task, features):
    """The items of a task of `SCHEMA`."""
    payload = next(payload for payload in PAYLOADS if payload.name == task.payload)
    if isinstance(payload, Singleton):
        return one_each(features.n_examples)
    return features.payloads[payload.name].all_items


def random_targets(task, features, seed=0):
    """Targets of any type of task, a third of them without weight."""
    random = np.random.default_rng(seed)
    items = all_items(task, features)
    n = items.n_items
    match task:
        case Multiclass(classes=classes):
            probabilities = random.dirichlet(np.ones(len(classes)), n)
        case Spans(classes=classes):
            probabilities = random.dirichlet(np.ones(1 + 2 * len(classes)), n)
        case Bitvector(classes=classes):
            probabilities = random.random((n, len(classes)))
        case Select():
            probabilities = random.random(n) / np.maximum(np.repeat(items.lengths, items.lengths), 1)
        case Regression():
            probabilities = random.normal(size=n) * 10 + 100
    weights = (random.random(features.n_examples if isinstance(task, Select) else n) > 1 / 3).astype(np.float64)
    return Targets(items, probabilities, weights)
