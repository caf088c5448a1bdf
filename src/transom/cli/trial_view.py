"""A search as people read it: the best trials, what mattered, and what to do with it."""

from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap

from rich.console import Console, RenderableType
from rich.text import Text

from transom.cli.figures import counted
from transom.cli.grid import grid
from transom.cli.options import HERE, named
from transom.pipeline.tuning import Tuned
from transom.tuning.search import Trial

BEST_SHOWN = 10
NARROW = 30
OTHERS = 24
"""Characters that the columns other than the choices and the metric need, and the indent of what goes on."""


def trials_screen(tuned: Tuned, *, is_applied: bool, project: Path = HERE) -> Iterator[RenderableType]:
    """The best trials, the parameters that mattered most, and the settings to use."""
    yield grid(("choices", tuned.metric, "seconds", "trial"), _lines(tuned, Console().width), Console().width)
    if tuned.found.importances:
        shares = ", ".join(f"{key} {share:.0%}" for key, share in tuned.found.importances.items())
        yield Text(f"What mattered: {shares}.")
    cut = sum(trial.state == "pruned" for trial in tuned.found.trials)
    failed = [trial for trial in tuned.found.trials if trial.state == "failed"]
    yield Text(f"{counted(len(tuned.found.trials), 'trial')}, {cut} cut short, {len(failed)} failed.", "dim")
    yield from (Text(f"! trial {trial.number}: {trial.why}", "yellow") for trial in failed[:1])
    yield _advice(tuned, named(project), is_applied=is_applied)


def _lines(tuned: Tuned, width: int) -> list[tuple[str, str, str, str]]:
    """A line a trial; choices that are too long for one go on below it."""
    done = (trial for trial in tuned.found.trials if trial.value is not None)
    best = sorted(done, key=_value, reverse=tuned.found.is_maximized)[:BEST_SHOWN]  # the earliest of equals first
    room = max(NARROW, width - len(tuned.metric) - OTHERS)
    rows = [("the settings as they are", f"{tuned.now:.4f}", "", "")]
    for trial in best:
        first, *more = wrap(_choices(trial), room) or [""]
        rows.append((first, f"{trial.value:.4f}", f"{trial.seconds:.1f}", str(trial.number)))
        rows += [(f"  {each}", "", "", "") for each in more]
    return rows


def _value(trial: Trial) -> float:
    return trial.value or 0.0


def _choices(trial: Trial) -> str:
    return ", ".join(f"{key}={_short(value)}" for key, value in trial.choices.items())


def _short(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _advice(tuned: Tuned, on: str, *, is_applied: bool) -> Text:
    if not tuned.keys:
        return Text("Nothing was better than the settings as they are.", "bold")
    if is_applied:
        return Text(f"The best settings are in model.yaml. Next: transom run{on}.", "bold green")
    given = " ".join(f"--set '{setting}'" for setting in tuned.settings)
    note = "The best of many looks better on dev than it is: test says how much, once."
    return Text.assemble((f"transom run{on} {given}", "bold green"), f"\nor write it into model.yaml: --apply. {note}")
