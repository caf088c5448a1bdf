"""The messages of the Open Inference Protocol, made from the compiled `open_inference.proto`.

They live in a pool of descriptors of their own: Triton's client registers the same names in the pool of the process,
which takes each but once. No code is generated, so that any release of protobuf reads them.
"""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClassesForFiles

PACKAGE = "inference"
SERVICE = f"{PACKAGE}.GRPCInferenceService"
COMPILED = "open_inference.binpb"


@cache
def messages() -> Mapping[str, Any]:
    """The class of each message by its name, without the package."""
    files = FileDescriptorSet.FromString(resources.files("transom.serving").joinpath(COMPILED).read_bytes()).file
    pool = DescriptorPool()
    for file in files:
        pool.Add(file)
    found = GetMessageClassesForFiles([file.name for file in files], pool)
    return {name.removeprefix(f"{PACKAGE}."): message for name, message in found.items()}
