"""Which stages run again after which change, on a whole project."""

import os
import shutil
import subprocess
import sys

import pytest

from cached_project import replaced, write_project
from transom.pipeline.lifecycle import LIFE_CYCLE, run
from transom.pipeline.reuse import Reuse

pytestmark = pytest.mark.functional
STAGES = tuple(stage.name for stage in LIFE_CYCLE)


def run_again(folder, **options):
    done = run(folder, **options)
    return done, {record.stage for record in done.stages if record.status == "ran"}


def from_stage(first):
    """The stages from one on, but for those that the project does not ask for."""
    return set(STAGES[STAGES.index(first) :]) - {"extend"}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The project after a run; `first` is what it said."""
    folder = write_project(tmp_path_factory.mktemp("first run") / "project")
    return folder, run(folder)


@pytest.fixture
def project(finished, tmp_path):
    """A copy of the project and its store, elsewhere, to change."""
    return shutil.copytree(finished[0], tmp_path / "größerer Ordner" / "project", symlinks=True)


def reordered(folder):
    """The sections of every YAML file, and what is in each, the other way round."""
    for file in folder.glob("*.yaml"):
        sections = []
        for line in file.read_text().strip().splitlines():
            if line.startswith(" "):
                sections[0].insert(1, line)
            else:
                sections.insert(0, [line])
        file.write_text("\n".join(line for section in sections for line in section) + "\n")


def touched(folder):
    for path in folder.rglob("*"):
        os.utime(path, (1_700_000_000, 1_700_000_000))


def linked(folder):
    (folder / "data").rename(folder.parent / "elsewhere")
    (folder / "data").symlink_to(folder.parent / "elsewhere")


WITHOUT_EFFECT = {
    "a comment in YAML": replaced("model.yaml", "label_model", "# how votes are weighed\nlabel_model"),
    "a comment in schema.yaml": replaced("schema.yaml", "tasks:", "tasks:  # what is predicted"),
    "YAML written otherwise": replaced("schema.yaml", "classes: [ham, spam]", 'classes: ["ham", spam]'),
    "the order of keys": reordered,
    "the times of files": touched,
    "a comment and a docstring": replaced("rules.py", '"""Loud texts are spam."""', '"""Shouted."""  # see words'),
    "the layout of a helper": replaced("words.py", 'LOUD = "money"', 'LOUD = (\n    "money"\n)'),
    "a module that nothing imports": replaced("unused.py", "1", "2"),
    "a file that is not read": replaced("README.md", "About", "All about"),
    "a setting at its default": replaced("model.yaml", "seed: 3", "seed: 3, device: auto"),
    "data behind a link": linked,
}

NEW_RULE = "  three: {task: spam, where: 'price = 3', vote: ham}\n"
WITH_EFFECT = {
    "a vote in the data": (replaced("data/all.jsonl", '"clicks": "ham"', '"clicks": "spam"'), "check"),
    "a payload": (replaced("schema.yaml", "  price:", "  cost: {type: singleton, value: number}\n  price:"), "check"),
    "a split": (replaced("data/all.jsonl", '"test"', '"train"'), "check"),
    "a rule": (replaced("sources.yaml", "free|win", "free|check"), "label"),
    "a new rule": (replaced("sources.yaml", "  song:", NEW_RULE + "  song:"), "label"),
    "a helper of rules.py": (replaced("words.py", "money", "ann"), "label"),
    "a file that rules.py reads": (replaced("calm.txt", "love", "ann bob"), "label"),
    "a fact in a table": (replaced("facts.csv", "money,spam", "song,spam"), "label"),
    "how votes are weighed": (replaced("model.yaml", "label_model: majority", "label_model: em"), "label"),
    "a slice with capacity": (replaced("schema.yaml", "< 12", "< 16"), "train"),
    "a helper of a slice with capacity": (replaced("signs.py", "check", "song"), "train"),
    "a setting of training": (replaced("model.yaml", "seed: 3", "seed: 4"), "train"),
    "a slice that is only reported": (replaced("schema.yaml", "price < 4", "price < 6"), "evaluate"),
}  # fmt: skip


@pytest.mark.parametrize("change", WITHOUT_EFFECT)
def test_what_has_no_effect_runs_nothing(finished, project, change):
    WITHOUT_EFFECT[change](project)
    done, ran = run_again(project)
    assert ran == set()
    assert done.version == finished[1].version
    assert done.report == finished[1].report
    assert set(done.sources) == set(finished[1].sources)


@pytest.mark.parametrize("change", WITH_EFFECT)
def test_what_has_an_effect_runs_what_follows_and_nothing_before(project, change):
    edit, first = WITH_EFFECT[change]
    edit(project)
    done, ran = run_again(project)
    assert ran == from_stage(first)
    assert done.version == 2
    assert run_again(project)[1] == set()


def test_a_rule_that_is_written_otherwise_and_votes_the_same_ends_there(project):
    replaced("sources.yaml", "free|win", "free|win|zebra")(project)
    assert run_again(project)[1] == {"label"}


def test_data_written_otherwise_that_say_the_same_end_there(project):
    replaced("data/all.jsonl", '"payloads": {', '"payloads":   {')(project)
    assert run_again(project)[1] == {"check"}


def test_going_back_to_what_was_finds_everything_again(finished, project):
    replaced("model.yaml", "seed: 3", "seed: 4")(project)
    run(project)
    replaced("model.yaml", "seed: 4", "seed: 3")(project)
    done, ran = run_again(project)
    assert (ran, done.version) == (set(), finished[1].version)


def test_a_forced_stage_runs_and_registers_nothing_new_if_it_gives_the_same(project):
    done, ran = run_again(project, reuse=Reuse(force=("train",)))
    assert (ran, done.version) == ({"train"}, 1)


def test_a_run_may_end_early_and_go_on_later(tmp_path):
    folder = write_project(tmp_path / "project")
    assert run_again(folder, until="label")[1] == {"check", "statistics", "label"}
    assert run_again(folder)[1] == from_stage("train")


def test_without_the_cache_the_same_version_comes_out(finished, project):
    shutil.rmtree(project / ".transom" / "cache")
    shutil.rmtree(project / ".transom" / "objects")
    done, ran = run_again(project)
    assert ran == from_stage("check")
    assert (done.version, done.report) == (finished[1].version, finished[1].report)


def test_a_run_that_changes_nothing_loads_no_torch(finished):
    code = f"""
import sys
from transom.cli.main import main
assert main(["run", {str(finished[0])!r}]) == 0
heavy = sorted({{"torch", "sklearn", "numba", "scipy.stats", "optuna", "onnx"}} & sys.modules.keys())
assert not heavy, heavy
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Version 1 is up to date: nothing changed." in done.stdout
