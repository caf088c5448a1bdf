from datetime import UTC, datetime

from rich.console import Console

from transom.cli.lineage_view import LineageView
from transom.export.aliases import Move
from transom.export.executions import Execution
from transom.export.lineage import Lineage, Step


def test_each_stage_is_shown_with_what_people_made_that_went_in() -> None:
    started = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
    components = {
        "data:data/a.jsonl": "0123456789abcdef",
        "library:polars": "2.1",
        "setting:deploy.gate.0": "GateRule",
        "setting:deploy.gate.0.max_drop": "null",
        "setting:deploy.gate.0.task": '"topic"',
        "setting:model.payloads.text": "Bag",
        "setting:model.training.seed": "3",
        "setting:model.training.self_training": "false",
        "setting:schema.gold": "[]",
        "setting:sources.tall": "RegexRule",
    }
    execution = Execution(7, "check", "k", components, "ran", started, 1.0, "data/a.jsonl changed")
    step = Step("check", "k", components, execution=execution)
    moves = (Move("live", 2, "ada", "2026-11-21T10:00:00+00:00", "better"),)
    shown = Lineage(2, {"made": "2026-11-21T09:31:00+00:00"}, ("live",), (step,), moves, {"data/a.jsonl": (4, 1)})
    console = Console(width=80, color_system=None)
    with console.capture() as capture:
        console.print(LineageView(shown))
    assert [line.rstrip() for line in capture.get().splitlines()] == [
        "Version 2 · live, 2026-11-21 09:31",
        "",
        " check  run 7, 2026-11-21 09:30: data/a.jsonl changed",
        "   data/a.jsonl 0123456789ab",
        "   rules: tall",
        "   deploy.gate.0.task = topic",
        "   model.payloads.text = Bag",
        "   model.training.seed = 3",
        "   model.training.self_training = false",
        "",
        " polars 2.1",
        " data/a.jsonl went unchanged into versions 4, 1, too.",
        "",
        " 2026-11-21 10:00  live → 2  ada: better",
    ]
