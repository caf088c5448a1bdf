"""An unmodified client of the Open Inference Protocol is answered, with binary tensors and without."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tritonclient.http import InferenceServerClient, InferInput, InferRequestedOutput
from tritonclient.utils import InferenceServerException

from application import in_process
from served import assert_tensors_say

RECORDS = [{"text": "love song", "tokens": ["love", "ann"]}, {"text": "hate", "tokens": []}]
INFER = "/v2/models/moods/infer"


@pytest.fixture
def client(served):
    client = InferenceServerClient(f"127.0.0.1:{served.port}")
    yield client
    client.close()


def tensors(is_binary):
    texts = np.array([[record["text"].encode()] for record in RECORDS], dtype=object)
    tokens = np.array([[json.dumps(record["tokens"]).encode()] for record in RECORDS], dtype=object)
    found = [InferInput("text", [2, 1], "BYTES"), InferInput("tokens", [2, 1], "BYTES")]
    for tensor, values in zip(found, (texts, tokens), strict=True):
        tensor.set_data_from_numpy(values, binary_data=is_binary)
    return found


def test_a_client_finds_the_server_and_its_model(client):
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("moods")
    assert client.is_model_ready("moods", "1")
    assert not client.is_model_ready("moods", "3")
    assert client.get_server_metadata()["name"] == "transom"
    found = client.get_model_metadata("moods")
    assert found["versions"] == ["1", "2"]
    assert {"name": "tokens", "datatype": "BYTES", "shape": [-1, 1]} in found["inputs"]
    assert [(each["name"], each["shape"]) for each in found["outputs"]] == [
        ("mood.label", [-1, 1]),
        ("mood.probabilities", [-1, 2]),
        ("topics.label", [-1, 1]),
        ("topics.probabilities", [-1, 2]),
        ("names.label", [-1, 1]),
    ]


@pytest.mark.parametrize("is_binary", [True, False])
@pytest.mark.parametrize("version", ["", "1"])
def test_both_protocols_say_the_same(served, client, is_binary, version):
    names = ("mood.label", "mood.probabilities", "names.label")
    outputs = [InferRequestedOutput(name, binary_data=is_binary) for name in names]
    result = client.infer("moods", tensors(is_binary), model_version=version, outputs=outputs)
    asked = served.ask("/v1/predict", {"records": [{"payloads": record} for record in RECORDS]})
    expected = [each["predictions"] for each in asked.json["predictions"]]

    assert [row[0] for row in result.as_numpy("mood.label")] == [
        each["mood"]["label"].encode() if is_binary else each["mood"]["label"] for each in expected
    ]
    assert_tensors_say(result, expected)


def test_without_names_every_output_is_answered(client):
    result = client.infer("moods", tensors(True)).get_response()

    assert (result["model_name"], result["model_version"]) == ("moods", "1")
    assert len(result["outputs"]) == 5


@pytest.mark.parametrize(
    ("model", "version", "message"),
    [("other", "", "there is no such model. It is called 'moods'."),
     ("moods", "9", "there is no version '9'. Versions: candidate, live, 2, 1."),
     ("moods", "lief", "there is no version 'lief'. Versions: candidate, live, 2, 1. Did you mean live?"),
     ("moods", "*", "there is no version of that name. Names are numbers and aliases.")],
)  # fmt: skip
def test_another_model_is_refused(client, model, version, message):
    with pytest.raises(InferenceServerException) as refusal:
        client.infer(model, tensors(True), model_version=version)
    assert refusal.value.message() == f"T197 {message}"


SHAPED = {"name": "text", "datatype": "BYTES", "shape": [1, 1]}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({}, "inputs is null, which is no list of tensors."),
        ({"inputs": [{**SHAPED, "data": ["a", "b"]}]}, "the input 'text' has 2 values and the shape [1, 1]."),
        ({"inputs": [{**SHAPED, "name": "x"}]},
         "the input 'x' is no BYTES tensor of a payload. Payloads: text, tokens."),
        ({"inputs": [{**SHAPED, "name": "tokens", "data": ["["]}]},
         "a value of the input 'tokens' is not the text or JSON that it should be."),
        ({"inputs": [{**SHAPED, "data": ["a"]}], "outputs": [{"name": "y"}]},
         "there is no output 'y'. Outputs: mood.label, mood.probabilities, topics.label, topics.probabilities, "
         "names.label."),
    ],
)  # fmt: skip
def test_what_is_no_tensor_is_refused(served, document, message):
    answer = served.ask(INFER, document)

    assert (answer.status, answer.json) == (400, {"error": f"T195 {message}"})


@pytest.fixture(scope="module")
def running(two_versions):
    with in_process(two_versions) as found:
        yield found


@pytest.mark.parametrize("length", ["9" * 5000, "3", "-1", "1e3"])
def test_what_is_no_length_of_the_head_is_refused(running, length):
    answer = running.post("/v2/models/moods/infer", b"{}", {"Inference-Header-Content-Length": length}.items())

    assert answer.status == 400
    assert "which is no length within the body" in answer.json["error"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 99) | st.text(max_size=4) | st.sampled_from(["text", "BYTES"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(
        st.sampled_from(["name", "shape", "datatype", "data", "parameters", "binary_data_size", "inputs"]), inner),
    max_leaves=10,
)  # fmt: skip
TENSOR = st.fixed_dictionaries(
    {"name": st.sampled_from(["text", "tokens"]), "datatype": st.just("BYTES"), "shape": st.just([1, 1]) | JSON},
    optional={"data": JSON, "parameters": st.fixed_dictionaries({"binary_data_size": st.integers(-1, 20)}) | JSON},
)
REQUEST = st.fixed_dictionaries(
    {"inputs": st.lists(TENSOR | JSON, max_size=2)}, optional={"outputs": JSON, "id": JSON, "parameters": JSON}
)


@settings(max_examples=200)
@given(
    document=JSON | REQUEST,
    rest=st.binary(max_size=20),
    cut=st.integers(-1, 1),
    version=st.sampled_from(["", "/versions/1", "/versions/9", "/versions/live"]),
)
def test_whatever_is_asked_is_answered_or_refused_and_never_breaks_the_server(running, document, rest, cut, version):
    head = json.dumps(document).encode()
    headers = {"Inference-Header-Content-Length": str(len(head) + cut)}

    answer = running.post(f"/v2/models/moods{version}/infer", head + rest, headers.items())

    assert answer.status in {200, 400, 404, 413, 422}
    assert b"Traceback" not in answer.body
    assert answer.status == 200 or answer.json["error"].startswith("T")
