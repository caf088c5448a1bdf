"""A lineage as a Mermaid diagram: files and rules into stages, stages into the version, the version into aliases."""

from collections.abc import Iterator

from transom.export.lineage import Lineage, Step

SHORT = 8
"""How many characters of a digest are shown."""


def mermaid(lineage: Lineage) -> str:
    """The diagram's text, for any reader of Mermaid (GitHub, GitLab, an editor).

    What goes into several stages is drawn once. Libraries and settings are left to `lineage --json`.
    """
    lines = ["flowchart LR", f'  version(["version {lineage.version}"])']
    nodes: dict[str, str] = {}
    for step in lineage.steps:
        lines.append(f'  {step.stage}["{step.stage}"]')
        for label, (opening, closing) in _sources(step):
            node = nodes.setdefault(label, f"n{len(nodes)}")
            lines.append(f'  {node}{opening}"{_escaped(label)}"{closing} --> {step.stage}')
        lines += [f"  {other} --> {step.stage}" for other in lineage.inputs(step)]
    read = {other for step in lineage.steps for other in lineage.inputs(step)}
    lines += [f"  {step.stage} --> version" for step in lineage.steps if step.stage not in read]
    lines += [f'  version --> alias{number}>"{alias}"]' for number, alias in enumerate(lineage.aliases)]
    return "\n".join(lines) + "\n"


def _sources(step: Step) -> Iterator[tuple[str, tuple[str, str]]]:
    """What people made that goes into a stage, each with the brackets of its shape."""
    for name, digest in step.files.items():
        yield f"{name} {digest[:SHORT]}", ("[(", ")]")
    if step.rules:
        yield f"rules: {', '.join(step.rules)}", ("[/", "/]")


def _escaped(label: str) -> str:
    return label.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
