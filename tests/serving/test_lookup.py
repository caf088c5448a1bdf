"""`GET /v1/lookup/{key}`: the newest lookup answers, without a restart, and a damaged one never does."""

import asyncio
import hashlib
import json
from contextlib import suppress
from urllib.parse import quote

import pytest

from served import serving
from transom.export.layout import LOOKUP
from transom.export.lookups import About, Entry, writing_lookup
from transom.serving.lookup import Lookups
from transom.serving.refusal import RefusedError

ABOUT = About(7, "id", "2026-11-21T10:00:00+00:00")
TOKEN = "admin-token-0123456789"


def write(store, **replies):
    """A lookup in which each key is answered by a number."""
    with writing_lookup(store, ABOUT) as writer:
        writer.add([Entry(key, json.dumps({"id": None, "n": n}).encode(), b"") for key, n in replies.items()])


def found(lookups, key):
    return json.loads(lookups.answer(key).body)


def test_a_reply_says_its_key_and_when_it_was_worked_out(tmp_path):
    write(tmp_path, a=1)
    lookups = Lookups(tmp_path)

    assert asyncio.run(lookups.refresh())

    assert found(lookups, "a") == {"key": "a", "computed": "2026-11-21T10:00:00+00:00", "id": None, "n": 1}
    assert lookups.answer("a").version == 7
    assert lookups.status() == {"lookup": {**ABOUT.as_dict(), "n_keys": 1}, "alarm": None}


def test_what_is_not_there_is_refused(tmp_path):
    lookups = Lookups(tmp_path)
    asyncio.run(lookups.refresh())
    with pytest.raises(RefusedError, match=r"T234 nothing was precomputed\. Run: transom precompute\."):
        lookups.answer("a")
    assert lookups.status() is None

    write(tmp_path, a=1)
    asyncio.run(lookups.refresh())
    with pytest.raises(RefusedError, match=r"T233 the key 'b' was not precomputed\.") as refused:
        lookups.answer("b")
    assert refused.value.status == 404


def test_a_newer_lookup_answers_as_soon_as_it_is_seen_and_an_old_one_is_opened_once(tmp_path):
    lookups = Lookups(tmp_path)
    write(tmp_path, a=1)
    assert [asyncio.run(lookups.refresh()) for _ in range(2)] == [True, False]

    write(tmp_path, a=2)
    assert found(lookups, "a")["n"] == 1
    assert asyncio.run(lookups.refresh())
    assert found(lookups, "a")["n"] == 2


def test_of_two_looks_at_once_the_one_at_the_newer_lookup_counts(tmp_path, monkeypatch):
    lookups, file_digest, looks = Lookups(tmp_path), hashlib.file_digest, []
    write(tmp_path, a=1)

    async def both():
        loop = asyncio.get_running_loop()

        def digest_and_look_again(opened, name):
            digest = file_digest(opened, name)
            if not looks:
                looks.append(None)
                write(tmp_path, a=2)
                looks[0] = asyncio.run_coroutine_threadsafe(lookups.refresh(), loop)
                with suppress(TimeoutError):  # one look after the other
                    looks[0].result(0.2)
            return digest

        monkeypatch.setattr(hashlib, "file_digest", digest_and_look_again)
        await lookups.refresh()
        await asyncio.wrap_future(looks[0])

    asyncio.run(both())

    assert found(lookups, "a")["n"] == 2
    assert lookups.status()["alarm"] is None


def test_a_damaged_lookup_is_an_alarm_and_the_one_before_goes_on(tmp_path, caplog):
    lookups = Lookups(tmp_path)
    write(tmp_path, a=1)
    asyncio.run(lookups.refresh())
    (tmp_path / LOOKUP / "lookup.json").write_text("{")

    assert not asyncio.run(lookups.refresh())

    assert found(lookups, "a")["n"] == 1
    assert lookups.status()["alarm"] == "T229"
    assert "the one before goes on" in caplog.text
    write(tmp_path, a=3)
    assert asyncio.run(lookups.refresh())
    assert lookups.status()["alarm"] is None


def test_a_lookup_that_was_damaged_and_is_whole_again_ends_the_alarm_when_it_is_tried_again(tmp_path):
    lookups = Lookups(tmp_path)
    write(tmp_path, a=1)
    (database,) = (tmp_path / LOOKUP).glob("replies-*.db")
    whole = database.read_bytes()
    database.write_bytes(whole[:-1])
    asyncio.run(lookups.refresh())
    database.write_bytes(whole)

    assert not asyncio.run(lookups.refresh(again=False))
    assert lookups.status() == {"lookup": None, "alarm": "T229"}
    assert asyncio.run(lookups.refresh())
    assert lookups.status()["alarm"] is None
    assert found(lookups, "a")["n"] == 1


def test_a_lookup_that_cannot_be_read_is_an_alarm_too(tmp_path, caplog):
    lookups = Lookups(tmp_path)
    (tmp_path / LOOKUP / "lookup.json").mkdir(parents=True)

    assert [asyncio.run(lookups.refresh()) for _ in range(2)] == [False, False]

    assert lookups.status() == {"lookup": None, "alarm": "T229"}
    assert caplog.text.count("the one before goes on") == 1


def test_a_lookup_that_was_deleted_answers_no_more(tmp_path):
    lookups = Lookups(tmp_path)
    write(tmp_path, a=1)
    asyncio.run(lookups.refresh())
    (tmp_path / LOOKUP / "lookup.json").unlink()

    assert asyncio.run(lookups.refresh())
    assert lookups.status() is None


def test_a_server_finds_keys_of_any_kind_and_a_newer_lookup_when_it_is_told(project, tmp_path):
    store, keys = project / ".transom", ["a/b", "ü", "a b", "100%", "..", "a?b#c", "{key}"]
    (tmp_path / "token").write_text(TOKEN)
    with serving(project, "--admin-token-file", str(tmp_path / "token")) as running:
        before = running.ask("/v1/lookup/a")
        write(store, **{key: n for n, key in enumerate(keys)})
        told = running.ask("/admin/reload", method="POST", headers={"Authorization": f"Bearer {TOKEN}"})
        answers = [running.ask(f"/v1/lookup/{quote(key, safe='')}") for key in keys]
        unknown, nothing = running.ask("/v1/lookup/other"), running.ask("/v1/lookup/")

    assert (before.status, before.json["error"]["code"]) == (404, "T234")
    assert told.json["changed"]
    assert [(answer.status, answer.json["key"], answer.json["n"]) for answer in answers] == [
        (200, key, n) for n, key in enumerate(keys)
    ]
    assert answers[0].headers["x-transom-version"] == "7"
    assert (unknown.status, unknown.json["error"]["code"]) == (404, "T233")
    assert (nothing.status, nothing.json["error"]["code"]) == (404, "T197")
