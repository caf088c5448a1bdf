"""The alias is followed, and no request notices."""

import asyncio
import shutil
from contextlib import suppress

import pytest

from served import make_live, serving
from transom.export.layout import folder_of
from transom.serving.batching import Bounds
from transom.serving.metrics import new_metrics
from transom.serving.versions import PATIENCE, Versions, load

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


@pytest.mark.parametrize("damage", ["changed", "gone"])
def test_a_version_that_cannot_be_loaded_is_not_tried_at_every_look(project, caplog, damage):
    store = project / ".transom"
    versions = Versions(store, "live", Bounds(), new_metrics())
    predictor = load(store, 1)
    make_live(project, 2)
    if damage == "gone":
        shutil.rmtree(folder_of(store, 2))
    else:
        (folder_of(store, 2) / "model.onnx").write_bytes(b"no network")

    async def follow():
        versions.answer_with(predictor)
        following = asyncio.ensure_future(versions.follow(0.001))
        while not (failed := versions.failure):
            await asyncio.sleep(0.001)
        for _ in range(PATIENCE // 2):
            await asyncio.sleep(0.001)
        make_live(project, 1)
        while versions.failure:
            await asyncio.sleep(0.001)
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
        await versions.close()
        return failed

    assert asyncio.run(follow()).code in ("T144", "T148")
    assert len([each for each in caplog.records if "cannot be served" in each.getMessage()]) == 1
