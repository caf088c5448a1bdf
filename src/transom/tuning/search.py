"""A search: trials of choices until a budget is spent, kept in a journal from which it can be taken up again."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Literal, cast

import optuna
from optuna.importance import FanovaImportanceEvaluator, get_param_importances
from optuna.pruners import MedianPruner
from optuna.samplers import BaseSampler, GPSampler, RandomSampler, TPESampler
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, TrialState

from transom.errors import TrainingError
from transom.tuning.space import Parameter, Range, Value, is_continuous

MOST_FOR_GAUSSIAN = 100
"""Beyond so many trials a Gaussian process costs more than it finds, and a tree of Parzen estimators takes over."""

UNPRUNED = 4
"""So many trials end before any other is cut short: what is usual must be known first."""

_STALE = 50
"""A search ends when so many proposals in a row had all been tried before: there is nothing new to find."""

_AGAIN = "again"
"""The mark of a proposal that had been tried before; it is no trial."""

State = Literal["done", "pruned", "failed"]
_STATES: dict[TrialState, State] = {
    TrialState.COMPLETE: "done",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
}

Intermediate = Callable[[float], None]
"""Told how good a trial is so far, in the units in which trials are compared; ends one that is hopeless."""

Objective = Callable[[Mapping[str, Value], Intermediate], float]
"""How good some choices are."""


@dataclass(frozen=True)
class Budget:
    """When a search ends: after so many seconds, so many trials, or what comes first; trials of earlier calls count.

    `n_workers` is the number of processes that share it. They have the same `since`, how many trials were begun before
    they were: of those, one that has not ended was interrupted. None is as many as there are when a search begins.
    """

    seconds: float | None = None
    trials: int | None = None
    n_workers: int = 1
    since: int | None = None


@dataclass(frozen=True)
class Journal:
    """Where the trials of a search are kept, and the name that tells it from others in that file."""

    file: Path
    name: str


@dataclass(frozen=True)
class Trial:
    """What was tried and what came of it: `value` is None where the trial failed, or was cut short before its end."""

    number: int
    choices: Mapping[str, Value]
    state: State
    value: float | None
    seconds: float
    why: str = ""


@dataclass(frozen=True)
class Found:
    """All finished trials in the order in which they began, and how much each parameter matters (shares of 1).

    `importances` has the parameters that every finished trial varied; it is empty where all came to the same.
    Source: Hutter, Hoos & Leyton-Brown (2014), functional ANOVA on a forest of the trials.
    """

    trials: tuple[Trial, ...]
    importances: Mapping[str, float]
    is_maximized: bool

    @property
    def best(self) -> Trial | None:
        """The best finished trial, the earliest of equals; None where none is finished."""
        done = [trial for trial in self.trials if trial.value is not None]
        return min(done, key=self._loss, default=None)

    @property
    def trace(self) -> tuple[float | None, ...]:
        """The best value seen up to each trial."""
        values: list[float | None] = []
        for trial in self.trials:
            seen = [value for value in (values[-1] if values else None, trial.value) if value is not None]
            values.append((max(seen) if self.is_maximized else min(seen)) if seen else None)
        return tuple(values)

    def _loss(self, trial: Trial) -> float:
        assert trial.value is not None
        return -trial.value if self.is_maximized else trial.value


def search(
    objective: Objective,
    space: Sequence[Parameter],
    journal: Journal,
    *,
    budget: Budget,
    is_maximized: bool,
    seed: int = 0,
    advance: Callable[[Trial], None] = lambda _trial: None,
) -> Found:
    """Tries choices until the budget is spent.

    Several processes may call this at once with the same journal; with the same `since` they try no more than there are
    trials in the budget. A trial whose training fails counts, and the search goes on; one that was interrupted does not
    count.

    The choices come from a Gaussian process where all parameters are numbers and trials are few, else from a tree of
    Parzen estimators; a trial is cut short when it falls behind the median of those before it.
    """
    study = open_study(journal, is_maximized=is_maximized)
    n_before = len(study.trials)
    since = n_before if budget.since is None else budget.since
    seed += n_before  # a search that goes on does not draw the same again
    n_again, usual, at_random = 0, sampler_for(space, budget.trials or 0, seed=seed), RandomSampler(seed)
    while n_again < _STALE and not _is_spent(begun := _begun(study, since), budget):
        if isinstance(usual, GPSampler) and len(begun) >= MOST_FOR_GAUSSIAN:  # a budget in seconds does not foretell it
            usual = TPESampler(seed=seed)
        study.sampler = at_random if n_again else usual
        trial = study.ask()
        # another process may have asked at the same time: who has the lower number goes first
        others = _begun(study, since, before=trial.number)
        choices = None if _is_spent(others, budget) else suggest(trial, space)
        if choices is None or _is_known(others, choices):
            n_again += 1
            trial.set_user_attr(_AGAIN, True)
            study.tell(trial, state=TrialState.FAIL)
        else:
            n_again = 0
            advance(_as_trial(_tried(study, trial, objective, choices)))
    return found(study)


def n_begun(journal: Journal, *, is_maximized: bool) -> int:
    """How many trials of a journal were begun, however they ended."""
    return len(open_study(journal, is_maximized=is_maximized).trials)


def open_study(journal: Journal, *, is_maximized: bool) -> optuna.Study:
    """The study of a journal, new where there is none; optuna says nothing of either."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    journal.file.parent.mkdir(parents=True, exist_ok=True)
    return optuna.create_study(
        storage=JournalStorage(JournalFileBackend(str(journal.file))),
        study_name=journal.name,
        direction="maximize" if is_maximized else "minimize",
        pruner=MedianPruner(n_startup_trials=UNPRUNED, n_warmup_steps=2),
        load_if_exists=True,
    )


