import pytest

from toy_stages import run_toys
from transom.errors import UsageError
from transom.pipeline.history import why


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "text.txt").write_text("banana")
    return tmp_path


def test_why_is_about_the_last_time_that_a_stage_ran_not_that_it_was_found(folder):
    run_toys(folder, "a")
    run_toys(folder, "n")
    run_toys(folder, "n")
    found = why("label", folder)
    assert (found.run, found.status, found.changes) == (2, "ran", ('schema.gold: ["a"] → ["n"]',))
    assert found.as_dict()["why"] == found.why == 'schema.gold: ["a"] → ["n"]'


def test_a_stage_that_never_ran_has_no_reason(folder):
    assert why("label", folder) is None


def test_a_stage_that_ran_once_ran_as_it_never_had(folder):
    run_toys(folder)
    assert (why("check", folder).why, why("check", folder).changes) == ("it never ran here", ())


def test_a_stage_that_there_is_not_is_said(folder):
    with pytest.raises(UsageError) as caught:
        why("trian", folder)
    assert caught.value.problem.code == "T176"
    assert caught.value.problem.message.endswith("Did you mean train?")
