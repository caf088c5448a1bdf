from rich.console import Console

from transom.cli.version_view import VersionView
from transom.export.aliases import Move
from transom.export.versions import Version
from transom.pipeline.releases import GateSaid, Releases

MADE = {"made": "2026-11-21T09:30:05+00:00", "transom": "0.1.0"}


def printed(releases: Releases, width: int = 62) -> list[str]:
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
    gates = {2: GateSaid("passed", "1 of 1 rules are kept", 1)}
    assert printed(Releases(versions, moves, n_versions=5, gates=gates)) == [
        " aliases      version    gate              made  run  transom",
        " ────────────────────────────────────────────────────────────",
        " candidate          2  passed  2026-11-21 09:30    7    0.1.0",
        " live berlin        1       -                 -    -        -",
        " … and 3 older versions: --limit 5",
        "",
        " 2026-11-21 10:00  live → 1 again  ada: alarms",
        " 2026-11-20 08:00  candidate → none  ada",
        "                   live → 1  the newest version of a store",
        " without aliases",
    ]


def test_without_a_version_the_next_command_is_named() -> None:
    assert printed(Releases((), (), 0)) == ["No version yet. Next: transom run."]


def test_a_version_that_the_gate_refused_is_marked_and_one_that_no_rule_judged() -> None:
    versions = (Version(2, (), 2, MADE), Version(1, ("live",), 1, MADE))
    gates = {
        2: GateSaid("passed", "deploy.yaml has no gate, so nothing is asked for", 0),
        1: GateSaid("refused", "spam accuracy: 0.500 is less than 0.9", 1),
    }
    assert printed(Releases(versions, (), 2, gates))[2:4] == [
        "                2     none  2026-11-21 09:30    2    0.1.0",
        " live           1  refused  2026-11-21 09:30    1    0.1.0",
    ]
