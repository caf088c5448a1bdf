"""The section `serve`: how a candidate is tried and what is logged, and what is said of every way to get it wrong."""

import pytest
from jsonschema import Draft202012Validator

from transom.pipeline.serve_section import Serving, read_serve, serve_schema
from transom.schema.document import parse_document, plain
from transom.schema.load import load_schema
from transom.serving.log_settings import Logging
from transom.serving.policy import Canary, Shadow


def read(text, schema=None):
    serving, problems = read_serve(parse_document(text, "deploy.yaml").root, schema)
    return serving, [str(problem) for problem in problems]


def is_valid(text):
    return Draft202012Validator(serve_schema()).is_valid(listed(plain(parse_document(text, "deploy.yaml").root)))


def listed(value):
    if isinstance(value, dict):
        return {key: listed(child) for key, child in value.items()}
    return [listed(child) for child in value] if isinstance(value, tuple) else value


POLICIES = [
    ("policy: single", None),
    ("policy: shadow", Shadow()),
    ("policy: canary", Canary()),
    ("policy: {shadow: {version: next}}", Shadow("next")),
    ("policy: {canary: {share: 0.5, key: query, salt: x}}", Canary(share=0.5, key="query", salt="x")),
]


@pytest.mark.parametrize(("text", "policy"), POLICIES)
def test_a_policy_is_its_name_or_a_mapping_with_its_settings(text, policy):
    assert read(text) == (Serving(policy=policy), [])
    assert is_valid(text)


def test_an_empty_policy_is_its_defaults():
    assert read("policy: {canary: }") == (Serving(policy=Canary()), [])
    assert read("policy: ") == (Serving(), [])


LOGS = [
    ("log: true", Logging()),
    ("log: false", None),
    ("log: {sample: 0.1, redact: [query, person.age], probabilities: false, keep_days: 30, keep_bytes: 100}",
     Logging(0.1, ("query", "person.age"), False, 30.0, 100)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "log"), LOGS)
def test_the_log_is_on_or_off_or_a_mapping_with_what_it_keeps(text, log):
    assert read(text) == (Serving(log=log), [])
    assert is_valid(text)


LIMITS = "a number of more than 0 and at most 1, not 0."
POLICY = "policy must be one of single, shadow and canary, not"
LOG_KEYS = "Keys: sample, redact, probabilities, keep_days, keep_bytes. Did you mean redact?"
CANARY_KEYS = "Keys: version, share, key, salt. Did you mean share?"
BROKEN = [
    ("policy: shadw", "1:9 T007 policy must be one of single, shadow, canary, not 'shadw'. Did you mean shadow?"),
    ("policy: {canry: {}}", "1:10 T005 'canry' is not a key of policy. Keys: shadow, canary. Did you mean canary?"),
    ("policy: {shadow: , canary: }", f"1:9 T007 {POLICY} 2 of them."),
    ("policy: {}", f"1:9 T007 {POLICY} 0 of them."),
    ("policy: {canary: {share: 0}}", f"1:26 T007 share must be {LIMITS}"),
    ("policy: {canary: {shard: 0.1}}", f"1:19 T005 'shard' is not a key of canary. {CANARY_KEYS}"),
    ("tls_cert: a.pem", "1:11 T218 tls_cert is there alone. Give tls_key as well."),
    ("tls_key: b.pem", "1:10 T218 tls_key is there alone. Give tls_cert as well."),
    ("log: maybe", "1:6 T007 log must be true, false or a mapping, not 'maybe'."),
    ("log: {sample: 0}", f"1:15 T007 sample must be {LIMITS}"),
    ("log: {redcat: [query]}", f"1:7 T005 'redcat' is not a key of log. {LOG_KEYS}"),
]


@pytest.mark.parametrize(("text", "message"), BROKEN)
def test_one_mistake_is_one_problem_with_its_place_and_its_remedy(text, message):
    assert read(text)[1] == [f"deploy.yaml:{message}"]
    assert not is_valid(text)


def test_values_that_records_do_not_have_are_told_where_the_schema_is_known(formats):
    schema = load_schema(formats / "schema.yaml")
    text = "log: {redact: [id, person.aeg]}\npolicy: {canary: {key: usr}}"

    entities = "entities, entities.title, entities.popularity, entities.kind"
    names = f"id, query, tokens, {entities}, person, person.age, person.job"
    assert read(text)[1] == []
    assert read(text, schema)[1] == [
        f"deploy.yaml:1:20 T008 'person.aeg' is no value of records. They have {names}. Did you mean person.age?",
        f"deploy.yaml:2:24 T008 'usr' is no value of records. They have {names}.",
    ]
