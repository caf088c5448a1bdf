import io

import pytest
from rich.console import Console

from transom.cli.trial_view import trials_screen
from transom.pipeline.tuning import Tuned
from transom.tuning.search import Found, Trial

CHOICES = {"subject.encoder": "convolution", "subject.size": 32, "training.learning_rate": 0.00612}
TRIALS = (
    Trial(0, CHOICES, "done", 0.75, 1.44),
    Trial(1, {"subject.size": 64}, "done", 0.9, 2.0),
    Trial(2, {"subject.size": 8}, "failed", None, 0.1, "T124 training broke down"),
)


@pytest.fixture
def shown(monkeypatch):
    """A function that gives what a person sees of the trials, in 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")

    def show(keys, *, is_applied=False):
        tuned = Tuned("queue.accuracy", 0.8, Found(TRIALS, {"subject.size": 1.0}, is_maximized=True), keys)
        console = Console(width=80, record=True, file=io.StringIO())
        console.print(*trials_screen(tuned, is_applied=is_applied), sep="\n")
        return [line.rstrip() for line in console.export_text().splitlines()]

    return show


def test_the_best_trials_come_first_and_every_choice_is_shown(shown):
    lines = shown({"payloads.subject.size": 64})
    assert lines[0].split() == ["choices", "queue.accuracy", "seconds", "trial"]
    assert lines[2].split() == ["the", "settings", "as", "they", "are", "0.8000"]
    assert lines[3].split() == ["subject.size=64", "0.9000", "2.0", "1"]
    assert lines[4].split()[-3:] == ["0.7500", "1.4", "0"]
    choices = " ".join(line.strip() for line in (lines[4].partition("0.75")[0], *lines[5:7]))
    assert choices == "subject.encoder=convolution, subject.size=32, training.learning_rate=0.00612"
    assert "…" not in "".join(lines)


@pytest.mark.parametrize("is_maximized", [True, False])
def test_the_trial_whose_settings_are_advised_stands_first_among_equals(monkeypatch, is_maximized):
    monkeypatch.setenv("COLUMNS", "80")
    equals = tuple(Trial(number, {"subject.size": number}, "done", 0.5, 1.0) for number in range(3))
    found = Found(equals, {}, is_maximized=is_maximized)
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(*trials_screen(Tuned("queue.mae", 0.8, found, {}), is_applied=False), sep="\n")
    first = console.export_text().splitlines()[3]
    assert found.best is not None
    assert first.split()[-1] == str(found.best.number)


def test_what_failed_is_counted_and_the_first_reason_is_told(shown):
    assert "3 trials, 0 cut short, 1 failed." in shown({})
    assert "! trial 2: T124 training broke down" in shown({})


@pytest.mark.parametrize(
    ("keys", "is_applied", "advice"),
    [
        ({}, False, "Nothing was better than the settings as they are."),
        ({"payloads.subject.size": 64}, False, "transom run --set 'payloads.subject.size=64'"),
        ({"payloads.subject.size": 64}, True, "The best settings are in model.yaml. Next: transom run."),
    ],
)
def test_the_end_says_what_to_do(shown, keys, is_applied, advice):
    assert advice in shown(keys, is_applied=is_applied)
