"""The OpenAPI document: made for the project and its tokens, and kept by the server, whatever it is asked."""

import json

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema import Draft202012Validator
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from served import serving
from transom.serving.app import ANSWERS
from transom.serving.operations import MODEL, OPERATIONS

TOKEN, ADMIN = "serving-token-0123456789", "admin-token-0123456789"
PATHS = {*OPERATIONS} | {path.replace(MODEL, f"{MODEL}/versions/{{version}}") for path in OPERATIONS}


@pytest.fixture(scope="module")
def guarded(two_versions, tmp_path_factory):
    """A server with both tokens, whose store nobody changes."""
    folder = tmp_path_factory.mktemp("tokens")
    for name, token in (("serving", TOKEN), ("admin", ADMIN)):
        (folder / name).write_text(token)
    files = ("--token-file", str(folder / "serving"), "--admin-token-file", str(folder / "admin"))
    with serving(two_versions, *files, "--set", "serve.log=false") as running:
        yield running


@pytest.fixture(scope="module")
def document(served):
    return served.ask("/openapi.json").json


def test_every_route_is_described_and_answered():
    assert ANSWERS.keys() == OPERATIONS.keys()


def test_the_document_has_every_path(document):
    assert document["openapi"] == "3.1.0"
    assert document["paths"].keys() == PATHS


def test_records_and_replies_are_those_of_the_project(document):
    schemas = document["components"]["schemas"]

    assert schemas["Record"]["properties"]["payloads"]["properties"].keys() == {"text", "tokens"}
    assert schemas["Reply"]["properties"]["predictions"]["required"] == ["mood", "topics", "names"]
    assert schemas["Asked"]["oneOf"][1]["properties"]["records"]["maxItems"] == 20
    assert schemas["InferenceRequest"]["properties"]["outputs"]["items"]["properties"]["name"]["enum"] == [
        "mood.label",
        "mood.probabilities",
        "topics.label",
        "topics.probabilities",
        "names.label",
    ]


def test_every_schema_is_one(document):
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_another_method_is_told_which_is_allowed(served):
    assert served.ask("/v1/predict", method="PUT").headers["allow"] == "POST"
    assert served.ask("/v1/lookup/x", method="DELETE").headers["allow"] == "GET, HEAD"


def test_a_server_without_tokens_asks_for_none_and_takes_no_orders(document):
    assert "security" not in document["paths"]["/v1/predict"]["post"]
    assert document["paths"]["/admin/reload"]["post"]["responses"].keys() == {"200", "403", "421"}


def test_a_server_with_tokens_asks_for_them(guarded):
    assert guarded.ask("/openapi.json").status == 401

    paths = guarded.ask("/openapi.json", headers={"Authorization": f"Bearer {TOKEN}"}).json["paths"]

    assert paths["/v1/predict"]["post"]["security"] == [{"serving": []}, {"admin": []}]
    assert paths["/admin/reload"]["post"]["security"] == [{"admin": []}]
    assert "401" in paths["/v1/predict"]["post"]["responses"]
    assert "security" not in paths["/healthz"]["get"]


def test_the_document_can_be_read_by_programs_that_know_json_alone(document):
    assert json.loads(json.dumps(document)) == document


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")  # schemathesis does
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_the_server_keeps_to_its_document_whatever_it_is_asked(guarded, mode):
    url, shown = f"http://127.0.0.1:{guarded.port}/openapi.json", {"Authorization": f"Bearer {ADMIN}"}
    api = schemathesis.openapi.from_url(url, headers=shown)
    operations = [found.ok() for found in api.get_all_operations()]
    if mode is GenerationMode.NEGATIVE:  # of a route that takes nothing, nothing can be asked wrongly
        operations = [each for each in operations if each.body or each.path_parameters]
    with requests.Session() as session:
        session.headers.update(shown)
        for operation in operations:
            ask_whatever(operation, mode, session)

    assert len(operations) == (len(PATHS) - 1 if mode is GenerationMode.POSITIVE else 8)


def ask_whatever(operation, mode, session):
    """Requests that fit what the document says of an operation, or that do not; each answer is held against it."""
    # That a tensor's shape fits its data cannot be said in JSON Schema, so some that fit the document are refused.
    excluded = [positive_data_acceptance] if operation.path.endswith("/infer") else []

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=15,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    def ask(case):
        case.call_and_validate(session=session, headers=dict(session.headers), excluded_checks=excluded)

    ask()
