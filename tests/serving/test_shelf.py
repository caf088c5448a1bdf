"""A version that a client names is loaded once, kept for a while, and let go without a request being lost."""

import asyncio

import pytest

from application import in_process
from served import register_other
from transom.export.layout import folder_of
from transom.serving.batching import Bounds
from transom.serving.metrics import new_metrics
from transom.serving.refusal import RefusedError
from transom.serving.shelf import KEPT, Shelf

RECORDS = [{"payloads": {"text": "love song"}}]


def on_shelf(project, ask):
    """What a coroutine function says of a shelf of the project."""

    async def run():
        shelf = Shelf(project / ".transom", Bounds(), new_metrics())
        try:
            return await ask(shelf)
        finally:
            await shelf.close()

    return asyncio.run(run())


def test_a_version_is_found_by_number_and_by_alias(two_versions):
    async def ask(shelf):
        return [(await shelf.version(name)).number for name in ("2", "v2", "candidate", "live", "1")]

    assert on_shelf(two_versions, ask) == [2, 2, 2, 1, 1]


def test_a_version_that_many_ask_for_at_once_is_loaded_once(two_versions):
    async def ask(shelf):
        found = await asyncio.gather(*(shelf.version("2") for _ in range(5)))
        return {id(loaded) for loaded in found}, shelf.kept("2") is found[0], shelf.kept("1")

    ids, is_kept, other = on_shelf(two_versions, ask)
    assert (len(ids), is_kept, other) == (1, True, None)


def test_the_one_that_was_not_asked_for_the_longest_goes_and_answers_what_it_accepted(project):
    for number in range(3, KEPT + 2):
        register_other(project / ".transom", number)

    async def ask(shelf):
        first = await shelf.version("1")
        accepted = asyncio.ensure_future(first.batcher.submit(RECORDS))
        await asyncio.sleep(0)
        for number in range(2, KEPT + 2):
            await shelf.version(str(number))
        kept = [shelf.kept(str(number)) is not None for number in range(1, KEPT + 2)]
        answered = await accepted
        await asyncio.sleep(0)  # the task that lets it go begins
        with pytest.raises(RefusedError, match="the server is stopping"):
            await first.batcher.submit(RECORDS)
        return kept, answered[0]["version"]

    assert on_shelf(project, ask) == ([False] + [True] * KEPT, 1)


@pytest.mark.parametrize("name", ["", "a" * 101, "../1", "1\n", "²", "*"])
def test_what_is_no_name_is_not_even_looked_up(two_versions, name):
    async def ask(shelf):
        with pytest.raises(RefusedError) as refusal:
            await shelf.version(name)
        return refusal.value.status, refusal.value.problem.message

    said = "there is no version of that name. Names are numbers and aliases."
    assert on_shelf(two_versions, ask) == (404, said)


@pytest.mark.parametrize("name", ["9" * 5000, "01", "live"])
def test_what_is_no_number_of_a_version_is_not_kept(two_versions, name):
    async def ask(shelf):
        await shelf.version("1")
        return shelf.kept("1") is not None, shelf.kept(name)

    assert on_shelf(two_versions, ask) == (True, None)


def test_a_damaged_version_is_refused_by_the_code_of_its_fault_and_others_go_on(project, caplog):
    (folder_of(project / ".transom", 2) / "model.onnx").write_bytes(b"no network")

    async def ask(shelf):
        with pytest.raises(RefusedError) as refusal:
            await shelf.version("2")
        assert (await shelf.version("1")).number == 1
        return refusal.value.status, refusal.value.problem.message

    assert on_shelf(project, ask) == (503, "version 2 cannot be served (T144). The server's log says why.")
    assert "version 2 cannot be served" in caplog.text
    assert str(project) not in on_shelf(project, ask)[1]


def test_who_names_no_version_gets_the_one_that_is_live(two_versions):
    body = b'{"inputs": [{"name": "text", "datatype": "BYTES", "shape": [1, 1], "data": ["love"]}]}'
    with in_process(two_versions) as running:
        answers = [
            running.post(f"/v2/models/moods{version}/infer", body).json
            for version in ("", "/versions/live", "/versions/2", "/versions/candidate")
        ]

    assert [answer["model_version"] for answer in answers] == ["1", "1", "2", "2"]
    assert [answer["outputs"][0]["data"] for answer in answers] == [["good"], ["good"], ["bad"], ["bad"]]
