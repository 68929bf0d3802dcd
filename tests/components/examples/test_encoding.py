"""Protobuf reads the bytes of an Example as the message meant, and its own serialization is no shorter."""

from typing import Any

import numpy as np
import pandas as pd
from encoded import encode
from hypothesis import given, settings
from hypothesis import strategies as st

from truemorph.components.examples.encoding import Encoder
from truemorph.components.examples.features import FEATURES

VALUES = {
    "bytes": st.text(st.characters(exclude_categories=["Cs"]), max_size=300),
    "int64": st.none() | st.integers(-(2**63), 2**63 - 1),
    "float": st.none() | st.floats(allow_nan=False),
}


def check(found: bytes, values: dict[str, Any], image: bytes) -> None:
    """Parsed, it is the message that protobuf builds; of the same length; features in order of their names."""
    from tensorflow.core.example import example_pb2

    example = example_pb2.Example()
    feature = example.features.feature
    feature["image"].bytes_list.value.append(image)
    for name, value in values.items():
        if value is None:
            continue
        if FEATURES[name] == "bytes":
            feature[name].bytes_list.value.append(value.encode())
        elif FEATURES[name] == "int64":
            feature[name].int64_list.value.append(value)
        else:
            feature[name].float_list.value.append(value)
    assert example_pb2.Example.FromString(found) == example
    assert len(found) == example.ByteSize()
    place = 0
    for name in sorted(feature):
        place = found.index(b"\x0a" + bytes((len(name),)) + name.encode() + b"\x12", place)


@settings(deadline=None, max_examples=60)
@given(st.fixed_dictionaries({name: VALUES[kind] for name, kind in FEATURES.items()}), st.binary(max_size=2000))
def test_one_galaxy(values: dict[str, Any], image: bytes) -> None:
    check(encode(values, image), values, image)


def test_a_table_of_galaxies() -> None:
    rng = np.random.default_rng(0)
    rows: list[dict[str, Any]] = []
    for _ in range(200):
        row: dict[str, Any] = {"objid": str(rng.integers(1 << 60))}
        for name, kind in FEATURES.items():
            if kind != "bytes":
                value = int(rng.integers(0, 300)) if kind == "int64" else float(rng.lognormal())
                row[name] = None if rng.random() < 0.3 else value
        rows.append(row)
    table = pd.DataFrame(rows)
    for name, kind in FEATURES.items():
        if kind == "int64":
            table[name] = table[name].astype("Int64")
    encoder = Encoder(table)
    for place, row in enumerate(rows):
        image = bytes(rng.integers(0, 256, rng.integers(0, 40000), dtype=np.uint8))
        check(encoder.example(place, image), row, image)


def test_no_galaxies() -> None:
    Encoder(pd.DataFrame({"objid": pd.Series(dtype=object), "alpha": pd.Series(dtype=float)}))
