"""What became of a forgotten example, as people read it."""

from collections.abc import Iterator, Sequence

from rich.text import Text

from transom.cli.figures import counted
from transom.errors import listed
from transom.pipeline.forgetting import Forgotten


def forgotten_lines(done: Forgotten) -> Iterator[Text]:
    """What was erased, then what still holds the example and what to do about it."""
    erased = [f"{counted(done.n_log_lines, 'line')} of the log"]
    erased += [f"{counted(done.n_replies, 'record')} of the lookup"] if done.n_replies else []
    erased += [f"{counted(each.n_records, 'record')} in {each.file}" for each in done.data_files if each.is_erased]
    yield Text(f"{done.id!r} is forgotten. Erased: the cache, {', '.join(erased)}.")
    if not done.was_held:
        yield Text("No data file, no version and no line of the log held it: is that its id?", "yellow")
    for each in done.data_files:
        if not each.is_erased:
            held = f"{each.file} still holds it, in {counted(each.n_records, 'record')}."
            yield Text(f"{held} Runs leave it out. To erase it there: --data.", "yellow")
    if done.versions:
        which = f"{'Versions' if len(done.versions) > 1 else 'Version'} {', '.join(map(str, done.versions))}"
        yield Text(f"{which} learned from it. Run again, promote, then delete the folders in versions.", "yellow")
    for file in done.recorded:
        yield Text(f"{file} holds it, and cannot be changed without breaking the version.", "yellow")


def not_held_line(n_examples: int, not_held: Sequence[str]) -> Text:
    """How many examples of a list were erased, and of which there was nothing to erase."""
    erased = f"{counted(n_examples - len(not_held), 'example')} of {n_examples:,} erased"
    if not not_held:
        return Text(f"{erased}.")
    return Text(f"{erased}; nothing was found of {listed([repr(name) for name in not_held])}.", "yellow")