def sampler_for(space: Sequence[Parameter], n_trials: int, *, seed: int) -> BaseSampler:
    """The sampler that suits a space and the number of trials, as `benchmarks/tuners.py` compares them."""
    if is_continuous(space) and n_trials <= MOST_FOR_GAUSSIAN:
        return GPSampler(seed=seed, deterministic_objective=False)
    return TPESampler(seed=seed)


def suggest(trial: optuna.Trial, space: Sequence[Parameter]) -> dict[str, Value]:
    """The choices that a trial is to make, of the parameters that mean something beside each other."""
    chosen: dict[str, Value] = {}
    for each in space:
        if each.applies(chosen):
            chosen[each.key] = _suggested(trial, each)
    return chosen


def found(study: optuna.Study) -> Found:
    """What a study holds so far."""
    finished = _finished(study)
    values = {trial.value for trial in finished if trial.state is TrialState.COMPLETE}
    importances = get_param_importances(study, evaluator=FanovaImportanceEvaluator(seed=0)) if len(values) > 1 else {}
    return Found(
        tuple(_as_trial(trial) for trial in finished),
        importances,
        study.direction is optuna.study.StudyDirection.MAXIMIZE,
    )


def _suggested(trial: optuna.Trial, parameter: Parameter) -> Value:
    options = parameter.options
    if not isinstance(options, Range):
        return cast("Value", trial.suggest_categorical(parameter.key, options))
    if options.is_whole:
        return trial.suggest_int(parameter.key, int(options.low), int(options.high), log=options.log)
    return trial.suggest_float(parameter.key, options.low, options.high, log=options.log)


def _tried(study: optuna.Study, trial: optuna.Trial, objective: Objective, choices: Mapping[str, Value]) -> FrozenTrial:
    try:
        return study.tell(trial, objective(choices, partial(_report, trial, count())))
    except optuna.TrialPruned:
        return study.tell(trial, state=TrialState.PRUNED)
    except TrainingError as error:
        trial.set_user_attr("why", error.problem.message)
        return study.tell(trial, state=TrialState.FAIL)


def _report(trial: optuna.Trial, steps: Iterator[int], value: float) -> None:
    trial.report(value, next(steps))
    if trial.should_prune():
        raise optuna.TrialPruned


def _is_known(trials: Sequence[FrozenTrial], choices: Mapping[str, Value]) -> bool:
    return any(trial.params == choices for trial in trials)


def _is_spent(trials: Sequence[FrozenTrial], budget: Budget) -> bool:
    seconds = sum(_seconds(trial) for trial in trials) / budget.n_workers
    return (budget.trials is not None and len(trials) >= budget.trials) or (
        budget.seconds is not None and seconds >= budget.seconds
    )


def _begun(study: optuna.Study, since: int, *, before: int | None = None) -> list[FrozenTrial]:
    """The trials that count: those that have ended, and those that a process is at; of these only some `before` one.

    That is enough for an exact number: the last to begin had asked last, and so saw all others.
    """
    trials = _trials(study)  # at one moment: a trial that ends meanwhile is not seen twice
    beyond = math.inf if before is None else before
    return [trial for trial in trials if trial.state in _STATES or since <= trial.number < beyond]


def _finished(study: optuna.Study) -> list[FrozenTrial]:
    return [trial for trial in _trials(study) if trial.state in _STATES]


def _trials(study: optuna.Study) -> list[FrozenTrial]:
    return [trial for trial in study.get_trials(deepcopy=False) if _AGAIN not in trial.user_attrs]


def _as_trial(trial: FrozenTrial) -> Trial:
    state = _STATES[trial.state]
    value = trial.value if state == "done" else None
    return Trial(trial.number, trial.params, state, value, _seconds(trial), trial.user_attrs.get("why", ""))


def _seconds(trial: FrozenTrial) -> float:
    return trial.duration.total_seconds() if trial.duration is not None else 0.0
