"""The schema of an Example, as tensorflow-metadata holds it."""

from functools import cache
from importlib.resources import files
from typing import Any


@cache
def example_schema() -> Any:
    """The tensorflow_metadata Schema in example.pbtxt: each feature's kind, domain and whether it must be there."""
    from google.protobuf import text_format
    from tensorflow_metadata.proto.v0 import schema_pb2

    return text_format.Parse((files("truemorph.schemas") / "example.pbtxt").read_text("utf-8"), schema_pb2.Schema())
