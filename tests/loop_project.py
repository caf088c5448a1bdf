"""A small project to edit while it is watched, and every kind of rule to edit it with."""

import json
import random

import yaml

SCHEMA = """
payloads:
  text: {type: singleton, value: text}
  tokens: {type: sequence, value: token, max_length: 8}
  price: {type: singleton, value: number}
tasks:
  spam: {type: multiclass, payload: text, classes: [ham, spam]}
  topics: {type: bitvector, payload: text, classes: [music, money]}
  names: {type: spans, payload: tokens, classes: [person]}
  score: {type: regression, payload: text}
slices:
  short: {python: "cuts:short"}
gold: [crowd]
"""
WORDS = ["free", "song", "check", "love", "ann", "bob", "money", "win"]
FUNCTIONS = """
from transom import ABSTAIN
from words import LOUD

def lf_loud(x):
    return "spam" if LOUD in x.text else ABSTAIN
"""
RULES = {
    "free": {"task": "spam", "on": "text", "vote": "spam", "regex": "free|win"},
    "free ": {"task": "spam", "on": "text", "vote": "spam", "regex": "free"},
    "song": {"task": "spam", "on": "text", "vote": "ham", "keywords": ["song", "love"]},
    "cheap": {"task": "spam", "where": "price < 3", "vote": "ham"},
    "loud": {"task": "spam", "python": "rules:lf_loud"},
    "fact": {"task": "spam", "table": "facts.csv", "match": {"text": "word"}, "vote": {"column": "kind"}},
    "tune": {"task": "topics", "on": "text", "vote": ["music"], "keywords": ["song"]},
    "cash": {"task": "topics", "on": "text", "vote": ["money"], "keywords": ["money", "win"]},
    "people": {"task": "names", "gazetteer": "people.txt", "on": "tokens", "vote": "person"},
    "nice": {"task": "score", "on": "text", "vote": 4.5, "keywords": ["love"]},
    "dull": {"task": "score", "where": "price > 5", "vote": 1.0},
}
"""Two of them differ by a space, which `write_rules` drops: the same rule with other content."""


def write_project(folder, n_rows=60, seed=0):
    """Writes the whole project, with no rule."""
    draw = random.Random(seed)
    (folder / "data").mkdir(parents=True)
    lines = [json.dumps(example(number, draw)) for number in range(n_rows)]
    (folder / "data" / "all.jsonl").write_text("\n".join(lines))
    (folder / "schema.yaml").write_text(SCHEMA)
    (folder / "rules.py").write_text(FUNCTIONS)
    (folder / "words.py").write_text('LOUD = "win"\n')
    (folder / "cuts.py").write_text("from words import LOUD\n\ndef short(x):\n    return len(x.text) < 12\n")
    (folder / "facts.csv").write_text("word,kind\nmoney,spam\nbob,ham\n")
    (folder / "people.txt").write_text("ann\n")
    write_rules(folder)
    return folder


def example(number, draw):
    words = draw.choices(WORDS, k=draw.randint(1, 5))
    is_spam = "free" in words or "win" in words
    tasks = {"spam": {"clicks": draw.choice(["ham", "spam"])}}
    if number % 2:
        people = [[place, place + 1, "person"] for place, word in enumerate(words) if word in ("ann", "bob")]
        tasks["spam"]["crowd"] = "spam" if is_spam else "ham"
        tasks |= {"names": {"crowd": people}, "topics": {"crowd": ["music"] * ("song" in words)}}
        tasks["score"] = {"crowd": 5.0 if "love" in words else 2.0}
    return {
        "id": f"e{number}",
        "payloads": {"text": " ".join(words), "tokens": words, "price": draw.randrange(9)},
        "tasks": tasks,
        "tags": [("train", "dev", "test")[number % 3], *(["odd"] if number % 2 else [])],
    }


def write_rules(folder, *names, **others):
    """Declares rules of `RULES`, and others by their content."""
    rules = {name.strip(): RULES[name] for name in names} | others
    text = yaml.safe_dump({"sources": rules}, sort_keys=False) if rules else "sources: {}\n"
    (folder / "sources.yaml").write_text(text)
