"""What the routes answer, over a real socket."""

import gzip
import json

import pytest

from transom.data.replies import Reply
from transom.export.artifact import open_artifact
from transom.export.layout import folder_of
from transom.serving.predictor import answers, open_predictor

RECORD = {"id": "q1", "payloads": {"text": "love song", "tokens": ["love", "ann"]}}
TENSORS = {"inputs": [{"name": "text", "datatype": "BYTES", "shape": [1, 1], "data": ["love song"]}]}


@pytest.fixture(scope="module")
def expected(two_versions) -> list[Reply]:
    predictor = open_predictor(open_artifact(folder_of(two_versions / ".transom", 1)))
    return answers(predictor, [RECORD, {"payloads": {}}])


def test_one_record_is_answered_by_one_object(served, expected):
    answer = served.ask("/v1/predict", RECORD)

    assert answer.status == 200
    assert answer.json["id"] == "q1"
    assert answer.json["version"] == 1
    assert answer.json["predictions"].keys() == {"mood", "topics", "names"}
    assert answer.json["predictions"]["mood"]["probabilities"] == pytest.approx(
        expected[0]["predictions"]["mood"]["probabilities"], abs=1e-5
    )
    assert answer.headers["x-transom-version"] == "1"


def test_records_are_answered_in_their_order(served):
    records = [{"id": str(number), "payloads": {"text": "song"}} for number in range(9)]

    answer = served.ask("/v1/predict", {"records": records})

    assert [each["id"] for each in answer.json["predictions"]] == [str(number) for number in range(9)]


def test_a_record_needs_payloads_alone_and_a_payload_may_be_missing(served, expected):
    answer = served.ask("/v1/predict", {"payloads": {}, "tasks": {"mood": {"crowd": 3}}, "anything": []})

    assert answer.json["id"] is None
    assert answer.json["predictions"]["mood"]["label"] == expected[1]["predictions"]["mood"]["label"]


def test_a_client_may_name_its_request_and_else_gets_a_name(served):
    named = served.ask("/v1/predict", RECORD, headers={"X-Request-Id": "mine-1"})
    unnamed = served.ask("/v1/predict", RECORD, headers={"X-Request-Id": "with space"})

    assert named.headers["x-request-id"] == "mine-1"
    assert len(unnamed.headers["x-request-id"]) == 32


MANY = json.dumps({"records": [{"payloads": {}}] * 21})
LARGE = '"' + "a" * (4 << 20) + '"'
REFUSALS = [
    ("", 400, "T030", "the body is empty. Send a record.", None),
    ("{", 400, "T030", None, None),
    (b'{"payloads": {"text": "\xff"}}', 400, "T052", None, None),
    ('{"payloads": NaN}', 400, "T064", "NaN is not a JSON number. Write null where there is no number.", None),
    ("[" * 900 + "]" * 900, 400, "T192", "the body is nested deeper than 32 levels.", None),
    ("[" * 99999, 400, "T030", None, None),
    ("3", 422, "T195", '3 is not a record. Send {"payloads": {...}} or {"records": [...]}.', None),
    ("{}", 422, "T178", 'the record has no payloads. Give at least {"payloads": {...}}.', "/payloads"),
    (
        '{"records": []}',
        422,
        "T195",
        'there is no record in the list. Send {"records": [{"payloads": {...}}]}.',
        "/records",
    ),
    ('{"records": [{"payloads": {}}, 7]}', 422, "T195", None, "/records/1"),
    ('{"payloads": {"txt": "a"}}', 422, "T039", None, "/payloads/txt"),
    ('{"records": [{"payloads": {"text": 5}}]}', 422, None, None, "/records/0/payloads/text"),
    (MANY, 413, "T195", "21 records are too many. Send at most 20 at once.", None),
    (LARGE, 413, "T192", "the body has more than 4194304 bytes. Send fewer records at once.", None),
]  # fmt: skip


