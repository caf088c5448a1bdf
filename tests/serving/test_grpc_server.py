"""An unmodified client of Triton is answered over gRPC, from the same queue, log and versions as over HTTP."""

import json
import socket

import grpc
import numpy as np
import pytest
from tritonclient.grpc import InferenceServerClient, InferInput, InferRequestedOutput
from tritonclient.utils import InferenceServerException

from served import assert_tensors_say, logged, serving, stop_under_load
from transom.cli.main import main
from transom.serving.grpc_messages import SERVICE

RECORDS = [{"text": "love song", "tokens": ["love", "ann"]}, {"text": "hate", "tokens": []}]
TOKEN = "0123456789abcdef0123"


@pytest.fixture
def client(served):
    with InferenceServerClient(served.grpc) as client:
        yield client


def texts(*values):
    tensor = InferInput("text", [len(values), 1], "BYTES")
    tensor.set_data_from_numpy(np.array([[value.encode()] for value in values], dtype=object))
    return tensor


def tensors():
    tokens = InferInput("tokens", [2, 1], "BYTES")
    packed = [[json.dumps(record["tokens"]).encode()] for record in RECORDS]
    tokens.set_data_from_numpy(np.array(packed, dtype=object))
    return [texts(*(record["text"] for record in RECORDS)), tokens]


def refusal_of(ask, *given, **more):
    with pytest.raises(InferenceServerException) as refusal:
        ask(*given, **more)
    return refusal.value.status(), refusal.value.message()


def test_a_client_finds_the_server_and_its_model(client):
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("moods")
    assert client.is_model_ready("moods", "1")
    assert refusal_of(client.is_model_ready, "moods", "3")[0] == "StatusCode.NOT_FOUND"
    assert client.get_server_metadata().name == "transom"
    found = client.get_model_metadata("moods", as_json=True)
    assert found["versions"] == ["1", "2"]
    assert {"name": "tokens", "datatype": "BYTES", "shape": ["-1", "1"]} in found["inputs"]
    assert [(each["name"], each["datatype"], each["shape"]) for each in found["outputs"]] == [
        ("mood.label", "BYTES", ["-1", "1"]),
        ("mood.probabilities", "FP32", ["-1", "2"]),
        ("topics.label", "BYTES", ["-1", "1"]),
        ("topics.probabilities", "FP32", ["-1", "2"]),
        ("names.label", "BYTES", ["-1", "1"]),
    ]


def test_grpc_and_http_say_the_same(served, client):
    outputs = [InferRequestedOutput(name) for name in ("mood.label", "mood.probabilities", "names.label")]
    result = client.infer("moods", tensors(), outputs=outputs, request_id="r7")
    asked = served.ask("/v1/predict", {"records": [{"payloads": record} for record in RECORDS]})
    expected = [each["predictions"] for each in asked.json["predictions"]]

    response = result.get_response()
    assert (response.id, response.model_name, response.model_version) == ("r7", "moods", "1")
    assert [row[0].decode() for row in result.as_numpy("mood.label")] == [each["mood"]["label"] for each in expected]
    assert_tensors_say(result, expected)


def test_without_names_every_output_is_answered(client):
    assert len(client.infer("moods", tensors()).get_response().outputs) == 5


def test_another_version_is_answered_by_its_number_or_alias(client):
    (live, by_number, by_alias) = (
        client.infer("moods", [texts("love")], model_version=version) for version in ("", "2", "candidate")
    )

    assert [each.get_response().model_version for each in (live, by_number, by_alias)] == ["1", "2", "2"]
    assert live.as_numpy("mood.label") == [[b"good"]]
    assert by_number.as_numpy("mood.label") == by_alias.as_numpy("mood.label") == [[b"bad"]]


def test_what_cannot_be_answered_has_the_status_of_its_reason(client):
    too_many = texts(*["love"] * 21)
    too_large = texts("a" * (5 << 20))

    assert refusal_of(client.infer, "other", [texts("a")]) == (
        "StatusCode.NOT_FOUND", "T197 there is no such model. It is called 'moods'.")  # fmt: skip
    assert refusal_of(client.infer, "moods", [texts("a")], model_version="9")[0] == "StatusCode.NOT_FOUND"
    assert refusal_of(client.infer, "moods", [InferInput("text", [1, 1], "BYTES")]) == (
        "StatusCode.INVALID_ARGUMENT", "T195 the input 'text' has 0 values and the shape [1, 1].")  # fmt: skip
    assert refusal_of(client.infer, "moods", [texts("a")], outputs=[InferRequestedOutput("y")])[0] == (
        "StatusCode.INVALID_ARGUMENT"
    )
    assert refusal_of(client.infer, "moods", [too_many]) == (
        "StatusCode.RESOURCE_EXHAUSTED", "T195 21 records are too many. Send at most 20 at once.")  # fmt: skip
    assert refusal_of(client.infer, "moods", [too_large])[0] == "StatusCode.RESOURCE_EXHAUSTED"
    assert refusal_of(client.infer, "moods", [texts("a")], compression_algorithm="gzip")[0] == (
        "StatusCode.UNIMPLEMENTED"
    )
    assert refusal_of(client.infer, "moods", [texts("a")], client_timeout=1e-6)[0] == "StatusCode.DEADLINE_EXCEEDED"


