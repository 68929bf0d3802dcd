"""The whole ingest: what Beam makes is what a plain join makes, byte for byte the same however it is run."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from upstream import Sky

from truemorph.components.base import Component
from truemorph.components.errors import InputError
from truemorph.components.example_gen import executor, ingest, splits
from truemorph.components.example_gen.executor import SPEC, execute
from truemorph.components.examples import draws
from truemorph.components.examples.features import SPLITS
from truemorph.components.examples.table import read_table
from truemorph.components.examples.tfrecord import records, shards

ANSWERS = ("a01_smooth", "a02_features_or_disk", "a03_star_or_artifact")


def plain_join(sky: Sky) -> pd.DataFrame:
    """What the examples must hold, by pandas alone."""
    votes = sky.votes.rename(columns={"dr7objid": "objid"})
    table = votes.merge(sky.photometry, on="objid").merge(sky.structure.rename(columns={"objID": "objid"}), on="objid")
    answers = [f"t01_smooth_or_features_{answer}" for answer in ANSWERS]
    fractions = table[[f"{answer}_fraction" for answer in answers]].to_numpy()
    expected = table[["objid", "petroRad_r", "psfWidth_r", "ng", "e", "Rhlr"]].copy()
    expected["alpha"] = table["petroRad_r"] / (table["psfWidth_r"] / np.sqrt(8 * np.log(2)))
    expected["label_raw"] = fractions.argmax(axis=1)
    for place, name in enumerate(("smooth", "disk", "artifact")):
        expected[f"{name}_fraction"] = fractions[:, place]
        expected[f"{name}_count"] = table[f"{answers[place]}_count"]
    expected["redshift"] = table["z"]
    expected["absPetroMag_r"] = table["petroMag_r"] - 5 * np.log10(4.28e8 * table["z"])
    return expected.sort_values("objid", ignore_index=True)


def images(examples: Path) -> dict[str, bytes]:
    """Bytes of each image, by objid."""
    from tensorflow.core.example import example_pb2

    found = {}
    for split in SPLITS:
        for path in shards(examples, split):
            for record in records(path):
                feature = example_pb2.Example.FromString(record).features.feature
                found[feature["objid"].bytes_list.value[0].decode()] = feature["image"].bytes_list.value[0]
    return found


def test_examples_are_the_plain_join(sky: Sky) -> None:
    dataset = sky.ingest()
    table = read_table(dataset.examples)
    for split in SPLITS:
        ids = table.loc[table["split"] == split, "objid"].to_list()
        assert ids == sorted(ids)
    expected = plain_join(sky)
    found = table.sort_values("objid", ignore_index=True)
    assert found["objid"].to_list() == expected["objid"].to_list()
    for name in expected.columns.drop("objid"):
        np.testing.assert_allclose(found[name].to_numpy(float), expected[name].to_numpy(float), rtol=1e-6, err_msg=name)
    assert images(dataset.examples) == {objid: sky.image(objid).read_bytes() for objid in sky.ids}
    assert dataset.reasons == {}
    manifest = dataset.manifest
    assert manifest["counts"]["rows_in"] == 40 == sum(manifest["counts"][split] for split in SPLITS)
    assert manifest["tables"] == {"votes": 40, "photometry": 40, "structure": 40}
    known = [name for name in table.columns.drop("split") if table[name].notna().any()]
    assert manifest["features"] == ["image", *known]
    assert sorted(path.name for path in dataset.examples.iterdir()) == [
        "Split-eval",
        "Split-test",
        "Split-train",
        "manifest.json",
    ]


def test_every_bad_row_is_a_reject_with_its_reason(sky: Sky, jpeg: Any) -> None:
    ids = sky.ids
    expected = {}
    for place, (reason, data) in enumerate(
        {
            "image_empty": b"",
            "image_truncated": jpeg(1)[:-20],
            "image_not_jpeg (HTML or XML)": b"<html>404</html>",
            "no_image": None,
        }.items()
    ):
        expected[ids[place]] = reason
        sky.image(ids[place]).unlink()
        if data is not None:
            sky.image(ids[place]).write_bytes(data)
    # A PNG is one, whatever its name says.
    Image.new("RGB", (8, 8)).save(sky.image(ids[4]), "PNG")
    Image.new("RGB", (5000, 8)).save(sky.image(ids[5]))
    expected[ids[5]] = "image_too_large"
    for place, name, value, reason in (
        (6, "petroRad_r", -9999.0, "bad_petroRad_r"),
        (7, "petroRad_r", np.nan, "no_petroRad_r"),
        (8, "psfWidth_r", -1.0, "bad_psfWidth_r"),
    ):
        sky.photometry.loc[sky.photometry["objid"] == ids[place], name] = value
        expected[ids[place]] = reason
    sky.photometry = sky.photometry[sky.photometry["objid"] != ids[9]]
    expected[ids[9]] = "no_photometry"
    sky.votes.loc[10, [f"t01_smooth_or_features_{answer}_fraction" for answer in ANSWERS]] = [0.1, 0.1, 0.8]
    expected[ids[10]] = "star_or_artifact"
    sky.votes = pd.concat([sky.votes, sky.votes.iloc[[11]]])
    expected[ids[11]] = "duplicate_id"
    sky.votes.loc[12, "dr7objid"] = "../../x"
    sky.photometry.loc[sky.photometry["objid"] == ids[12], "objid"] = "../../x"
    expected["../../x"] = "unsafe_image_name"

    dataset = sky.ingest()
    assert dataset.reasons == expected
    counts = dataset.manifest["counts"]
    assert counts["rejects"]["duplicate_id"] == 2
    assert counts["rows_in"] == 41 == sum(counts["rejects"].values()) + sum(counts[split] for split in SPLITS)
    assert set(read_table(dataset.examples)["objid"]) == set(ids) - set(expected) - {ids[12]}
    assert dataset.rejects_file.read_text().count("duplicate_id") == 2


def test_many_shards_hold_the_same_examples(sky: Sky, monkeypatch: pytest.MonkeyPatch) -> None:
    one = read_table(sky.ingest("one").examples)
    monkeypatch.setattr(splits, "ROWS_PER_SHARD", 3)
    monkeypatch.setattr(splits, "_MIN_BUCKETS", 4)
    dataset = sky.ingest("many")
    many = read_table(dataset.examples)
    assert [len(shards(dataset.examples, split)) for split in SPLITS] == [11, 2, 2]
    key = ["split", "objid"]
    pd.testing.assert_frame_equal(
        many.sort_values(key, ignore_index=True), one.sort_values(key, ignore_index=True), check_exact=True
    )


def test_same_bytes_in_any_order_format_and_batch(sky: Sky, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(splits, "ROWS_PER_SHARD", 20)
    sky.image(sky.ids[0]).unlink()
    first = sky.ingest("first")
    rng = np.random.default_rng(1)
    for name in ("votes", "photometry", "structure"):
        setattr(sky, name, getattr(sky, name).iloc[rng.permutation(40)])
    monkeypatch.setattr("truemorph.components.tables.table.ROWS_PER_BATCH", 7)
    second = sky.ingest("second", ending=".parquet")
    assert first.files() == second.files()
    assert first.files().keys() >= {"examples/manifest.json", "rejects.csv"}


def test_another_seed_is_another_dataset(sky: Sky) -> None:
    hashes = {sky.ingest(f"seed{seed}", split_seed=seed).manifest["content_hash"] for seed in (0, 1)}
    assert len(hashes) == 2


def test_balance_keeps_as_many_of_each_class(sky: Sky) -> None:
    answers = [f"t01_smooth_or_features_{answer}_fraction" for answer in ANSWERS]
    sky.votes.loc[sky.votes.index[:30], answers] = [0.8, 0.1, 0.1]
    sky.votes.loc[sky.votes.index[30:], answers] = [0.1, 0.8, 0.1]
    dataset = sky.ingest(balance=True)
    kept = read_table(dataset.examples)
    assert kept["label_raw"].value_counts().to_dict() == {0: 10, 1: 10}
    assert set(dataset.reasons.values()) == {"not_sampled_balance"}
    turn = {objid: draws.hash_words([objid], 0)[0, 2] for objid in sky.ids[:30]}
    assert set(kept.loc[kept["label_raw"] == 0, "objid"]) == set(sorted(turn, key=turn.__getitem__)[:10])


def test_no_galaxy_left_names_the_leading_reasons(sky: Sky) -> None:
    sky.photometry["objid"] = [f"{objid}9" for objid in sky.photometry["objid"]]
    with pytest.raises(
        InputError, match=r"none of the 40 galaxies in .*votes\.csv, .* is left: no_photometry 40; check"
    ):
        sky.ingest()
    assert list((sky.folder / "out").iterdir()) == []


def test_no_galaxy_left_with_balance(sky: Sky) -> None:
    answers = [f"t01_smooth_or_features_{answer}_fraction" for answer in ANSWERS]
    sky.votes[answers] = [0.8, 0.1, 0.1]
    with pytest.raises(InputError, match="not_sampled_balance 40"):
        sky.ingest(balance=True)


def test_ids_as_floats_are_one_clear_line(sky: Sky, capfd: pytest.CaptureFixture[str]) -> None:
    sky.photometry["objid"] = sky.photometry["objid"].astype(float)
    with pytest.raises(InputError, match=r"photometry\.csv: id column 'objid' holds '5\.877\S+', written as a float"):
        sky.ingest()
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize(
    ("runner", "why"),
    [
        ("DirectRunner", r"is not supported \(it first tries to download a binary\); choose FnApiRunner"),
        (
            "direct_running_mode=multi_threading",
            r"is not supported \(it loses records\); choose FnApiRunner",
        ),
    ],
)
def test_other_runners_are_refused_by_name(sky: Sky, runner: str, why: str) -> None:
    with pytest.raises(InputError, match=rf"beam\.runner: '{runner}' {why}"):
        sky.ingest(runner=runner)


def test_a_lost_shard_fails_the_step(sky: Sky, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executor, "run", lambda *_: None)
    with pytest.raises(RuntimeError, match="the runner came back without this shard"):
        sky.ingest()


def test_lost_rows_fail_the_step(sky: Sky, monkeypatch: pytest.MonkeyPatch) -> None:
    gather = ingest.gather
    monkeypatch.setattr(ingest, "gather", lambda found: {k: t.iloc[1:] for k, t in gather(found).items()})
    with pytest.raises(RuntimeError, match=r"votes\.csv: 40 rows, but \d+ examples and \d+ rejects"):
        sky.ingest()


def test_the_spec_fits_the_component(tmp_path: Path, parameters: dict[str, Any]) -> None:
    inputs = {name: tmp_path / name for name in ("votes", "photometry", "images")}
    outputs = {"examples": tmp_path / "examples", "rejects": tmp_path / "rejects.csv"}
    assert Component(SPEC, execute, inputs, outputs, parameters).id == "ExampleGen"
