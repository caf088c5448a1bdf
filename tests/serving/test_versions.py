"""The alias is followed, and no request notices."""

import shutil

import pytest

from served import make_live, serving

TOKEN = "0123456789abcdef0123"
ADMIN = {"Authorization": f"Bearer {TOKEN}"}
RECORD = {"payloads": {"text": "hate day"}}


@pytest.fixture
def admin_file(tmp_path):
    (tmp_path / "admin").write_text(TOKEN)
    return str(tmp_path / "admin")


def reload(running):
    return running.ask("/admin/reload", method="POST", headers=ADMIN).json


def test_a_server_that_is_told_changes_to_the_version_that_the_alias_points_to(project, admin_file):
    with serving(project, "--admin-token-file", admin_file) as running:
        before = running.ask("/v1/predict", RECORD).json
        make_live(project, 2)

        assert reload(running)["version"] == 2
        after = running.ask("/v1/predict", RECORD).json

    old, new = (each["predictions"]["mood"]["probabilities"] for each in (before, after))
    assert (before["version"], after["version"]) == (1, 2)
    assert new["bad"] == pytest.approx(old["good"], abs=1e-6)


@pytest.mark.slow
def test_a_server_that_is_not_told_looks_by_itself(project):
    with serving(project) as running:
        make_live(project, 2)
        for _ in range(10_000):  # it looks every second; each question takes some milliseconds
            if running.ask("/readyz").json["version"] == 2:
                return
        pytest.fail("the server did not follow the alias")


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["changed", "gone"])
def test_a_damaged_new_version_leaves_the_old_one_answering_and_an_alarm(project, admin_file, damage):
    with serving(project, "--admin-token-file", admin_file) as running:
        make_live(project, 2)
        folder = project / ".transom" / "versions" / "2"
        if damage == "gone":
            shutil.rmtree(folder)
        else:
            (folder / "model.onnx").write_bytes(b"no network")

        status = reload(running)
        expected = {"changed": {"version": 2, "code": "T144"}, "gone": {"version": None, "code": "T148"}}[damage]
        assert status == {"changed": False, "version": 1, "alarm": expected, "policy": "single"}
        assert running.ask("/readyz").json["alarm"] == expected
        assert b'transom_alarm{alias="live"} 1.0' in running.ask("/metrics").body
        assert running.ask("/v1/predict", RECORD).json["version"] == 1

        make_live(project, 1)
        assert reload(running) == {"changed": False, "version": 1, "alarm": None, "policy": "single"}
