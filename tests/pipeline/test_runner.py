import threading
from pathlib import Path

import pytest

from toy_stages import DURING, GUARDED, STAGES, run_guarded, run_toys, sees_nothing
from transom.errors import ArtifactError, UsageError
from transom.export.executions import last_executions, runs
from transom.pipeline.stage import Stage


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "text.txt").write_text("banana")
    return tmp_path


def objects(folder):
    return sorted(path for path in (folder / ".transom" / "objects").glob("??/*"))


def test_the_first_run_runs_everything_and_the_second_nothing(folder):
    first, statuses, ran = run_toys(folder)
    assert first == {"check": "banana", "label": 3, "extend": 6, "train": 12}
    assert ran == ("check", "label", "train", "train")
    assert set(statuses.values()) == {"ran"}
    again, statuses, ran = run_toys(folder)
    assert (again, ran) == (first, ())
    assert set(statuses.values()) == {"cached"}


def test_a_changed_file_runs_what_follows(folder):
    run_toys(folder)
    (folder / "text.txt").write_text("ananas")
    assert run_toys(folder)[0]["check"] == "ananas"


def test_a_stage_that_gives_the_same_as_before_ends_the_change(folder):
    run_toys(folder)
    (folder / "text.txt").write_text("banana\n")
    assert run_toys(folder)[2] == ("check",)
    (folder / "text.txt").write_text("ananas")
    assert run_toys(folder)[2] == ("check", "label")


def test_a_setting_runs_only_the_stages_that_see_it(folder):
    run_toys(folder, "a")
    assert run_toys(folder, "b")[2] == ("label", "train", "train")
    assert run_toys(folder, "a")[2] == ()


def test_a_stage_that_is_not_needed_hands_on_what_stands_for_it(folder):
    summary, statuses, _ = run_toys(folder, "a", "no extension")
    assert statuses["extend"] == "skipped"
    assert summary == {"check": "banana", "label": 3, "extend": 3, "train": 6}
    run_toys(folder, "n", "no extension")
    assert last_executions(folder / ".transom")["train"].why == "the result of label changed"


def test_a_guard_that_is_content_is_asked_once_and_changes_nothing(folder):
    run_toys(folder)
    summary, statuses, ran, (verdict,) = run_guarded(folder)
    assert (summary["train"], ran, verdict.why) == (12, ("guard",), "3 letters")
    assert set(statuses.values()) == {"cached"}
    assert run_guarded(folder)[2:] == ((), (verdict,))


def test_a_guard_that_refuses_ends_the_run_every_time(folder):
    (folder / "text.txt").write_text("aaaaaaa")
    for expected in (("check", "label", "guard"), ()):
        summary, statuses, ran, (verdict,) = run_guarded(folder)
        assert (summary, ran, verdict.is_refused) == ({"check": "aaaaaaa", "label": 7}, expected, True)
        assert (statuses["extend"], statuses["train"]) == ("skipped", "skipped")


def test_a_run_that_a_guard_ended_is_recorded_as_refused(folder):
    (folder / "text.txt").write_text("aaaaaaa")
    for expected in ("ran", "cached"):
        run_guarded(folder)
        *before, last = runs(folder / ".transom")[0].executions
        assert [(each.stage, each.status) for each in before] == [("check", expected), ("label", expected)]
        assert (last.stage, last.status, last.why) == ("guard", "refused", "7 letters")


def test_what_a_guard_noticed_is_told_when_a_later_stage_fails(folder):
    (folder / "text.txt").write_text("aaaa")
    with pytest.raises(ZeroDivisionError) as failure:
        run_guarded(folder, stages=(*GUARDED, Stage("evaluate", "toy_stages:fail", ("train",), sees_nothing)))
    assert failure.value.__notes__ == ["Today's data are unlike those of version 1: 4 letters."]


def test_a_forced_stage_runs_and_its_equal_result_ends_there(folder):
    run_toys(folder)
    assert run_toys(folder, force=("label",))[2] == ("label",)


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_bytes(flipped(path))])
def test_a_damaged_result_is_never_used_and_made_again(folder, number, damage):
    first, _, _ = run_toys(folder)
    results = [last_executions(folder / ".transom")[stage.name].outputs[0] for stage in STAGES]
    damage(next(path for path in objects(folder) if path.parent.name + path.name == results[number]))
    assert run_toys(folder, "n")[0] == {"check": "banana", "label": 2, "extend": 4, "train": 8}
    assert run_toys(folder)[0] == first


def test_a_stage_whose_result_was_found_and_turned_out_damaged_is_recorded_as_run(folder):
    run_toys(folder)
    label = last_executions(folder / ".transom")["label"].outputs[0]
    damaged = folder / ".transom" / "objects" / label[:2] / label[2:]
    damaged.write_bytes(flipped(damaged))
    _, statuses, ran = run_toys(folder, force=("extend",))
    assert (statuses["check"], statuses["label"], statuses["extend"]) == ("cached", "ran", "ran")
    assert ran[0] == "label"
    of_label = [each for each in runs(folder / ".transom")[0].executions if each.stage == "label"]
    assert [(each.status, each.why) for each in of_label] == [
        ("cached", "nothing that it depends on changed"),
        ("ran", "its result is no longer in the cache"),
    ]


