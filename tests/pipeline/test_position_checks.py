"""Lengths in model.yaml that a pretrained encoder has no places for."""

import pytest

from tiny_bert import save_tiny_bert
from transom.errors import ProjectError
from transom.pipeline.check import check
from transom.pipeline.workspace import open_workspace

SCHEMA = """\
payloads:
  query: {type: singleton, value: text}
  tokens: {type: sequence, value: token, max_length: 5000}
tasks:
  intent: {payload: query, type: multiclass, classes: [a, b]}
  names: {payload: tokens, type: spans, classes: [PER]}
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "all.jsonl").write_text('{"id": "1", "payloads": {}, "tags": ["train"]}\n')
    (tmp_path / "schema.yaml").write_text(SCHEMA)
    (tmp_path / "tiny").mkdir()
    save_tiny_bert(tmp_path / "tiny")
    return tmp_path


def problems(project, model):
    (project / "model.yaml").write_text(model)
    return [str(problem) for problem in check(project).problems]


def too_long(place, asked, most=512, model="all-MiniLM-L6-v2"):
    what = f"max_length must be at most {most}, not {asked}"
    return [f"{place} T138 {what}: {model!r} has no places for more pieces of words."]


def test_a_length_beyond_the_places_of_a_model_is_refused_with_its_line(project):
    found = problems(project, "payloads: {query: {encoder: pretrained, max_length: 5000}}")
    assert found == too_long("model.yaml:1:53", 5000)


def test_the_places_are_those_of_the_models_folder(project):
    found = problems(project, "payloads: {tokens: {encoder: pretrained, model: tiny, max_length: 65}}")
    assert found == too_long("model.yaml:1:67", 65, 64, str(project / "tiny"))


@pytest.mark.parametrize(
    "chosen", ["size: 8", "model: tiny", "model: tiny, max_length: auto", "model: tiny, max_length: 64"]
)
def test_a_length_within_them_is_no_problem_and_neither_is_none_however_long_a_sequence_may_be(project, chosen):
    assert problems(project, f"payloads: {{tokens: {{encoder: pretrained, {chosen}}}}}") == []


def test_what_a_variant_changes_is_told_at_its_place(project):
    base = "payloads: {query: {encoder: pretrained, max_length: 100}}\n"
    found = problems(project, f"{base}variants: {{long: {{query: {{max_length: 600}}}}}}")
    assert found == too_long("model.yaml:2:39", 600)
    found = problems(project, f"{base}variants: {{small: {{query: {{model: tiny}}}}}}")
    assert found == too_long("model.yaml:1:53", 100, 64, str(project / "tiny"))


def test_what_a_variant_does_not_change_is_told_once(project):
    base = "payloads: {query: {encoder: pretrained, max_length: 600}}\n"
    assert problems(project, f"{base}variants: {{small: {{query: {{size: 8}}}}}}") == too_long("model.yaml:1:53", 600)


def test_a_model_that_is_not_at_hand_is_not_fetched_to_count_its_places(project):
    assert problems(project, "payloads: {query: {encoder: pretrained, model: nobody/has-this, max_length: 600}}") == []


def test_a_length_on_the_command_line_is_refused_there(project):
    (project / "model.yaml").write_text("payloads: {query: {encoder: pretrained}}")
    with pytest.raises(ProjectError) as caught:
        open_workspace(project, overrides=["payloads.query.max_length=600"])
    (problem,) = caught.value.problems
    assert (problem.code, str(problem.at)) == ("T138", "--set payloads.query.max_length=600")
