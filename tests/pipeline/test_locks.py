import subprocess
import sys
import threading

from transom.pipeline.locks import N_FILES, locked, locked_if_free

KEY = "ab" * 32
HOLD = """
import sys
from pathlib import Path
from transom.pipeline.locks import locked
with locked(Path(sys.argv[1]), sys.argv[2]):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(cache):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(cache), KEY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    return process


def test_who_does_not_want_to_wait_is_told_that_another_holds_the_lock(tmp_path):
    process = holder(tmp_path)
    with locked_if_free(tmp_path, KEY) as is_held:
        assert not is_held
    process.communicate("")
    with locked_if_free(tmp_path, KEY) as is_held:
        assert is_held


def test_one_waits_until_the_other_is_done(tmp_path):
    order = []
    process = holder(tmp_path)

    def wait():
        with locked(tmp_path, KEY):
            order.append("second")

    waiting = threading.Thread(target=wait)
    waiting.start()
    order.append("first")
    process.communicate("")
    waiting.join()
    assert order == ["first", "second"]


def test_the_lock_of_a_killed_process_is_free(tmp_path):
    process = holder(tmp_path)
    process.kill()
    process.communicate()
    with locked(tmp_path, KEY):
        pass


def test_another_key_does_not_wait(tmp_path):
    process = holder(tmp_path)
    with locked(tmp_path, "cd" * 32):
        pass
    process.communicate("")


def test_there_are_never_more_lock_files_than_a_few_hundred(tmp_path):
    for number in range(2 * N_FILES):
        with locked(tmp_path, f"{number:064x}"):
            pass
    assert len(list((tmp_path / "locks").iterdir())) == N_FILES