def test_a_stage_that_ran_and_fails_when_the_run_begins_again_is_recorded_as_failed(folder):
    run_toys(folder)
    (folder / "text.txt").write_text("banana ")
    label = last_executions(folder / ".transom")["label"].outputs[0]
    (folder / ".transom" / "objects" / label[:2] / label[2:]).write_bytes(b"damaged")

    def lose_the_file(execution):
        if (execution.stage, execution.status) == ("label", "cached"):
            (folder / "text.txt").unlink()

    with pytest.raises(FileNotFoundError) as failure:
        run_guarded(folder, stages=STAGES, observe=lose_the_file, force=("extend",))
    assert not hasattr(failure.value, "__notes__")
    executions = runs(folder / ".transom")[0].executions
    assert [(each.stage, each.status) for each in executions] == [
        ("check", "ran"),
        ("label", "cached"),
        ("check", "failed"),
    ]


def test_a_failure_that_cannot_be_recorded_says_so_beside_what_went_wrong(folder):
    def lose_the_file_and_the_store():
        (folder / "text.txt").unlink()
        (folder / ".transom" / "store.db").write_bytes(b"no database" * 99)

    DURING.append(lose_the_file_and_the_store)
    with pytest.raises(FileNotFoundError) as failure:
        run_toys(folder)
    assert failure.value.__notes__ == [
        "That the stage 'check' failed could not be recorded: the store's database is damaged: file is not a database. "
        "Bring it back from a backup, or move it away."
    ]


def flipped(path: Path) -> bytes:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    return bytes(content)


def test_everything_damaged_at_once_is_made_again(folder):
    first, _, _ = run_toys(folder)
    for path in objects(folder):
        path.write_bytes(b"")
    for path in (folder / ".transom" / "cache" / "remembered").glob("??/*"):
        path.write_bytes(flipped(path))
    assert run_toys(folder)[0] == first


def test_the_cache_may_be_deleted(folder):
    first, _, _ = run_toys(folder)
    for path in (*objects(folder), *(folder / ".transom" / "cache").glob("**/*")):
        if path.is_file():
            path.unlink()
    assert run_toys(folder)[0] == first


def test_why_says_what_changed(folder):
    run_toys(folder)
    (folder / "text.txt").write_text("ananas")
    run_toys(folder, "n")
    why = {stage: execution.why for stage, execution in last_executions(folder / ".transom").items()}
    assert why == {
        "check": "text.txt changed",
        "label": 'schema.gold: ["a"] → ["n"]; the result of check changed',
        "extend": "the result of label changed",
        "train": "the result of extend changed",
    }


def test_a_file_that_changes_while_a_stage_reads_it_is_noticed_and_nothing_is_kept(folder):
    DURING.append(lambda: (folder / "text.txt").write_text("ananas"))
    with pytest.raises(UsageError) as caught:
        run_toys(folder)
    assert caught.value.problem.message == "text.txt changed while the stage 'check' ran. Run again."
    assert last_executions(folder / ".transom")["check"].status == "failed"
    assert run_toys(folder)[0]["check"] == "ananas"


def test_a_stage_that_fails_runs_again(folder):
    (folder / "text.txt").unlink()
    with pytest.raises(FileNotFoundError):
        run_toys(folder)
    assert last_executions(folder / ".transom")["check"].status == "failed"
    (folder / "text.txt").write_text("banana")
    _, statuses, _ = run_toys(folder)
    assert set(statuses.values()) == {"ran"}


def test_an_interrupted_run_goes_on_where_it_was(folder):
    run_toys(folder, "a")

    def interrupt():
        raise KeyboardInterrupt

    (folder / "text.txt").write_text("ananas")
    DURING.append(interrupt)
    with pytest.raises(KeyboardInterrupt):
        run_toys(folder, "a")
    assert run_toys(folder, "a")[0]["check"] == "ananas"


def test_every_run_is_recorded_whether_or_not_it_did_anything(folder):
    run_toys(folder)
    run_toys(folder)
    newest, oldest = runs(folder / ".transom")
    assert (newest.number, oldest.number) == (2, 1)
    assert {execution.status for execution in newest.executions} == {"cached"}


def test_many_runs_at_once_all_get_the_right_answer(folder):
    answers, errors = [], []

    def work(gold):
        try:
            answers.append((gold, run_toys(folder, gold)[0]["label"]))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(gold,)) for gold in "abnabnab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert sorted(answers) == sorted((gold, "banana".count(gold)) for gold in "abnabnab")


def test_a_store_that_cannot_be_made_is_a_clear_error(folder):
    (folder / ".transom").write_text("a file, not a folder")
    with pytest.raises(ArtifactError, match="cannot be written"):
        run_toys(folder)


def test_paths_may_hold_spaces_and_any_letters(tmp_path):
    folder = tmp_path / "mein Projekt" / "größer ≠ klein"
    folder.mkdir(parents=True)
    (folder / "text.txt").write_text("banana")
    assert run_toys(folder)[0] == run_toys(folder)[0]


def test_a_store_may_be_moved(folder, tmp_path):
    first, _, _ = run_toys(folder)
    there = tmp_path / "there"
    there.mkdir()
    for name in ("text.txt", ".transom"):
        (folder / name).rename(there / name)
    assert run_toys(there)[::2] == (first, ())
