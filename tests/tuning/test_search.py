"""A search finds what is good, keeps what it tried, and ends when it should."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import optuna
import pytest

from transom.errors import TrainingError
from transom.tuning.search import (
    MOST_FOR_GAUSSIAN,
    Budget,
    Intermediate,
    Journal,
    Trial,
    found,
    n_begun,
    open_study,
    search,
)
from transom.tuning.space import Parameter, Range, Value

HILL = (Parameter("x", Range(0.0, 1.0)), Parameter("y", Range(-1.0, 1.0)))
WITH_CONDITION = (
    Parameter("encoder", ("bag", "lstm")),
    Parameter("layers", Range(1, 4), {"encoder": ("lstm",)}),
    Parameter("size", (32, 64, 128)),
)


def height(choices: Mapping[str, Value], _so_far: Intermediate) -> float:
    return -((float(choices["x"]) - 0.3) ** 2) - (float(choices["y"]) - 0.5) ** 2


def quality(choices: Mapping[str, Value], _so_far: Intermediate) -> float:
    return (choices["encoder"] == "lstm") + int(choices.get("layers", 0)) / 10 + int(choices["size"]) / 1000


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "tuning" / "journal.log", "hill")


@pytest.mark.slow
def test_numbers_are_found_by_a_gaussian_process(journal: Journal) -> None:
    found = search(height, HILL, journal, budget=Budget(trials=16), is_maximized=True)

    assert found.best is not None
    assert found.best.choices["x"] == pytest.approx(0.3, abs=0.1)
    assert found.best.choices["y"] == pytest.approx(0.5, abs=0.1)


@pytest.mark.slow
def test_the_best_of_mixed_choices_is_found(journal: Journal) -> None:
    found = search(quality, WITH_CONDITION, journal, budget=Budget(trials=40), is_maximized=True)

    assert found.best is not None
    assert found.best.choices == {"encoder": "lstm", "layers": 4, "size": 128}


def test_a_parameter_is_varied_only_where_it_means_something(journal: Journal) -> None:
    found = search(quality, WITH_CONDITION, journal, budget=Budget(trials=20), is_maximized=True)

    assert {trial.choices["encoder"] for trial in found.trials} == {"bag", "lstm"}
    assert all(("layers" in trial.choices) == (trial.choices["encoder"] == "lstm") for trial in found.trials)


def test_less_is_better_where_the_metric_is_an_error(journal: Journal) -> None:
    found = search(lambda c, _: float(c["x"]), HILL[:1], journal, budget=Budget(trials=12), is_maximized=False)

    assert found.best is not None
    assert found.best.value == min(trial.value for trial in found.trials if trial.value is not None)
    assert list(found.trace) == sorted(found.trace, reverse=True)


def test_the_trace_never_falls_and_ends_at_the_best(journal: Journal) -> None:
    found = search(height, HILL, journal, budget=Budget(trials=12), is_maximized=True)

    assert found.best is not None
    assert list(found.trace) == sorted(found.trace)
    assert found.trace[-1] == found.best.value


@pytest.mark.slow
def test_what_matters_has_the_greater_importance(journal: Journal) -> None:
    def only_x(choices: Mapping[str, Value], _so_far: Intermediate) -> float:
        return -abs(float(choices["x"]) - 0.3)

    found = search(only_x, HILL, journal, budget=Budget(trials=16), is_maximized=True)

    assert found.importances["x"] > found.importances["y"]
    assert sum(found.importances.values()) == pytest.approx(1)


def test_the_same_seed_tries_the_same(tmp_path: Path) -> None:
    def tried(name: str, seed: int) -> list[Mapping[str, Value]]:
        journal = Journal(tmp_path / name, "s")
        found = search(quality, WITH_CONDITION, journal, budget=Budget(trials=6), is_maximized=True, seed=seed)
        return [trial.choices for trial in found.trials]

    assert tried("a", 1) == tried("b", 1)
    assert tried("a", 1) != tried("c", 2)


def test_a_search_goes_on_where_it_stopped(journal: Journal) -> None:
    first = search(height, HILL, journal, budget=Budget(trials=5), is_maximized=True)
    tried: list[Trial] = []
    second = search(height, HILL, journal, budget=Budget(trials=8), is_maximized=True, advance=tried.append)

    assert second.trials[:5] == first.trials
    assert [trial.number for trial in tried] == [5, 6, 7]
    assert not {tuple(trial.choices.values()) for trial in tried} & {tuple(t.choices.values()) for t in first.trials}


def test_a_spent_budget_tries_nothing(journal: Journal) -> None:
    search(height, HILL, journal, budget=Budget(trials=3), is_maximized=True)

    def must_not_run(_choices: Mapping[str, Value], _so_far: Intermediate) -> float:
        raise AssertionError

    assert len(search(must_not_run, HILL, journal, budget=Budget(trials=3), is_maximized=True).trials) == 3


def test_a_trial_that_another_process_is_at_counts(journal: Journal) -> None:
    budget = Budget(trials=2, since=0)

    def must_not_run(_choices: Mapping[str, Value], _so_far: Intermediate) -> float:
        raise AssertionError

    def is_second(choices: Mapping[str, Value], so_far: Intermediate) -> float:
        search(must_not_run, HILL, journal, budget=budget, is_maximized=True)
        return height(choices, so_far)

    def is_first(choices: Mapping[str, Value], so_far: Intermediate) -> float:
        search(is_second, HILL, journal, budget=budget, is_maximized=True)
        return height(choices, so_far)

    assert len(search(is_first, HILL, journal, budget=budget, is_maximized=True).trials) == 2


def test_choices_that_another_process_is_at_are_not_tried_again(journal: Journal) -> None:
    space, begun = (Parameter("size", (32, 64, 128)),), list[Value]()

    def nested(choices: Mapping[str, Value], _so_far: Intermediate) -> float:
        begun.append(choices["size"])
        search(nested, space, journal, budget=Budget(since=0), is_maximized=True)
        return 0.0

    search(nested, space, journal, budget=Budget(since=0), is_maximized=True)
    assert sorted(begun) == [32, 64, 128]


def test_a_trial_that_was_interrupted_does_not_count(journal: Journal) -> None:
    def is_interrupted(_choices: Mapping[str, Value], _so_far: Intermediate) -> float:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        search(is_interrupted, HILL, journal, budget=Budget(trials=3), is_maximized=True)
    assert n_begun(journal, is_maximized=True) == 1

    for budget in (Budget(trials=2), Budget(trials=3, since=1)):
        assert len(search(height, HILL, journal, budget=budget, is_maximized=True).trials) == budget.trials


def test_seconds_of_all_calls_count(journal: Journal) -> None:
    search(height, HILL, journal, budget=Budget(trials=3), is_maximized=True)

    assert len(search(height, HILL, journal, budget=Budget(seconds=1e-9), is_maximized=True).trials) == 3


def test_a_new_journal_is_begun_without_a_word(journal: Journal, capfd: pytest.CaptureFixture[str]) -> None:
    optuna.logging.set_verbosity(optuna.logging.INFO)
    assert n_begun(journal, is_maximized=True) == 0
    assert capfd.readouterr() == ("", "")


def test_it_ends_when_everything_was_tried(journal: Journal) -> None:
    found = search(quality, WITH_CONDITION[:1] + WITH_CONDITION[2:], journal, budget=Budget(), is_maximized=True)

    assert len(found.trials) == len({tuple(trial.choices.items()) for trial in found.trials}) == 6


def test_a_trial_that_cannot_be_trained_counts_and_says_why(journal: Journal) -> None:
    def fails(_choices: Mapping[str, Value], _so_far: Intermediate) -> float:
        raise TrainingError("T124", "The loss of epoch 1 is nan.")

    found = search(fails, HILL, journal, budget=Budget(trials=2), is_maximized=True)

    assert [(trial.state, trial.value, trial.why) for trial in found.trials] == [
        ("failed", None, "The loss of epoch 1 is nan.")
    ] * 2
    assert found.best is None
    assert found.trace == (None, None)
    assert found.importances == {}


def test_a_bug_in_a_trial_is_not_swallowed(journal: Journal) -> None:
    def has_a_bug(_choices: Mapping[str, Value], _so_far: Intermediate) -> float:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        search(has_a_bug, HILL, journal, budget=Budget(trials=2), is_maximized=True)


def test_a_trial_that_falls_behind_is_cut_short(journal: Journal) -> None:
    begun: list[int] = []

    def epochs(_choices: Mapping[str, Value], so_far: Intermediate) -> float:
        level = 1.0 if len(begun) < 5 else 0.0
        begun.append(0)
        for _ in range(6):
            so_far(level)
            begun[-1] += 1
        return level

    found = search(epochs, HILL, journal, budget=Budget(trials=6), is_maximized=True)

    assert [trial.state for trial in found.trials] == ["done"] * 5 + ["pruned"]
    assert begun[-1] < 6
    assert found.trials[-1].value is None


TOGETHER = """
import sys
from pathlib import Path
from transom.errors import TrainingError
from transom.tuning.search import Budget, Journal, search
from transom.tuning.space import Parameter, Range

