"""A tag that is misspelt in a slice or a rule is worth a warning, with its place."""

import json

import pytest

from transom.pipeline.check import check

SCHEMA = """
payloads: {{text: {{type: singleton, value: text}}}}
tasks: {{spam: {{payload: text, type: multiclass, classes: [ham, spam]}}}}
slices:
  seen: {{{slice}}}
gold: [crowd]
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "data").mkdir()
    line = {"id": "a", "payloads": {"text": "x"}, "tags": ["train", "video:Psy"], "tasks": {"spam": {"crowd": "ham"}}}
    (tmp_path / "data" / "a.jsonl").write_text(json.dumps(line))
    return tmp_path


def warnings_of(project, slice_="tag: train", where='"video:Psy"'):
    (project / "schema.yaml").write_text(SCHEMA.format(slice=slice_))
    rule = {"sources": {"cheap": {"task": "spam", "where": where, "vote": "ham"}}}
    (project / "sources.yaml").write_text(json.dumps(rule))
    return [str(warning) for warning in check(project).warnings]


def test_tags_of_the_data_and_splits_are_known(project):
    assert warnings_of(project, 'where: \'"video:Psy" AND NOT "dev"\'') == []


@pytest.mark.parametrize(
    ("slice_", "column"), [("tag: video:Pys", 15), ("where: '\"video:Pys\" AND length(text) > 3'", 17)]
)
def test_a_misspelt_tag_of_a_slice_is_warned_about(project, slice_, column):
    message = "T074 'video:Pys' is the tag of no example. Did you mean video:Psy?"
    assert warnings_of(project, slice_) == [f"schema.yaml:5:{column} {message}"]


def test_a_misspelt_tag_of_a_rule_is_warned_about(project):
    message = "T074 'video:Pys' is the tag of no example. Did you mean video:Psy?"
    assert warnings_of(project, where='"video:Pys" OR length(text) < 3') == [f"sources.yaml:1:49 {message}"]
