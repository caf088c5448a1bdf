"""Wrong schemas and choices are refused before any data is read, each with its line and what to do."""

import pytest

from transom.pipeline.check import check

SCHEMA = """\
payloads:
  query: {type: singleton, value: text, base: [tokens]}
  tokens: {type: sequence, value: token, max_length: 8}
  person: {type: singleton, value: record, fields: {age: number}}
  members: {type: set, value: record, range: tokens, fields: {title: text}}
tasks:
  intent: {payload: query, type: multiclass, classes: [a, b]}
  names: {payload: tokens, type: spans, classes: [PER]}
  arg: {payload: members, type: select}
"""


def with_line(line):
    """The schema with another line for what the line declares."""
    name = line.partition(":")[0]
    lines = SCHEMA.splitlines()
    return "\n".join(f"  {line}" if each.strip().startswith(f"{name}:") else each for each in lines) + "\n"


@pytest.mark.parametrize(
    ("file", "written", "message"),
    [
        (
            "schema.yaml",
            "query: {type: singleton, value: text, base: [tokns]}",
            "schema.yaml:2:48 T008 'tokns' is not a payload. Payloads: query, tokens, person, members. "
            "Did you mean tokens?",
        ),
        (
            "schema.yaml",
            "members: {type: set, value: record, range: query, fields: {title: text}}",
            "schema.yaml:5:46 T012 Range needs a sequence payload, and 'query' is a singleton. "
            "Payloads of that type: tokens.",
        ),
        (
            "schema.yaml",
            "names: {payload: query, type: spans, classes: [PER]}",
            "schema.yaml:8:20 T012 Spans task 'names' needs a sequence payload, and 'query' is a "
            "singleton. Payloads of that type: tokens.",
        ),
        (
            "schema.yaml",
            "arg: {payload: tokens, type: select}",
            "schema.yaml:9:18 T012 Select task 'arg' needs a set payload, and 'tokens' is a sequence. "
            "Payloads of that type: members.",
        ),
        (
            "schema.yaml",
            "intent: {payload: query, type: multiclas, classes: [a, b]}",
            "schema.yaml:7:34 T007 type must be one of multiclass, bitvector, spans, select, "
            "regression, not 'multiclas'. Did you mean multiclass?",
        ),
        (
            "schema.yaml",
            "intent: {payload: query, type: multiclass, classes: [a, a]}",
            "schema.yaml:7:59 T013 'a' is listed twice. Remove one.",
        ),
        (
            "schema.yaml",
            "tokens: {type: sequence, value: token, max_length: 0}",
            "schema.yaml:3:54 T007 max_length must be a whole number of at least 1, not 0.",
        ),
        (
            "schema.yaml",
            "tokens: {type: sequence, value: tokens, max_length: 8}",
            "schema.yaml:3:35 T007 value must be one of token, number, vector, not 'tokens'. Did you mean token?",
        ),
        (
            "schema.yaml",
            "person: {type: singleton, value: record, fields: {age: nmber}}",
            "schema.yaml:4:58 T007 fields.age must be one of text, number, category, not 'nmber'. Did you mean number?",
        ),
        (
            "schema.yaml",
            "intent: {payload: qery, type: multiclass, classes: [a, b]}",
            "schema.yaml:7:21 T008 'qery' is not a payload. Payloads: query, tokens, person, members. "
            "Did you mean query?",
        ),
        (
            "schema.yaml",
            "query: {type: singleton, value: text, base: [query]}",
            "schema.yaml:2:3 T011 'query' is built on itself: query → query. Remove one of them from "
            "'base' or 'range'.",
        ),
        (
            "model.yaml",
            "payloads: {tokens: {encoder: lstmm}}",
            "model.yaml:1:30 T010 'lstmm' is not a known encoder. Known: bag, convolution, dense, gru, "
            "lstm, pretrained, transformer, trees. Did you mean lstm?",
        ),
        (
            "model.yaml",
            "payloads: {tokens: {encoder: dense}}",
            "model.yaml:1:30 T012 Encoder 'dense' cannot read token, which payload 'tokens' holds. "
            "Encoders for it: bag, convolution, gru, lstm, pretrained, transformer.",
        ),
        (
            "model.yaml",
            "payloads: {person: {encoder: convolution}}",
            "model.yaml:1:30 T012 Encoder 'convolution' cannot read record, which payload 'person' "
            "holds. Encoders for it: dense, trees.",
        ),
        (
            "model.yaml",
            "payloads: {query: {encoder: bag}}",
            "model.yaml:1:29 T122 Payload 'query' is a text with a base: a model sees tokens instead. "
            "Choose the encoder of tokens.",
        ),
        (
            "model.yaml",
            "payloads: {tokens: {encoder: lstm, size: 7}}",
            "model.yaml:1:42 T007 size must be a whole number of at least 2 and at most 4096, a multiple of 2, not 7.",
        ),
        (
            "model.yaml",
            "payloads: {tokens: {encoder: transformer, size: 10, heads: 4}}",
            "model.yaml:1:12 T007 Encoder 'transformer': size (10) must be a multiple of heads (4).",
        ),
        (
            "model.yaml",
            "payloads: {tokens: {encoder: lstm, heads: 2}}",
            "model.yaml:1:36 T005 'heads' is not a key of encoder 'lstm'. Keys: encoder, aggregate, "
            "size, layers, dropout, feature_dropout, wide.",
        ),
        (
            "model.yaml",
            "payloads: {tokens: {layers: 2}}",
            "model.yaml:1:21 T006 'layers' is a setting of an encoder. Add the key 'encoder': one of "
            "bag, convolution, dense, gru, lstm, pretrained, transformer, trees.",
        ),
        (
            "model.yaml",
            "payloads: {tokens: {aggregate: sum}}",
            "model.yaml:1:32 T007 aggregate must be one of mean, max, both, attention, not 'sum'.",
        ),
        (
            "model.yaml",
            "payloads: {tokenz: {encoder: lstm}}",
            "model.yaml:1:12 T008 'tokenz' is not a payload. Payloads: query, tokens, person, members. "
            "Did you mean tokens?",
        ),
        (
            "model.yaml",
            "payloads: {tokens: {encoder: lstm, dropout: 1.0}}",
            "model.yaml:1:45 T007 dropout must be a number of at least 0 and less than 1, not 1.0.",
        ),
        (
            "model.yaml",
            "training: {epochs: fifteen}",
            "model.yaml:1:20 T007 epochs must be a whole number of at least 1 or auto, not 'fifteen'.",
        ),
        (
            "model.yaml",
            "training: {learning_rate: -1}",
            "model.yaml:1:27 T007 learning_rate must be a number of more than 0 or auto, not -1.",
        ),
        (
            "model.yaml",
            "training: {device: gpu}",
            "model.yaml:1:20 T007 device must be auto, cpu, cuda or cuda:N, not 'gpu'.",
        ),
        (
            "model.yaml",
            "variants: {small: {tokens: {encoder: cnn}}}",
            "model.yaml:1:38 T010 'cnn' is not a known encoder. Known: bag, convolution, dense, gru, "
            "lstm, pretrained, transformer, trees.",
        ),
        (
            "model.yaml",
            "payloads: {tokens: {encoder: trees}}",
            "model.yaml:1:30 T012 Encoder 'trees' cannot read token, which payload 'tokens' holds. "
            "Encoders for it: bag, convolution, gru, lstm, pretrained, transformer.",
        ),
        (
            "model.yaml",
            "decisions: {intent: {costs: {c: 2}}}",
            "model.yaml:1:30 T008 'c' is not a class of task 'intent'. Classes: a, b.",
        ),
    ],
)
def test_a_wrong_choice_is_one_problem_with_its_line(tmp_path, file, written, message):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "all.jsonl").write_text('{"id": "1", "payloads": {}, "tags": ["train"]}\n')
    (tmp_path / "schema.yaml").write_text(with_line(written) if file == "schema.yaml" else SCHEMA)
    if file != "schema.yaml":
        (tmp_path / file).write_text(written)

    assert list(map(str, check(tmp_path).problems)) == [message]
