"""Stages that cost nothing and say when they run, over a project of one text file."""

from dataclasses import replace

from transom.evaluation.data_verdict import Anomaly, DataVerdict
from transom.pipeline.progress import unobserved
from transom.pipeline.request import Request
from transom.pipeline.reuse import Reuse
from transom.pipeline.runner import run_stages
from transom.pipeline.stage import Stage
from transom.pipeline.views import NOTHING

RAN = []
"""The stages that ran, in order."""

DURING = []
"""What happens, once, while `read` runs."""


def read(request):
    RAN.append("check")
    while DURING:
        DURING.pop()()
    return ((request.workspace.folder / "text.txt").read_text().strip(),)


def count(request, texts):
    RAN.append("label")
    return (request.remember(request, lambda: texts[0].count(request.workspace.schema.gold[0])),)


def double(_request, counts):
    RAN.append("train")
    return (counts[0] * 2,)


def guard(_request, counts):
    RAN.append("guard")
    outcome = "refused" if counts[0] > 5 else "warned" if counts[0] == 4 else "passed"
    odd = (Anomaly("drift", "letters", "are four"),) if outcome == "warned" else ()
    return DataVerdict(outcome, f"{counts[0]} letters", 1 if odd else None, odd)


def fail(_request, _counts):
    return 1 / 0


def summarize(_request, results):
    return {name: results[name][0] for name in results}


def files(workspace):
    return (workspace.folder / "text.txt",)


def sees_nothing(request):
    workspace = replace(NOTHING, folder=request.workspace.folder, store=request.workspace.store)
    return replace(request, workspace=workspace)


def sees_gold(request):
    seen = sees_nothing(request)
    schema = replace(NOTHING.schema, gold=request.workspace.schema.gold)
    return replace(seen, workspace=replace(seen.workspace, schema=schema))


def is_wanted(workspace):
    return "no extension" not in workspace.schema.gold


STAGES = (
    Stage("check", "toy_stages:read", (), sees_nothing, files),
    Stage("label", "toy_stages:count", ("check",), sees_gold),
    Stage("extend", "toy_stages:double", ("label",), sees_nothing, is_needed=is_wanted, otherwise="label"),
    Stage("train", "toy_stages:double", ("extend",), sees_nothing),
)
GUARDED = (
    STAGES[0],
    replace(STAGES[1], guard=Stage("guard", "toy_stages:guard", ("label",), sees_nothing)),
    *STAGES[2:],
)
"""The same, with one that is content with five letters, and wonders about four."""

SUMMARY = Stage("summary", "toy_stages:summarize", sees=sees_nothing)


def run_toys(folder, *gold, **reuse):
    """What the stages gave, what became of each, and which functions ran."""
    summary, statuses, ran, _ = run_guarded(folder, *gold, stages=STAGES, **reuse)
    return summary, statuses, ran


def run_guarded(folder, *gold, stages=GUARDED, observe=unobserved, **reuse):
    """The same of stages with a guard, and what it said."""
    RAN.clear()
    workspace = replace(
        NOTHING, folder=folder, store=folder / ".transom", schema=replace(NOTHING.schema, gold=gold or ("a",))
    )
    summary, records, verdicts = run_stages(stages, Request(workspace, observe=observe), SUMMARY, Reuse(**reuse))
    return summary, {record.stage: record.status for record in records}, tuple(RAN), verdicts
