"""YAML's syntax errors in words that say what to do."""

from dataclasses import dataclass

import yaml

from transom.errors import Location, Problem


@dataclass(frozen=True)
class _Advice:
    """What to say where PyYAML's own words hold `sign`; `at_start` points at where the broken value begins."""

    sign: str
    message: str
    at_start: bool = False


_ADVICE = (
    _Advice("expected the node content", "A value is missing here, or a bracket above is not closed."),
    _Advice("while parsing a flow", "This bracket is not closed, or a comma is missing inside it. Close it.", True),
    _Advice("while scanning a quoted scalar", "This quote is not closed. Close it.", True),
    _Advice("could not find expected ':'", "This line has no colon. Write it as 'key: value'.", True),
    _Advice("found character '\\t'", "A tab stands where YAML wants spaces. Indent with spaces."),
    _Advice("that cannot start any token", "No value can start with this character. Put the value in quotes."),
    _Advice("mapping values are not", "A colon is not expected here. Put text that holds ': ' in quotes."),
    _Advice("unknown escape", "This backslash means nothing in double quotes. Use single quotes, or write it twice."),
    _Advice("undefined alias", "No '&' above names what this '*' refers to. Put text that starts with '*' in quotes."),
    _Advice("expected a single document", "A second document starts here. Keep one document in a file."),
    _Advice("found '<scalar>'", "Text follows a value that has ended. Put the whole value in one pair of quotes."),
    _Advice("expected <block end>", "The indentation does not fit the lines above. Indent keys of a mapping alike."),
)


def syntax_problem(error: yaml.YAMLError, text: str, file: str) -> Problem:
    """What PyYAML found wrong with a text, where it is and how to mend it."""
    if isinstance(error, yaml.MarkedYAMLError):
        return _marked(error, file)
    if isinstance(error, yaml.reader.ReaderError):
        before = text[: error.position]
        at = Location(file, before.count("\n") + 1, error.position - before.rfind("\n"))
        return Problem("T003", f"The control character {chr(error.character)!r} is not allowed. Remove it.", at)
    return Problem("T003", f"This is not valid YAML: {error}.", Location(file))


def _marked(error: yaml.MarkedYAMLError, file: str) -> Problem:
    words = f"{error.context or ''} {error.problem or ''}"
    other = _Advice("", f"This is not valid YAML: {words.strip()}. Put the value in quotes.")
    advice = next((advice for advice in _ADVICE if advice.sign in words), other)
    mark = error.context_mark if advice.at_start and error.context_mark else error.problem_mark
    return Problem("T003", advice.message, Location(file, mark.line + 1, mark.column + 1) if mark else Location(file))
