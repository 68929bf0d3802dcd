"""What is written is read back, and what is not known is absent."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from encoded import encode

from truemorph.components.errors import InputError
from truemorph.components.examples.encoding import Encoder
from truemorph.components.examples.features import FEATURES, SPLITS
from truemorph.components.examples.table import read_table
from truemorph.components.examples.tfrecord import (
    places,
    read_place,
    records,
    shard_path,
    shards,
    write_shard,
)
from truemorph.components.files import hash_file
from truemorph.schemas.examples import example_schema

FULL: dict[str, Any] = {
    "objid": "587739505552785605",
    "alpha": 7.5,
    "label_raw": 1,
    "label_debiased": 0,
    **{name: 0.25 for name, kind in FEATURES.items() if kind == "float" and name != "alpha"},
    "smooth_count": 27,
    "disk_count": 10,
    "artifact_count": 1,
}
BARE: dict[str, Any] = {**dict.fromkeys(FEATURES), "objid": "银河", "alpha": 3.0, "label_raw": 0, "ng": np.nan}
BARE["label_debiased"] = pd.NA


def write(examples: Path) -> None:
    """Two train shards with two records each, one eval record, an empty test split."""
    for index in range(2):
        path = shard_path(examples, "train", index, 2)
        write_shard(path, [encode({**FULL, "objid": f"{index}-full"}, b"a"), encode({**BARE}, b"b")])
    write_shard(shard_path(examples, "eval", 0, 1), [encode(FULL, b"c")])
    write_shard(shard_path(examples, "test", 0, 1), [])


def test_records_are_read_from_their_places(tmp_path: Path) -> None:
    write(tmp_path)
    paths = shards(tmp_path, "train")
    found = places(paths)
    assert [place["shard"] for place in found] == [paths[0], paths[0], paths[1], paths[1]]
    expected = [record for path in paths for record in records(path)]
    assert [read_place(place) for place in found[::-1]] == expected[::-1]
    assert places(shards(tmp_path, "test")).shape == (0,)


def test_a_table_of_everything(tmp_path: Path) -> None:
    write(tmp_path)
    table = read_table(tmp_path)
    assert list(table.columns) == [*FEATURES, "split"]
    assert table["objid"].to_list() == ["0-full", "银河", "1-full", "银河", FULL["objid"]]
    assert table["split"].to_list() == ["train"] * 4 + ["eval"]
    for name, kind in FEATURES.items():
        assert str(table[name].dtype) == {"bytes": "object", "int64": "Int64", "float": "float64"}[kind]
        assert table[name].iloc[4] == FULL[name], name
        if name not in ("objid", "alpha", "label_raw"):
            assert pd.isna(table[name].iloc[1]), name


def test_absent_is_absent_not_a_value(tmp_path: Path) -> None:
    from tensorflow.core.example import example_pb2

    features = example_pb2.Example.FromString(encode(BARE, b"image")).features.feature
    assert set(features) == {"image", "objid", "alpha", "label_raw"}
    assert features["image"].bytes_list.value[0] == b"image"


def test_one_example_has_one_serialization() -> None:
    assert len({encode(dict(sorted(FULL.items(), reverse=bool(i % 2))), b"x" * 99) for i in range(20)}) == 1


def test_some_columns_of_one_split(tmp_path: Path) -> None:
    write(tmp_path)
    table = read_table(tmp_path, split="train", columns=["alpha", "label_debiased"])
    assert list(table.columns) == ["alpha", "label_debiased", "split"]
    assert table["alpha"].to_list() == [7.5, 3.0, 7.5, 3.0]
    assert table["label_debiased"].isna().to_list() == [False, True, False, True]
    assert list(read_table(tmp_path, split="train", columns=["objid"]).columns) == ["objid", "split"]


def test_an_empty_split_has_typed_columns_and_no_rows(tmp_path: Path) -> None:
    write(tmp_path)
    table = read_table(tmp_path, split="test")
    assert len(table) == 0
    assert str(table["label_raw"].dtype) == "Int64" and str(table["alpha"].dtype) == "float64"


def test_more_records_than_a_batch(tmp_path: Path) -> None:
    encoder = Encoder(pd.DataFrame({name: [value] * 1500 for name, value in FULL.items()} | {"alpha": np.arange(1500)}))
    for split in SPLITS:
        write_shard(shard_path(tmp_path, split, 0, 1), (encoder.example(row, b"") for row in range(1500)))
    np.testing.assert_array_equal(read_table(tmp_path, "eval", ["alpha"])["alpha"], np.arange(1500.0))


def test_unknown_names_are_programming_errors(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"Received: columns=\['image'\]"):
        read_table(tmp_path, columns=["image"])
    with pytest.raises(ValueError, match="split='valid'"):
        read_table(tmp_path, split="valid")


def test_a_folder_without_examples_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"Split-train: no examples here; give the folder 'examples'"):
        read_table(tmp_path)


def test_a_missing_shard_is_seen(tmp_path: Path) -> None:
    write(tmp_path)
    assert [path.name for path in shards(tmp_path, "train")] == [f"data_tfrecord-0000{i}-of-00002" for i in (0, 1)]
    shard_path(tmp_path, "train", 0, 2).unlink()
    with pytest.raises(InputError, match="which is an incomplete set; ingest again"):
        shards(tmp_path, "train")


@pytest.mark.parametrize("damage", [lambda data: data[:-5], lambda data: data[:40] + b"?" + data[41:]])
def test_a_damaged_shard_is_named(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    write(tmp_path)
    path = shard_path(tmp_path, "eval", 0, 1)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(
        InputError, match="data_tfrecord-00000-of-00001: these examples were written by another version"
    ):
        read_table(tmp_path)
    with pytest.raises(InputError, match="a damaged TFRecord file"):
        list(records(path))


def test_a_feature_of_another_kind_is_named(tmp_path: Path) -> None:
    from tensorflow.core.example import example_pb2

    example = example_pb2.Example.FromString(encode(FULL, b""))
    example.features.feature["alpha"].int64_list.value.append(7)
    write_shard(shard_path(tmp_path, "eval", 0, 1), [example.SerializeToString()])
    with pytest.raises(InputError, match="alpha"):
        read_table(tmp_path, "eval")


def test_a_shard_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    def failing() -> Any:
        yield encode(FULL, b"a")
        raise OSError("no space left on device")

    path = shard_path(tmp_path, "train", 0, 1)
    with pytest.raises(OSError, match="no space left"):
        write_shard(path, failing())
    assert not path.exists()
    count, digest = write_shard(path, [encode(FULL, b"a")])
    assert (count, digest) == (1, hash_file(path))
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_features_are_those_of_the_schema() -> None:
    kinds = {"bytes": "BYTES", "int64": "INT", "float": "FLOAT"}
    described = {feature.name: feature for feature in example_schema().feature}
    from tensorflow_metadata.proto.v0 import schema_pb2

    assert list(described) == ["image", *FEATURES]
    for name, kind in FEATURES.items():
        assert schema_pb2.FeatureType.Name(described[name].type) == kinds[kind], name