def often_fails(choices, so_far):
    if choices["x"] < 0.3:
        raise TrainingError("T124", "The loss of epoch 1 is nan.")
    so_far(choices["x"])
    return choices["x"]

space = (Parameter("x", Range(0.0, 1.0)),)
for name in sys.argv[3:]:
    print("ready", flush=True)
    sys.stdin.readline()
    journal, budget = Journal(Path(sys.argv[1]), name), Budget(trials=5, since=0)
    search(often_fails, space, journal, budget=budget, is_maximized=True, seed=int(sys.argv[2]))
"""


@pytest.mark.slow
def test_processes_that_search_together_try_exactly_as_often_as_they_may(tmp_path: Path) -> None:
    journals = [Journal(tmp_path / "journal.log", name) for name in "abcdef"]
    command = [sys.executable, "-c", TOGETHER, str(tmp_path / "journal.log")]
    workers = [
        subprocess.Popen([*command, seed, *"abcdef"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for seed in "0123"
    ]
    for _ in journals:  # all begin each search at once
        for worker in workers:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "ready\n"
        for worker in workers:
            assert worker.stdin is not None
            print(file=worker.stdin, flush=True)
    for worker in workers:
        worker.communicate()

    assert [worker.returncode for worker in workers] == [0] * 4
    assert [len(found(open_study(journal, is_maximized=True)).trials) for journal in journals] == [5] * 6


KILLED = """
import os, sys
from pathlib import Path
from transom.tuning.search import Budget, Journal, search
from transom.tuning.space import Parameter, Range

