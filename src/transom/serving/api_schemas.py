"""The schemas of what goes in and out, by name; those of records and replies are made from the project's schema."""

from collections.abc import Mapping, Sequence

from transom.data.reply_schema import reply_schema
from transom.schema.jsonschema_parts import (
    COUNT,
    NAME,
    NUMBER,
    SHARE,
    TEXT,
    JsonSchema,
    array_schema,
    mapping_schema,
    object_schema,
    or_null,
)
from transom.schema.line_schema import payloads_schema
from transom.serving.tensors import outputs_of
from transom.serving.versions import Loaded


def _exactly(properties: Mapping[str, JsonSchema]) -> JsonSchema:
    """An object of these properties, all of them."""
    return object_schema(properties, properties)


def _named(name: str) -> JsonSchema:
    return {"$ref": f"#/components/schemas/{name}"}


TRUE: JsonSchema = {"const": True}
FLAG: JsonSchema = {"type": "boolean"}
POSITIVE: JsonSchema = {"type": "integer", "minimum": 1}
VERSION = {**POSITIVE, "description": "The number of a version."}
ALARM = or_null(_exactly({"version": or_null(VERSION), "code": NAME}))
CANDIDATE = _exactly({"name": NAME, "version": or_null(VERSION), "alarm": ALARM})
STATUS = {"version": VERSION, "alarm": ALARM, "policy": NAME}
LOOKUP = _exactly({"version": VERSION, "key": NAME, "computed": NAME, "n_keys": COUNT})


def _status(properties: Mapping[str, JsonSchema]) -> JsonSchema:
    """These properties, and which versions answer; a candidate is there only under a policy."""
    always = {**properties, **STATUS}
    return object_schema({**always, "candidate": CANDIDATE}, always)


SHAPE = array_schema({"type": "integer", "minimum": -1})
TENSOR = _exactly({"name": NAME, "datatype": {"enum": ["BYTES", "FP32"]}, "shape": SHAPE})

FIXED: Mapping[str, JsonSchema] = {
    "Text": TEXT,
    "Document": {"type": "object"},
    "Health": _exactly({"alive": TRUE}),
    "Liveness": _exactly({"live": TRUE}),
    "Readiness": _status({"ready": TRUE}),
    "Reloaded": _status({"changed": FLAG}),
    "Versions": _status(
        {
            "follows": {**NAME, "description": "The alias or the number that the server was started with."},
            "aliases": mapping_schema(VERSION),
            "versions": array_schema(VERSION),
            "precomputed": or_null(_exactly({"lookup": or_null(LOOKUP), "alarm": or_null(NAME)})),
        }
    ),
    "LookedUp": object_schema(
        {
            "key": NAME,
            "computed": {**NAME, "format": "date-time"},
            "id": {"description": "The record's, as it was."},
            "version": VERSION,
            "predictions": {**mapping_schema({"type": "object"}), "description": "As in a reply of that version."},
            "slices": mapping_schema(SHARE),
        },
        ["key", "computed", "id", "version", "predictions"],
    ),
    "ServerMetadata": _exactly({"name": NAME, "version": NAME, "extensions": array_schema(NAME)}),
    "ModelReadiness": _exactly({"name": NAME, "ready": TRUE}),
    "ModelMetadata": _exactly(
        {
            "name": NAME,
            "versions": array_schema(NAME),
            "platform": NAME,
            "inputs": array_schema(TENSOR),
            "outputs": array_schema(TENSOR),
        }
    ),
    "Error": _exactly(
        {
            "error": _exactly(
                {
                    "code": {**NAME, "description": "`transom explain CODE` says more."},
                    "message": NAME,
                    "pointer": {**or_null(TEXT), "description": "Where in the body, as a JSON pointer."},
                    "request_id": NAME,
                }
            )
        }
    ),
    "InferenceError": _exactly({"error": NAME}),
    "InferenceReply": object_schema(
        {
            "model_name": NAME,
            "model_version": NAME,
            "id": TEXT,
            "outputs": array_schema(
                object_schema(
                    {
                        **TENSOR["properties"],
                        "data": {"type": "array", "items": {"anyOf": [TEXT, NUMBER]}},
                        "parameters": _exactly({"binary_data_size": COUNT}),
                    },
                    ["name", "datatype", "shape"],
                )
            ),
        },
        ["model_name", "model_version", "outputs"],
    ),
}


def api_schemas(loaded: Loaded, most_records: int) -> dict[str, JsonSchema]:
    """The schemas that a server needs while this version answers; a request has at most so many records."""
    schema = loaded.predictor.schema
    tasks = [head.task for head in loaded.predictor.signature.heads]
    properties = {"id": {"description": "Comes back with the reply."}, "payloads": payloads_schema(schema)}
    record = {
        "type": "object",
        "properties": properties,
        "required": ["payloads"],
        "description": "A record in transom's data format; of it only `payloads` is looked at.",
    }
    records = {**array_schema(_named("Record")), "minItems": 1, "maxItems": most_records}
    lone = {**record, "properties": {**properties, "records": False}}
    several = {"type": "object", "properties": {"records": records}, "required": ["records"]}
    return {
        **FIXED,
        "Record": record,
        "Asked": {"oneOf": [lone, several]},
        "Reply": reply_schema(schema, tasks, loaded.predictor.signature.slices),
        "Predicted": {"oneOf": [_named("Reply"), _exactly({"predictions": array_schema(_named("Reply"))})]},
        "InferenceRequest": _inference_request(
            [payload.name for payload in schema.payloads], [output.name for output in outputs_of(loaded)]
        ),
    }


def _inference_request(inputs: Sequence[str], outputs: Sequence[str]) -> JsonSchema:
    """Tensors by name; that a shape fits its data cannot be said in JSON Schema."""
    options: JsonSchema = {"type": "object"}
    tensor = object_schema(
        {
            "name": {"enum": list(inputs)},
            "datatype": {"const": "BYTES"},
            "shape": {**array_schema(POSITIVE), "minItems": 1, "maxItems": 2},
            "data": {"type": "array", "minItems": 1, "description": "Texts; other values than text as JSON."},
            "parameters": options,
        },
        ["name", "datatype", "shape"],
    )
    wanted = object_schema({"name": {"enum": list(outputs)}, "parameters": options}, ["name"])
    properties = {
        "id": TEXT,
        "parameters": options,
        "inputs": {**array_schema(tensor), "minItems": 1},
        "outputs": array_schema(wanted),
    }
    return object_schema(properties, ["inputs"])
