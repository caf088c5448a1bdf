"""What administrators may ask and order."""

import pytest

from served import make_live, serving

TOKEN = "admin-token-0123456789"
SHOWN = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def administered(project, tmp_path):
    (tmp_path / "token").write_text(TOKEN)
    with serving(project, "--admin-token-file", str(tmp_path / "token")) as running:
        yield running


def test_versions_are_listed_and_a_newer_one_answers_as_soon_as_it_is_ordered(administered):
    before = administered.ask("/admin/versions", headers=SHOWN).json
    make_live(administered.project, 2)
    reloaded = administered.ask("/admin/reload", method="POST", headers=SHOWN).json
    after = administered.ask("/admin/versions", headers=SHOWN).json

    assert (before["version"], before["aliases"], before["versions"]) == (1, {"candidate": 2, "live": 1}, [2, 1])
    assert (before["follows"], before["alarm"]) == ("live", None)
    assert (reloaded["version"], reloaded["alarm"]) == (2, None)
    assert (after["version"], after["aliases"]) == (2, {"live": 2})


def test_what_is_stored_is_told_to_administrators_alone(administered):
    answer = administered.ask("/admin/versions")

    assert answer.status == 401
    assert answer.headers["www-authenticate"] == "Bearer"
