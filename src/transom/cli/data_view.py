"""What today's data are beside those of the live version, as people read it."""

from collections.abc import Iterator
from pathlib import Path

from rich.text import Text

from transom.cli.options import HERE, named
from transom.evaluation.data_verdict import Anomaly, DataVerdict

SHOWN = 10


def data_lines(data: DataVerdict, project: Path = HERE) -> Iterator[Text]:
    """A line for each anomaly, the worst first, and what follows from them."""
    if not data.anomalies:
        yield Text(f"Data: {data.why}.", "dim")
        return
    yield Text.assemble((f"{data.compared} are unlike", "bold yellow"), f" those of version {data.against}:")
    yield from map(_line, data.anomalies[:SHOWN])
    if len(data.anomalies) > SHOWN:
        yield Text(f"… and {len(data.anomalies) - SHOWN:,} more: --json", "dim")
    if data.is_refused:
        yield Text.assemble(("Refused", "bold red"), ": nothing was trained on these data.")
        yield Text(f"To train all the same: transom run{named(project)} --set statistics.on_anomaly=warn", "dim")


def _line(anomaly: Anomaly) -> Text:
    return Text.assemble(("≠ ", "yellow"), f"{anomaly.where}: {anomaly.what}")
