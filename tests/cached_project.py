"""A small project in which everything that a result may depend on occurs, for tests of what runs again."""

import json
import random

FILES = {
    "schema.yaml": """
payloads:
  text: {type: singleton, value: text}
  price: {type: singleton, value: number}
tasks:
  spam: {type: multiclass, payload: text, classes: [ham, spam]}
slices:
  short: {where: "length(text) < 12"}
  cheap: {where: "price < 4", capacity: false}
  loud: {python: "cuts:loud"}
gold: [crowd]
""",
    "sources.yaml": """
sources:
  free: {task: spam, regex: "free|win", on: text, vote: spam}
  song: {task: spam, keywords: [song, love], on: text, vote: ham}
  loud: {task: spam, python: "rules:lf_loud"}
  fact: {task: spam, table: facts.csv, match: {text: word}, vote: {column: kind}}
""",
    "model.yaml": """
label_model: majority
training: {epochs: 1, seed: 3}
""",
    "deploy.yaml": "serve: {port: 8081}\n",
    "rules.py": '''
"""Rules."""
from pathlib import Path
from transom import ABSTAIN
from words import LOUD

CALM = Path(__file__).with_name("calm.txt").read_text().split()

def lf_loud(x):
    """Loud texts are spam."""
    if x.text in CALM:
        return "ham"
    return "spam" if LOUD in x.text else ABSTAIN
''',
    "words.py": 'LOUD = "money"\n',
    "cuts.py": "from signs import SIGN\n\ndef loud(x):\n    return SIGN in x.text\n",
    "signs.py": 'SIGN = "check"\n',
    "calm.txt": "love song\n",
    "facts.csv": "word,kind\nmoney,spam\nbob,ham\n",
    "unused.py": "X = 1\n",
    "README.md": "About this project.\n",
}
WORDS = ("free", "song", "check", "love", "ann", "bob", "money", "win")


def write_project(folder, n_rows=60):
    """Writes the project into a folder, which is made."""
    draw = random.Random(0)
    (folder / "data").mkdir(parents=True)
    for name, text in FILES.items():
        (folder / name).write_text(text)
    lines = [json.dumps(example(number, draw)) for number in range(n_rows)]
    (folder / "data" / "all.jsonl").write_text("\n".join(lines) + "\n")
    return folder


def example(number, draw):
    words = draw.choices(WORDS, k=draw.randint(1, 5))
    return {
        "id": f"e{number}",
        "payloads": {"text": " ".join(words), "price": draw.randrange(9)},
        "tasks": {"spam": {"crowd": "spam" if "free" in words else "ham", "clicks": draw.choice(["ham", "spam"])}},
        "tags": [("train", "dev", "test")[number % 3]],
    }


def replaced(name, old, new):
    """An edit of one file of the project."""

    def edit(folder):
        text = (folder / name).read_text()
        assert old in text, f"{name} does not hold {old!r}"
        (folder / name).write_text(text.replace(old, new, 1))

    return edit
