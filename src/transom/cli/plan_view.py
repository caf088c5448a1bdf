"""The plan of a model as people read it."""

from collections.abc import Iterator
from pathlib import Path

from rich.console import Console, RenderableType
from rich.text import Text

from transom.cli.figures import MISSING
from transom.cli.grid import fits, grid
from transom.cli.options import HERE, named
from transom.model.plan import PlannedBlock
from transom.pipeline.planning import Plan


def plan_screen(plan: Plan, project: Path = HERE) -> Iterator[RenderableType]:
    """A line a block with what it costs, and all of them together."""
    headings = ("block", "kind", "shape", "parameters", "FLOPs")
    lines, width = [_line(block) for block in plan.blocks], Console().width
    yield grid(headings, lines if fits(headings, lines, width) else _below_owners(lines), width, left=(0, 1, 2))
    weights, work = (sum(filter(None, numbers)) for numbers in zip(*map(_numbers, plan.blocks), strict=True))
    if plan.version is not None:
        yield Text(f"Version {plan.version}: {weights:,} parameters, {work:,} FLOPs for one example.")
        return
    grows = sum(block.parameters_per_feature or 0 for block in plan.blocks)
    features = f", and {grows:,} for each feature that train has" if grows else ""
    yield Text(f"{weights:,} parameters{features}; {work:,} FLOPs for one example of full length.")
    yield Text(f"What a trained model has and costs: transom model{named(project)} --version live.", "dim")


def _line(block: PlannedBlock) -> tuple[str, ...]:
    return block.id, block.kind, block.shape, _weights(block), _counted(block.flops)


def _below_owners(lines: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """For narrow terminals: what begins an id, `payload/NAME` or `task/NAME`, on a line of its own above the rest."""
    below: list[tuple[str, ...]] = []
    before = ""
    for id_, *cells in lines:
        kind, name, rest = id_.split("/", 2)
        owner = f"{kind}/{name}"
        if owner != before:
            below.append((owner, *("" for _ in cells)))
        before = owner
        below.append((f"  {rest}", *(cell.replace("(examples, ", "(…, ") for cell in cells)))
    return below


def _numbers(block: PlannedBlock) -> tuple[int | None, int | None]:
    return block.parameters, block.flops


def _weights(block: PlannedBlock) -> str:
    if block.parameters is None and block.parameters_per_feature is not None:
        return f"{block.parameters_per_feature} a feature"
    return _counted(block.parameters)


def _counted(number: int | None) -> str:
    return MISSING if number is None else f"{number:,}"
