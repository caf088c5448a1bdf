"""What continuous integration runs."""

import os
import subprocess


def test_it_has_one_verdict_on_one_commit(repository, tmp_path):
    """Hypothesis seeks new examples where `CI` is not set; a commit that passed might fail with the next one."""
    make = tmp_path / "make"
    make.write_text('#!/bin/sh\necho "$1 $CI"\n')
    make.chmod(0o755)
    environment = {name: each for name, each in os.environ.items() if name != "CI"}
    environment |= {"PATH": f"{tmp_path}:{os.defpath}"}
    done = subprocess.run([repository / ".ci" / "run"], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "check true\ntest true\ntest-all true\n"
