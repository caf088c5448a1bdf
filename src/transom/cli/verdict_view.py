"""The verdict of the gate as people read it."""

from collections.abc import Iterator

from rich.text import Text

from transom.data.subset_names import EVERYTHING
from transom.evaluation.gate import Judgement, Verdict

_MARKS = {"passed": ("✓ ", "green"), "refused": ("✗ ", "bold red"), "cannot judge": ("? ", "yellow")}


def verdict_lines(verdict: Verdict) -> Iterator[Text]:
    """A line a rule, and what follows from them."""
    yield from map(_line, verdict.judgements)
    if verdict.is_refused:
        yield Text.assemble(("Refused", "bold red"), f": {verdict.why}.")
    elif verdict.judgements:
        yield Text.assemble(("Passed", "bold green"), f": {verdict.why}.")


def _line(judgement: Judgement) -> Text:
    mark, style = _MARKS[judgement.outcome]
    where = "" if judgement.tag == EVERYTHING else f" on {judgement.tag}"
    return Text.assemble((mark, style), f"{judgement.task} {judgement.metric}{where}: {judgement.why}")
