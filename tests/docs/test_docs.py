"""What can be named is documented, and what the documents show is true."""

import ast
import dataclasses
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
import typer.main
import yaml

import transom
from transom.cli.main import app
from transom.errors import explanations
from transom.pipeline import deployment, settings
from transom.pipeline.workspace import read_workspace
from transom.registry import names, resolve

REPOSITORY = Path(__file__).parents[2]
DOCS = REPOSITORY / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md") if not {"_build", "generated"} & set(path.parts))
WRITTEN = [
    REPOSITORY / "README.md",
    REPOSITORY / "CONTRIBUTING.md",
    REPOSITORY / "src" / "transom" / "README.md",
    *PAGES,
]
COMMANDS = (DOCS / "reference" / "commands.md").read_text(encoding="utf-8")
VERBS = typer.main.get_command(app).commands


def blocks(path: Path, language: str) -> Iterator[str]:
    """The fenced code blocks of a page in a language."""
    yield from re.findall(rf"^```{language}\n(.*?)^```", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def section(verb: str) -> str:
    return re.search(rf"^## {verb}\n(.*?)(?=^## |\Z)", COMMANDS, re.MULTILINE | re.DOTALL)[1]


def all_blocks(language: str) -> list:
    return [
        pytest.param(block, id=f"{path.stem}-{n}") for path in WRITTEN for n, block in enumerate(blocks(path, language))
    ]


@pytest.fixture(scope="module")
def generated() -> object:
    sys.path.insert(0, str(DOCS))
    try:
        import generated_pages
    finally:
        sys.path.remove(str(DOCS))
    return generated_pages


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_has_a_section_that_names_all_its_options(verb):
    own = {option for parameter in VERBS[verb].params for option in parameter.opts if option.startswith("--")}
    missing = {option for option in own if option not in section(verb) and f"`{option}" not in COMMANDS}
    assert not missing


def test_every_error_code_is_on_the_page_made_from_the_codes(generated):
    page = generated.errors_page()
    assert [code for code, known in explanations().items() if f"## {code}: {known.title}" not in page] == []


def test_every_error_code_that_the_code_uses_is_explained():
    sources = (REPOSITORY / "src" / "transom").rglob("*.py")
    used = {code for path in sources for code in re.findall(r'"(T\d{3})"', path.read_text(encoding="utf-8"))}
    assert sorted(used - set(explanations())) == []


@pytest.mark.parametrize("kind", ["label_models", "encoders", "embeddings"])
def test_every_registered_name_is_on_the_page_of_settings_with_all_its_keys(generated, kind):
    page = generated.settings_page()
    for name in names(kind):
        table = page.partition(f"### `{name}`\n")[2].partition("\n##")[0]
        assert [
            field.name for field in dataclasses.fields(resolve(kind, name)) if f"| `{field.name}` |" not in table
        ] == []


def test_every_kind_of_name_that_yaml_may_choose_is_on_the_page_of_settings(generated):
    points = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]
    chosen = {group.removeprefix("transom.") for group in points} - {"encoder_networks"}
    chosen -= {"exporters"}  # these are chosen on the command line
    assert chosen == set(generated.REGISTERED)


@pytest.mark.parametrize(("page", "keys"), [("model", settings.KEYS), ("deploy", deployment.KEYS)])
def test_every_key_of_a_settings_file_is_on_its_page(page, keys):
    text = (DOCS / "reference" / f"{page}.md").read_text(encoding="utf-8")
    assert [key for key in keys if not re.search(rf"^{key}:|`{key}`", text, re.MULTILINE)] == []


def test_every_public_name_is_in_the_reference():
    page = (DOCS / "reference" / "api.md").read_text(encoding="utf-8")
    assert [name for name in transom.__all__ if not re.search(rf"\b{name}\b", page)] == []


def test_the_glossary_owns_every_word_of_the_product():
    page = (DOCS / "glossary.md").read_text(encoding="utf-8")
    words = (
        "example payload task source labelling_function vote abstain item label_matrix label_model target "
        "gold tag split slice encoder head artifact report"
    )
    assert [word for word in words.split() if not re.search(rf"^{word.replace('_', ' ')}$", page, re.MULTILINE)] == []


@pytest.mark.parametrize("block", all_blocks("yaml"))
def test_every_yaml_block_is_yaml(block):
    assert yaml.safe_load(block)