tried = []
def dies(choices, so_far):
    tried.append(choices)
    if len(tried) == 3:
        os.kill(os.getpid(), 9)
    return choices["x"]

space, journal = (Parameter("x", Range(0.0, 1.0)),), Journal(Path(sys.argv[1]), "s")
search(dies, space, journal, budget=Budget(trials=9), is_maximized=True)
"""


@pytest.mark.slow
def test_a_killed_search_keeps_what_was_finished(tmp_path: Path) -> None:
    file = tmp_path / "journal.log"
    assert subprocess.run([sys.executable, "-c", KILLED, str(file)], check=False).returncode == -9

    space = (Parameter("x", Range(0.0, 1.0)),)
    found = search(
        lambda choices, _: float(choices["x"]), space, Journal(file, "s"), budget=Budget(trials=4), is_maximized=True
    )

    assert [trial.number for trial in found.trials] == [0, 1, 3, 4]


@pytest.mark.slow
def test_a_budget_in_seconds_leaves_the_gaussian_process_after_as_many_trials(
    journal: Journal,
) -> None:
    search(height, HILL, journal, budget=Budget(trials=MOST_FOR_GAUSSIAN + 1), is_maximized=True)
    begun = journal.file.read_bytes()

    def next_choices(budget: Budget) -> Mapping[str, Value]:
        def tell(choices: Mapping[str, Value], _so_far: Intermediate) -> float:
            raise LookupError(dict(choices))

        journal.file.write_bytes(begun)
        with pytest.raises(LookupError) as told:
            search(tell, HILL, journal, budget=budget, is_maximized=True)
        return told.value.args[0]

    assert next_choices(Budget(seconds=3600)) == next_choices(Budget(trials=3 * MOST_FOR_GAUSSIAN))