def raw_call(address, content, **more):
    with grpc.insecure_channel(address) as channel:
        return channel.unary_unary(f"/{SERVICE}/ModelInfer").with_call(content, timeout=30, **more)


def test_what_is_no_message_is_refused(served):
    with pytest.raises(grpc.RpcError) as refusal:
        raw_call(served.grpc, b"\xff\xff", metadata=[("x-request-id", "mine")])

    assert refusal.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert refusal.value.details() == "T195 the message is no ModelInferRequest."
    assert ("x-request-id", "mine") in refusal.value.trailing_metadata()


def test_calls_are_counted_beside_requests(served, client):
    client.infer("moods", [texts("love")])

    assert b'transom_requests_total{route="grpc ModelInfer",status="OK"}' in served.ask("/metrics").body


@pytest.fixture(scope="module")
def guarded(two_versions, tmp_path_factory):
    token = tmp_path_factory.mktemp("token") / "token"
    token.write_text(TOKEN)
    with serving(two_versions, "--grpc-port", "0", "--set", "serve.log=false", "--token-file", str(token)) as running:
        yield running


@pytest.mark.parametrize("shown", [{}, {"authorization": "Bearer wrong"}, {"authorization": TOKEN}])
def test_a_token_is_asked_for(guarded, shown):
    with InferenceServerClient(guarded.grpc) as client:
        status, message = refusal_of(client.infer, "moods", [texts("love")], headers=shown)
        assert status == "StatusCode.UNAUTHENTICATED"
        assert message == "T196 the token is missing or wrong. Send Authorization: Bearer TOKEN."
        assert refusal_of(client.get_model_metadata, "moods", headers=shown)[0] == "StatusCode.UNAUTHENTICATED"
        assert client.is_server_live()
        assert client.is_model_ready("moods")
        loaded_first = refusal_of(client.is_model_ready, "moods", "2", headers=shown)
        assert loaded_first == (status, message)


def test_who_shows_the_token_is_answered(guarded):
    shown = {"authorization": f"Bearer {TOKEN}"}
    with InferenceServerClient(guarded.grpc) as client:
        assert client.infer("moods", [texts("love")], headers=shown).as_numpy("mood.label").shape == (1, 1)
        assert client.is_model_ready("moods", "2", headers=shown)


@pytest.mark.slow
def test_a_server_that_is_stopped_answers_the_calls_it_accepted(project):
    outcomes = []

    def ask(running, has_begun):
        with InferenceServerClient(running.grpc) as client:
            try:
                while True:
                    client.infer("moods", [texts(*["love"] * 20)])
                    outcomes.append("answered")
                    has_begun.set()
            except InferenceServerException as refusal:
                outcomes.append(refusal.status())

    with serving(project, "--grpc-port", "0") as running:
        stop_under_load(running, ask)

    # What began is logged before it is answered, so that as many were answered as had begun. What had not begun ends as
    # UNAVAILABLE, or as CANCELLED where gRPC had read the call and not handed it over; which of them is up to gRPC.
    assert len(logged(project)) == outcomes.count("answered") * 20
    ended = [outcome for outcome in outcomes if outcome != "answered"]
    assert len(ended) == 3
    assert set(ended) <= {"StatusCode.UNAVAILABLE", "StatusCode.CANCELLED"}


def test_a_port_that_is_taken_is_said(two_versions, capsys):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        arguments = ["serve", str(two_versions), "--port", "0", "--grpc-port", str(port), "--json"]
        assert main([*arguments, "--set", "serve.log=false"]) == 2

    error = json.loads(capsys.readouterr().out)["error"]
    said = f"the server cannot listen on '127.0.0.1', port {port}, for gRPC."
    assert (error["code"], error["message"]) == ("T198", f"{said} Choose another with --grpc-port, or 0 for any.")


def test_the_packages_of_grpc_are_loaded_only_where_it_is_spoken(two_versions, served):
    with serving(two_versions, "--set", "serve.log=false") as running:
        assert running.grpc is None
        with open(f"/proc/{running.process.pid}/maps") as maps:
            assert "/grpc/" not in maps.read()
