"""The access log says of each request when it was answered, how and by whom, and nothing of what it said."""

import errno
import json
import logging

import pytest

from served import serving
from transom.errors import ArtifactError
from transom.serving.access_log import MOST_LINES, AccessLog, JsonFormatter
from transom.serving.batching import Ran
from transom.serving.http import Answered
from transom.serving.observing import Observed

OBSERVED = Observed("r1", "/v1/predict", "200", 1.0, 1.0123, Answered(7, 1.001, Ran(1.002, 1.01, 4)))
SECRET = "a-secret-nobody-may-read"


def test_a_line_says_how_a_request_was_answered():
    written = []
    log = AccessLog(written.append)
    log.note(OBSERVED)
    log.note(Observed("r2", "other", "404", 1.0, 1.5))
    assert written == []
    log.flush()
    log.flush()

    first, second = (json.loads(line) for line in b"".join(written).splitlines())
    assert len(written) == 1
    assert first.pop("time").endswith("Z")
    assert first == {
        "level": "info",
        "request_id": "r1",
        "route": "/v1/predict",
        "status": "200",
        "ms": 12.3,
        "version": 7,
    }
    assert (second["request_id"], second["status"], second["ms"]) == ("r2", "404", 500.0)
    assert "version" not in second


def test_a_reader_that_is_slow_loses_lines_and_is_told_how_many():
    written = []
    log = AccessLog(written.append)
    for _ in range(MOST_LINES + 3):
        log.note(OBSERVED)
    log.flush()
    log.note(OBSERVED)
    log.flush()

    lines = b"".join(written).splitlines()
    assert len(lines) == MOST_LINES + 2
    assert json.loads(lines[MOST_LINES])["left_out"] == 3


def test_lines_that_cannot_be_written_are_counted_and_the_log_goes_on():
    written, full = [], [True]

    def write(lines):
        if full[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(lines)

    log = AccessLog(write)
    log.note(OBSERVED)
    log.note(OBSERVED)
    log.flush()
    log.note(OBSERVED)
    log.flush()
    full[0] = False
    log.note(OBSERVED)
    log.flush()

    line, warning = (json.loads(each) for each in b"".join(written).splitlines())
    assert line["request_id"] == "r1"
    assert warning["left_out"] == 3


def test_a_failure_is_logged_by_its_place_in_the_code_without_what_it_says():
    try:
        raise ValueError(SECRET)
    except ValueError as error:
        failure = (ValueError, error, error.__traceback__)
    record = logging.LogRecord("transom", logging.ERROR, "/a/path.py", 3, "request %s failed", ("r1",), failure)
    record.request_id = "r1"

    line = json.loads(JsonFormatter().format(record))

    assert line.pop("time").endswith("Z")
    (place,) = line.pop("at")
    assert place.startswith(f"{__name__}:")
    assert line == {
        "level": "error",
        "logger": "transom",
        "message": "request r1 failed",
        "error": "ValueError",
        "request_id": "r1",
    }


def test_a_failure_that_has_a_code_is_logged_with_it():
    error = ArtifactError("T144", SECRET)
    record = logging.LogRecord("transom", logging.ERROR, "/a/path.py", 3, "no", (), (type(error), error, None))

    line = json.loads(JsonFormatter().format(record))

    assert (line["error"], line["code"]) == ("ArtifactError", "T144")
    assert SECRET not in str(line)


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/v1/predict", "/v1/" + SECRET])
def test_a_server_logs_requests_on_stderr_and_nothing_that_they_say(project, path):
    with serving(project, "--set", "serve.access_log=true") as running:
        running.ask(path, {"id": SECRET, "payloads": {"text": SECRET}}, headers={"X-Request-Id": "mine"})
        running.ask(path, {"payloads": {SECRET: 1}})
        running.process.terminate()
        said = running.process.stderr.read().decode()

    lines = [json.loads(line) for line in said.splitlines()]
    found = path == "/v1/predict"
    assert [line["status"] for line in lines] == (["200", "422"] if found else ["404", "404"])
    assert [line["route"] for line in lines] == (["/v1/predict"] * 2 if found else ["other"] * 2)
    assert lines[0]["request_id"] == "mine"
    assert [line.get("version") for line in lines] == ([1, None] if found else [None, None])
    assert SECRET not in said
