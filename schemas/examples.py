"""The schema of an Example, as tensorflow-metadata holds it."""

from functools import cache
from importlib.resources import files
from typing import Any


@cache
def example_schema(classes: int = 2) -> Any:
    """The tensorflow_metadata Schema in example.pbtxt: each feature's kind, domain and whether it must be there.

    Args:
        classes: how many there are.
    """
    from google.protobuf import text_format
    from tensorflow_metadata.proto.v0 import schema_pb2

    schema = text_format.Parse((files("truemorph.schemas") / "example.pbtxt").read_text("utf-8"), schema_pb2.Schema())
    for feature in schema.feature:
        if feature.int_domain.name == "label":
            feature.int_domain.max = classes - 1
    return schema
