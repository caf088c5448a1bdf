"""`python -m transom`: the command where its script is not on the path."""

from transom.cli.main import run_command

run_command()
