"""A project folder: its YAML files read together, with all their problems."""

import pytest

from transom.errors import ProjectError
from transom.pipeline.workspace import open_workspace, read_workspace


def problems_of(folder, **options):
    return [str(problem) for problem in read_workspace(folder, **options).problems]


def test_a_project_is_opened_with_all_that_its_files_say(formats):
    workspace = open_workspace(formats)
    assert workspace.folder == formats
    assert workspace.store == formats / ".transom"
    assert [task.name for task in workspace.schema.tasks][:2] == ["pos", "entity_type"]
    assert [source.name for source in workspace.sources] == [
        "tall",
        "old",
        "tiny",
        "mood",
        "married",
        "cities",
        "custom",
    ]
    assert workspace.model.training.batch_size == 64
    assert workspace.deploy.serve.port == 8080


def test_only_the_schema_is_needed(tmp_path):
    (tmp_path / "schema.yaml").write_text("tasks: {score: {type: regression}}")
    workspace = open_workspace(str(tmp_path), store=tmp_path / "elsewhere")
    assert (workspace.sources, workspace.deploy.gate) == ((), ())
    assert workspace.store == tmp_path / "elsewhere"


def test_opening_writes_nothing(formats):
    before = sorted(formats.rglob("*"))
    open_workspace(formats)
    assert sorted(formats.rglob("*")) == before


def test_settings_of_the_command_line_are_laid_over_the_files(formats):
    workspace = open_workspace(formats, overrides=("training.seed=3", "serve.port=0", "label_model=majority"))
    assert (workspace.model.training.seed, workspace.deploy.serve.port) == (3, 0)
    assert {chosen.name for chosen in workspace.model.label_models.values()} == {"majority"}


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        (
            "training.seed=-1",
            "--set training.seed=-1 T007 seed must be a whole number of at least 0, not -1.",
        ),
        (
            "monitor.windw=3",
            "--set monitor.windw=3 T005 'windw' is not a key of monitor. "
            "Keys: reference, window, drift. Did you mean window?",
        ),
        (
            "gate=[{task: intnt, metric: accuracy, min: 0.5}]",
            "--set gate=[{task: intnt, metric: accuracy, min: 0.5}] T008 'intnt' is not a task. "
            "Tasks: pos, entity_type, names, intent, topics, intent_arg, score. Did you mean intent?",
        ),
    ],
)
def test_a_wrong_setting_of_the_command_line_is_named_whole(formats, setting, message):
    assert problems_of(formats, overrides=(setting,)) == [message]


def test_all_problems_of_all_files_come_at_once(formats):
    (formats / "model.yaml").write_text("use_dve: true\n")
    (formats / "deploy.yaml").write_text("serve: {prot: 1}\n")
    schema = (formats / "schema.yaml").read_text()
    (formats / "schema.yaml").write_text(schema.replace("max_length: 32", "max_length: 0"))
    with pytest.raises(ProjectError) as raised:
        open_workspace(formats)
    assert [str(problem.at) for problem in raised.value.problems] == [
        "schema.yaml:3:56",
        "model.yaml:1:1",
        "deploy.yaml:1:9",
    ]


def test_what_only_refers_to_something_broken_is_no_problem_of_its_own(formats):
    schema = (formats / "schema.yaml").read_text()
    (formats / "schema.yaml").write_text(schema.replace("tokens:   {type: sequence,", "tokens:   {"))
    assert problems_of(formats) == [
        "schema.yaml:3:3 T006 Payload 'tokens' needs the key 'type': one of singleton, sequence, set."
    ]


def test_a_schema_that_cannot_be_read_at_all_hides_no_slip_in_other_files(formats):
    (formats / "schema.yaml").write_text("tasks: [\n")
    (formats / "model.yaml").write_text("use_gold: maybe\nlabel_model: {intent: em}\n")
    assert [problem.split(" ")[0] for problem in problems_of(formats)] == ["schema.yaml:2:1", "model.yaml:1:11"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [("source.yaml", "sources.yaml"), ("sources.yml", "sources.yaml"), ("Sources.yaml", "sources.yaml")],
)
def test_a_misnamed_file_is_not_passed_over_in_silence(formats, name, meant):
    (formats / "sources.yaml").rename(formats / name)
    assert problems_of(formats) == [f"{name} T018 This file is not read. Did you mean {meant}? Rename it."]


def test_a_misnamed_schema_is_one_problem(tmp_path):
    (tmp_path / "shema.yaml").write_text("tasks: {score: {type: regression}}")
    assert problems_of(tmp_path) == ["shema.yaml T018 This file is not read. Did you mean schema.yaml? Rename it."]


@pytest.mark.parametrize("name", ["deployment-k8s.yaml", "docker-compose.yml", "sources_old.yaml", "model2.yaml"])
def test_other_yaml_files_are_none_of_our_business(formats, name):
    (formats / name).write_text("a: 1")
    assert problems_of(formats) == []


def test_a_slice_is_judged_where_its_expression_stands(formats):
    schema = (formats / "schema.yaml").read_text()
    (formats / "schema.yaml").write_text(schema.replace('"length(query) < 20"', '"length(qury) < 20"'))
    assert problems_of(formats) == [
        "schema.yaml:16:22 T072 'qury' is not a column. Columns: query, tokens, entities, person, id, time, order, "
        "and tags in double quotes. Did you mean query?"
    ]


def test_a_folder_that_is_not_there_is_named(tmp_path):
    assert problems_of(tmp_path / "nowhere") == [
        f"schema.yaml T001 There is no folder {str(tmp_path / 'nowhere')!r}. "
        "Name a project's folder, or make one: transom init DIR."
    ]


@pytest.mark.slow
@pytest.mark.parametrize("file", ["schema.yaml", "sources.yaml", "model.yaml", "deploy.yaml"])
def test_any_value_in_any_place_is_at_worst_a_problem(formats, file):
    lines = (formats / file).read_text().splitlines()
    for number, line in enumerate(lines):
        head = line.partition(":")[0]
        for value in ("3", "null", "[]", "[[a]]", "{a: {b: c}}", "yes"):
            (formats / file).write_text("\n".join([*lines[:number], f"{head}: {value}", *lines[number + 1 :]]))
            assert all(problem.at.file for problem in read_workspace(formats).problems)