def test_the_project_files_of_the_reference_are_one_project_without_a_problem(tmp_path):
    for name in ("schema", "sources", "model", "deploy"):
        block = next(blocks(DOCS / "reference" / f"{name}.md", "yaml"))
        (tmp_path / f"{name}.yaml").write_text(block, encoding="utf-8")
    assert [str(problem) for problem in read_workspace(tmp_path).problems] == []


@pytest.mark.parametrize("block", all_blocks("json"))
def test_every_json_block_is_one_document_or_one_a_line(block):
    try:
        json.loads(block)
    except json.JSONDecodeError:
        assert all(json.loads(line) for line in block.splitlines())


@pytest.mark.parametrize("block", all_blocks("python"))
def test_every_python_block_is_python(block):
    ast.parse(block)


@pytest.mark.parametrize("page", WRITTEN, ids=[path.stem for path in WRITTEN])
def test_links_to_files_lead_somewhere(page):
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_the_tutorial_shows_what_check_says_of_its_mistake(tmp_path):
    page = DOCS / "tutorials" / "own-project.md"
    schema, sources = blocks(page, "yaml")
    (tmp_path / "schema.yaml").write_text(schema, encoding="utf-8")
    (tmp_path / "sources.yaml").write_text(sources.replace("vote: login}", "vote: logn}"), encoding="utf-8")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "tickets.jsonl").write_text(next(blocks(page, "json")), encoding="utf-8")
    (problem,) = transom.check(tmp_path).problems
    assert f"{problem}\n" in blocks(page, "text")


def test_the_tutorial_shows_what_the_worked_example_prints():
    text = (DOCS / "tutorials" / "sentiment.md").read_text(encoding="utf-8")
    shown = [block for block in blocks(DOCS / "tutorials" / "sentiment.md", "console") if "\n " in block]
    declared = yaml.safe_load((REPOSITORY / "examples" / "sentiment" / "sources.yaml").read_text(encoding="utf-8"))
    assert {name for name in declared["sources"] if f" {name} " not in shown[0]} == set()
    assert [block.split("\n")[0].removeprefix("$ transom ") for block in shown] == ["label", "run", "errors", "label"]
    assert re.findall(r"[A-Z]+_OUTPUT", text) == []


def test_the_functions_of_the_how_to_vote():
    namespace = {}
    for block in blocks(DOCS / "how-to" / "python-functions.md", "python"):
        exec(block, namespace)
    assert namespace["asks_for_age"](transom.Example("1", {"query": "how old is obama"})) == "age"
    frame = pl.DataFrame({"query": ["how tall is obama", "who is obama"]})
    assert namespace["asks_for_height"](frame).to_list() == ["height", None]


def test_the_how_to_judges_a_version_by_its_share_of_the_log(tmp_path):
    namespace = {}
    (block,) = blocks(DOCS / "how-to" / "canary.md", "python")
    exec(block, namespace)
    served = [(7, 0.9), (7, 0.9), (8, 0.1), (8, 1.0), (9, 0.0)]
    lines = [
        {"id": str(number), "served": {"version": version, "propensity": propensity}}
        for number, (version, propensity) in enumerate(served)
    ]
    (tmp_path / "served-1.jsonl").write_text("\n".join(map(json.dumps, lines)))
    rewards = {"0": 1.0, "1": 0.0, "2": 1.0, "3": 0.0, "4": 1.0}

    assert namespace["reward_alone"](7, rewards, tmp_path) == pytest.approx(0.5)
    assert namespace["reward_alone"](8, rewards, tmp_path) == pytest.approx(10 / 11)


@pytest.mark.slow
def test_the_cells_of_the_notebook_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    transom.init("my-project")
    namespace = {}
    for block in blocks(DOCS / "how-to" / "notebook.md", "python"):
        exec(block, namespace)
    assert namespace["worst"].columns == ["tag", "value", "low", "high", "n"]
    assert namespace["both"].height > 0
    assert namespace["replies"][0]["id"] == "1"


@pytest.mark.slow
def test_the_project_of_the_readme_runs_as_it_stands(tmp_path):
    (script,) = [block for block in blocks(REPOSITORY / "README.md", "sh") if "schema.yaml" in block]
    assert len(script.splitlines()) <= 30
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["predictions"]["queue"]["label"] in {"billing", "login"}
