"""The plan of a model as people read it."""

from collections.abc import Iterator

from rich.console import Console, RenderableType
from rich.text import Text

from transom.cli.figures import MISSING
from transom.cli.grid import grid
from transom.model.plan import PlannedBlock
from transom.pipeline.planning import Plan


def plan_screen(plan: Plan) -> Iterator[RenderableType]:
    """A line a block; of a trained model what each costs, and all of them together."""
    if plan.version is None:
        lines = [(block.id, block.kind, block.shape) for block in plan.blocks]
        yield grid(("block", "kind", "shape"), lines, Console().width, left=(0, 1, 2))
        yield Text("Weights and operations of a trained model: transom model --version live.", "dim")
        return
    headings = ("block", "kind", "shape", "parameters", "FLOPs")
    yield grid(headings, [_line(block) for block in plan.blocks], Console().width, left=(0, 1, 2))
    weights, work = (sum(filter(None, numbers)) for numbers in zip(*map(_numbers, plan.blocks), strict=True))
    yield Text(f"Version {plan.version}: {weights:,} parameters, {work:,} FLOPs for one example.")


def _line(block: PlannedBlock) -> tuple[str, ...]:
    return block.id, block.kind, block.shape, *map(_counted, _numbers(block))


def _numbers(block: PlannedBlock) -> tuple[int | None, int | None]:
    return block.parameters, block.flops


def _counted(number: int | None) -> str:
    return MISSING if number is None else f"{number:,}"
