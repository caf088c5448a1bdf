"""What a look at the sources finds, as people read it: disagreements, subsets left alone, rules to add."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from transom.cli.figures import MISSING, counted, figure
from transom.cli.grid import Cell, fits, grid, indented, shortened
from transom.supervision.findings import Conflict, Group, Reach, Suggestion

CONFLICT_COLUMNS = ("sources", "vote", "on", "of both", "right on gold", "n", "such as")
REACH_COLUMNS = ("slice or tag", "n", "voting", "votes most", "disputed most", "least right on gold")
SUGGESTION_COLUMNS = ("rule", "vote", "on", "of these", "likely right", "such as")
SHOWN = 10
IDS_SHOWN = 2
LONGEST_SOURCE = 20
GROUPS: dict[Group, str] = {"uncovered": "no source votes", "disputed": "sources disagree"}


def conflicts_screen(conflicts: Sequence[Conflict], width: int) -> Iterator[RenderableType]:
    """The pairs of sources that disagree most, task by task, and which of the two is right."""
    if not conflicts:
        yield Text("No two sources disagree.", "dim")
    for task in dict.fromkeys(each.task for each in conflicts):
        of_task = [each for each in conflicts if each.task == task]
        yield Text.assemble((task, "bold"), (" · who disagrees with whom, and who is right", "dim"))
        yield _conflict_grid([_conflict(each) for each in of_task[:SHOWN]], width)
        if len(of_task) > SHOWN:
            yield indented(Text(f"… and {counted(len(of_task) - SHOWN, 'pair')} more: --json", "dim"))
        yield Text()


def reach_screen(reach: Sequence[Reach], width: int) -> Iterator[RenderableType]:
    """Each slice and tag, task by task: how many sources vote there, and which stand out."""
    if not reach:
        yield Text("No example of train has a tag or is in a slice, or no source votes.", "dim")
    for task in dict.fromkeys(each.task for each in reach):
        subsets = {each.tag: [row for row in reach if (row.task, row.tag) == (task, each.tag)] for each in reach}
        yield Text.assemble((task, "bold"), (" · what sources do in slices and tags of train", "dim"))
        yield grid(REACH_COLUMNS, [_subset(tag, rows) for tag, rows in subsets.items()], width, left=(0, 3, 4, 5))
        yield Text()


def suggestions_screen(suggestions: Sequence[Suggestion], width: int) -> Iterator[RenderableType]:
    """Rules to add, task by task, for examples without a vote and for those in dispute."""
    if not suggestions:
        yield Text("No word and no number stands out among examples without a vote or in dispute.", "dim")
    for task, group in dict.fromkeys((each.task, each.group) for each in suggestions):
        of_group = [each for each in suggestions if (each.task, each.group) == (task, group)]
        yield Text.assemble((task, "bold"), (f" · what may help where {GROUPS[group]}", "dim"))
        yield grid(SUGGESTION_COLUMNS, [_suggestion(each) for each in of_group], width, left=(0, 1, 5))
        yield Text()


def _conflict_grid(lines: Sequence[Sequence[str]], width: int) -> RenderableType:
    """A line a pair; where there is no room the examples go, as a pair whose names are cut is nobody's."""
    if fits(CONFLICT_COLUMNS, lines, width):
        return grid(CONFLICT_COLUMNS, lines, width, left=(0, 1, 6))
    return grid(CONFLICT_COLUMNS[:-1], [line[:-1] for line in lines], width, left=(0, 1))


def _conflict(each: Conflict) -> Sequence[str]:
    is_judged = each.right is not None and each.other_right is not None
    return (
        f"{each.source} / {each.other}",
        " / ".join(each.votes or ()),
        f"{each.n:,}",
        figure(each.share),
        f"{figure(each.right or 0.0)} / {figure(each.other_right or 0.0)}" if is_judged else MISSING,
        f"{each.n_gold:,}",
        _shown(each.ids),
    )


def _subset(tag: str, rows: Sequence[Reach]) -> Sequence[Cell]:
    most = max(rows, key=lambda row: row.coverage)
    disputed = max(rows, key=lambda row: row.conflict)
    judged = [row for row in rows if row.accuracy_gold is not None]
    worst = min(judged, key=lambda row: row.accuracy_gold or 0.0) if judged else None
    return (
        tag,
        f"{most.n:,}",
        f"{sum(row.coverage > 0 for row in rows)} of {len(rows)}",
        _with_source(most.coverage, most.source),
        _with_source(disputed.conflict, disputed.source),
        MISSING if worst is None else _with_source(worst.accuracy_gold or 0.0, worst.source),
    )


def _with_source(share: float, source: str) -> Text:
    return shortened(f"{figure(share)} {source}", LONGEST_SOURCE)


def _suggestion(each: Suggestion) -> Sequence[str]:
    return (
        _words(each.rule),
        each.vote or "?",
        f"{each.n:,}",
        figure(each.share),
        MISSING if each.confidence is None else figure(each.confidence),
        _shown(each.ids),
    )


def _words(rule: dict[str, Any]) -> str:
    """What the rule asks for: "subscribe" in text, or an expression."""
    if "where" in rule:
        return str(rule["where"])
    return f"{', '.join(map(repr, rule['keywords']))} in {rule['on']}"


def _shown(ids: Sequence[str]) -> str:
    return ", ".join(ids[:IDS_SHOWN]) + (", …" if len(ids) > IDS_SHOWN else "")