@pytest.mark.parametrize(("body", "status", "code", "message", "pointer"), REFUSALS)
def test_what_cannot_be_answered_is_refused_with_its_reason(served, body, status, code, message, pointer):
    answer = served.ask("/v1/predict", raw=body)

    error = answer.json["error"]
    assert (answer.status, error["pointer"]) == (status, pointer)
    assert error["code"] == (code or error["code"])
    assert error["message"] == (message or error["message"])
    assert error["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize("path", ["/v1/predict", "/v2/models/moods/infer"])
def test_a_compressed_body_is_refused(served, path):
    answer = served.ask(path, raw=gzip.compress(b"{}"), headers={"content-encoding": "gzip"})
    assert answer.status == 415
    error = answer.json["error"]
    said = error if isinstance(error, str) else f"{error['code']} {error['message']}"
    assert said == "T193 the content encoding is 'gzip'. Send the body uncompressed."


@pytest.mark.parametrize("path", ["/v1/predict", "/v2/models/moods/infer"])
def test_a_page_of_another_site_cannot_have_a_browser_ask(served, path):
    answer = served.ask(path, RECORD, headers={"sec-fetch-site": "cross-site"})
    assert answer.status == 403
    assert "T193" in answer.body.decode()
    assert "a page of another site asks, by a browser. Ask from the server of that site." in answer.body.decode()
    for own in ("same-origin", "same-site", "none"):
        assert served.ask("/v1/predict", RECORD, headers={"sec-fetch-site": own}).status == 200


@pytest.mark.parametrize("host", ["evil.example:8080", "localhost.evil.example", "192.0.2.1", "[", ""])
def test_a_server_without_a_token_answers_under_no_name_that_was_made_to_lead_to_it(served, host):
    answer = served.ask("/healthz", headers={"host": host})
    assert (answer.status, answer.json["error"]["code"]) == (421, "T193")
    ending = f"not {host!r}. Ask localhost, or start it with --token-file FILE."
    assert answer.json["error"]["message"] == f"this server has no token, and answers this machine alone, {ending}"


@pytest.mark.parametrize("host", ["LOCALHOST", "localhost:9", "127.0.0.1:8080", "[::1]:8080"])
def test_it_answers_under_the_names_of_its_machine(served, host):
    assert served.ask("/healthz", headers={"host": host}).status == 200


def test_another_content_type_is_refused(served):
    answer = served.ask("/v1/predict", RECORD, headers={"content-type": "text/plain"})

    assert answer.status == 415
    assert answer.json["error"]["message"] == (
        "the content type is 'text/plain'. Send JSON, with Content-Type: application/json."
    )


@pytest.mark.parametrize("declared", ["application/x-www-form-urlencoded", "text/xml; charset=utf-8", "TEXT/PLAIN"])
def test_tensors_that_are_declared_as_something_else_are_refused(served, declared):
    answer = served.ask("/v2/models/moods/infer", TENSORS, headers={"content-type": declared})

    message = f"T193 the content type is {declared!r}. Send JSON, with Content-Type: application/json."
    assert (answer.status, answer.json) == (415, {"error": message})


@pytest.mark.parametrize("declared", ["", "application/octet-stream", "Application/JSON; charset=utf-8"])
def test_tensors_are_taken_as_clients_of_the_protocol_declare_them(served, declared):
    assert served.ask("/v2/models/moods/infer", TENSORS, headers={"content-type": declared}).status == 200


@pytest.mark.parametrize("path", ["/", "/v1/predict/", "/../../etc/passwd", "/%2e%2e/x", "/v1/predict%00"])
def test_another_path_is_not_there(served, path):
    assert served.ask(path).status == 404


def test_another_method_is_not_allowed(served):
    answer = served.ask("/v1/predict", method="PUT")

    assert answer.status == 405
    assert answer.json["error"]["message"] == "/v1/predict takes POST, not 'PUT'."


def test_what_can_be_got_can_be_asked_for_its_head_alone(served):
    got, head = served.ask("/healthz"), served.ask("/healthz", method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(got.body))
    other = served.ask("/healthz", method="PUT")
    assert (other.status, other.headers["allow"]) == (405, "GET, HEAD")
    assert served.ask("/v1/predict", method="HEAD").headers["allow"] == "POST"


def test_probes_say_which_version_answers(served):
    assert served.ask("/healthz").json == {"alive": True}
    assert served.ask("/readyz").json == {"ready": True, "version": 1, "alarm": None, "policy": "single"}


def test_answers_are_counted_by_version_and_class(served):
    def count():
        lines = served.ask("/metrics").body.decode().splitlines()
        found = [line for line in lines if line.startswith("transom_predicted_total{") and 'task="mood"' in line]
        return sum(float(line.split()[-1]) for line in found if 'version="1"' in line)

    before = count()
    served.ask("/v1/predict", {"records": [RECORD] * 5})

    assert count() - before == 5


def test_nobody_administers_a_server_without_a_token_for_it(served):
    answer = served.ask("/admin/reload", method="POST")

    assert answer.status == 403
    assert answer.json["error"]["message"] == "this server takes no orders. Start it with --admin-token-file FILE."
