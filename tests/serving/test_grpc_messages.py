"""The messages are those of the published protocol, and what is compiled is what is written."""

import subprocess
import sys

from google.protobuf.descriptor_pb2 import FileDescriptorSet
from tritonclient.grpc import service_pb2 as triton

from transom.serving.grpc_inference import METHODS
from transom.serving.grpc_messages import COMPILED, SERVICE, messages


def test_the_compiled_messages_are_those_that_are_written(repository, tmp_path):
    folder, made = repository / "src" / "transom" / "serving", tmp_path / COMPILED
    command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{folder}", f"--descriptor_set_out={made}"]
    subprocess.run([*command, "open_inference.proto"], check=True)

    assert FileDescriptorSet.FromString(made.read_bytes()) == FileDescriptorSet.FromString(
        (folder / COMPILED).read_bytes()
    )


def fields_of(message):
    """Number, name, kind and choice of every field, and those of the messages inside."""
    own = {
        (
            field.number,
            field.name,
            field.type,
            field.is_repeated,
            field.containing_oneof and field.containing_oneof.name,
        )
        for field in message.fields
    }
    return own, {inner.name: fields_of(inner) for inner in message.nested_types}


def test_a_client_of_triton_means_the_same_by_every_field():
    known = triton.DESCRIPTOR.message_types_by_name

    assert {name: fields_of(made.DESCRIPTOR) for name, made in messages().items()} == {
        name: fields_of(known[name]) for name in messages()
    }


def test_every_method_of_the_service_is_answered():
    (service,) = next(iter(messages().values())).DESCRIPTOR.file.services_by_name.values()

    assert service.full_name == SERVICE == triton.DESCRIPTOR.services_by_name["GRPCInferenceService"].full_name
    assert [method.name for method in service.methods] == list(METHODS)
