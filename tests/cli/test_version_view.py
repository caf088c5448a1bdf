from rich.console import Console

from transom.cli.version_view import VersionView
from transom.export.aliases import Move
from transom.export.versions import Version
from transom.pipeline.releases import Releases

MADE = {"made": "2026-11-21T09:30:05+00:00", "transom": "0.1.0"}


def printed(releases: Releases, width: int = 60) -> list[str]:
    console = Console(width=width, color_system=None)
    with console.capture() as capture:
        console.print(VersionView(releases))
    return [line.rstrip() for line in capture.get().splitlines()]


def test_versions_stand_above_the_history_newest_first() -> None:
    versions = (Version(2, ("candidate",), 7, MADE), Version(1, ("live", "berlin"), None, {}))
    moves = (
        Move("live", 1, "ada", "2026-11-21T10:00:00+00:00", "alarms", is_rollback=True),
        Move("candidate", None, "ada", "2026-11-20T08:00:00+00:00", ""),
        Move("live", 1, "", "", "the newest version of a store without aliases"),
    )
    assert printed(Releases(versions, moves, n_versions=5)) == [
        " aliases      version              made  run  transom",
        " ────────────────────────────────────────────────────",
        " candidate          2  2026-11-21 09:30    7    0.1.0",
        " live berlin        1                 -    -        -",
        " … and 3 older versions: --limit 5",
        "",
        " 2026-11-21 10:00  live → 1 again  ada: alarms",
        " 2026-11-20 08:00  candidate → none  ada",
        "                   live → 1  the newest version of a store",
        " without aliases",
    ]


def test_without_a_version_the_next_command_is_named() -> None:
    assert printed(Releases((), (), 0)) == ["No version yet. Next: transom run."]
