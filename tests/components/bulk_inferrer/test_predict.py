"""Predictions for images and datasets: columns, formats, damaged files, and resuming."""

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
import toy
from astropy.table import Table

from truemorph.components.bulk_inferrer.predict import predict
from truemorph.components.bulk_inferrer.work import part_path
from truemorph.components.errors import InputError


def read(path: Path) -> pd.DataFrame:
    if path.suffix == ".fits":
        table = Table.read(path, mask_invalid=False)
        table.convert_bytestring_to_unicode()
        return table.to_pandas()
    return pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path, dtype={"objid": str})


def facts_of(path: Path) -> dict[str, Any]:
    """What a Parquet file's metadata say of the model."""
    import pyarrow.parquet

    found = json.loads(pyarrow.parquet.read_schema(path).metadata[b"truemorph"])
    return {name: value for name, value in found.items() if value is not None}


@pytest.mark.parametrize("ending", [".csv", ".fits"])
def test_every_image_has_a_row(model: Path, images: Path, tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"p{ending}"
    counts = predict(model, images, out)
    table = read(out)
    assert list(table.columns) == ["objid", "p_disk", "label", "status"]
    assert table["objid"].tolist() == sorted(
        path.name if path.suffix == ".txt" else path.stem for path in images.iterdir()
    )
    good = table[table["status"] == "ok"]
    assert len(good) == 70
    assert good["p_disk"].between(0, 1).all() and good["p_disk"].std() > 0.001
    assert (good["label"] == np.where(good["p_disk"] > 0.5, "disk", "smooth")).all()
    bad = table[table["status"] != "ok"]
    assert bad["objid"].tolist() == ["a_truncated", "b_empty", "c_text", "notes.txt"]
    reasons = ["image_truncated", "image_empty", "image_not_png (unknown)", "not_an_image"]
    assert bad["status"].tolist() == [f"unreadable: {reason}" for reason in reasons]
    assert counts["reasons"] == dict.fromkeys(sorted(reasons), 1) and counts["unreadable"] == 4
    assert bad["p_disk"].isna().all() and bad["label"].replace("", None).isna().all()
    companion = ["p.csv-metadata.json"] if ending == ".csv" else []
    assert sorted(path.name for path in tmp_path.iterdir()) == [out.name, *companion]


def test_a_dataset_has_posteriors_and_the_file_says_by_which_law(model: Path, tmp_path: Path) -> None:
    from importlib.metadata import version

    from truemorph.components.examples.table import read_table

    toy.sky(tmp_path / "examples", 8, 3, 5)
    out = tmp_path / "p.parquet"
    predict(model, None, out, tmp_path / "examples")
    table, truth = read(out), read_table(tmp_path / "examples")
    assert table["objid"].tolist() == truth["objid"].tolist()
    assert table["split"].tolist() == truth["split"].tolist()
    assert table["in_training"].isna().all()  # the model does not say which dataset it was trained on
    np.testing.assert_allclose(table["alpha"], truth["alpha"], rtol=1e-6)
    assert table["observed"].tolist() == np.where(truth["label_raw"] == 1, "disk", "smooth").tolist()
    posterior = toy.LAW.posterior(table["p_disk"], table["alpha"], truth["label_raw"].to_numpy(np.int64))
    np.testing.assert_allclose(table["p_disk_posterior"], posterior, atol=1e-6)
    facts = facts_of(out)
    assert len(facts.pop("model_hash")) == 64
    assert facts == {
        "truemorph": version("truemorph"),
        "model": "debiased",
        "law": "exponential",
        "theta": 9.18,
        "symmetries": 1,
    }


def test_answers_are_averaged_over_symmetries(model: Path, images: Path, tmp_path: Path) -> None:
    """As asked for, or as the model's card says."""
    from truemorph.components.images.decode import decode
    from truemorph.components.images.symmetries import averaged

    own = tmp_path / "own"
    shutil.copytree(model, own)
    card = json.loads((own / "model.json").read_text())
    (own / "model.json").write_text(json.dumps(card | {"symmetries": 8}))
    predict(model, images, tmp_path / "asked.parquet", symmetries=8)
    predict(own, images, tmp_path / "own.parquet")
    asked = read(tmp_path / "asked.parquet")
    pd.testing.assert_frame_equal(asked, read(tmp_path / "own.parquet"))
    assert facts_of(tmp_path / "asked.parquet")["symmetries"] == 8
    network = keras.saving.load_model(model / "model.keras")
    good = asked[asked["status"] == "ok"]
    pixels = np.stack([decode((images / f"{objid}.jpg").read_bytes(), 0.5, 32) for objid in good["objid"]])
    np.testing.assert_allclose(good["p_disk"], tf.nn.softmax(averaged(network, pixels, 8))[:, 1], rtol=1e-4)


def test_without_a_law_or_a_label_the_posterior_is_null(model: Path, tmp_path: Path) -> None:
    naive = tmp_path / "naive"
    naive.mkdir()
    (naive / "model.keras").write_bytes((model / "model.keras").read_bytes())
    (naive / "model.json").write_text('{"image_size": 32, "crop": 0.5, "name": "naive", "law": null, "theta": null}')
    rng = np.random.default_rng(0)
    made = [toy.example(toy.blob(rng, True), str(n), alpha=9.0, label_raw=None if n else 0) for n in range(3)]
    for split in ("train", "eval", "test"):
        toy.shard(tmp_path / "e" / f"Split-{split}" / "data_tfrecord-00000-of-00001", made if split == "test" else [])
    for given, known in ((naive, [False] * 3), (model, [True, False, False])):
        predict(given, None, tmp_path / "p.parquet", tmp_path / "e")
        table = pd.read_parquet(tmp_path / "p.parquet")
        assert table["p_disk_posterior"].notna().tolist() == known
        assert table["p_disk"].notna().all()
    assert facts_of(tmp_path / "p.parquet")["theta"] == 9.18


def test_a_zip_gives_what_the_folder_gives(model: Path, images: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "i.zip", "w") as archive:
        for path in images.iterdir():
            archive.write(path, f"images_gz2/{path.name}")
    predict(model, images, tmp_path / "folder.csv")
    predict(model, tmp_path / "i.zip", tmp_path / "zip.csv")
    pd.testing.assert_frame_equal(read(tmp_path / "folder.csv"), read(tmp_path / "zip.csv"))


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("truemorph.components.bulk_inferrer.parts.IMAGES_PER_PART", 20)


def test_an_interrupted_call_goes_on(
    model: Path,
    images: Path,
    tmp_path: Path,
    small_parts: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from truemorph.components.bulk_inferrer import beam as inference

    predict(model, images, tmp_path / "whole.csv")
    assert "continuing" not in capsys.readouterr().err
    plain = inference.write_part

    def dies(work: Path, number: int, table: pd.DataFrame) -> None:
        if number == 2:
            (work / "part-00002.tmp").write_text("half a part")
            raise RuntimeError("the machine goes down")
        plain(work, number, table)

    monkeypatch.setattr(inference, "write_part", dies)
    with pytest.raises(RuntimeError, match="the machine goes down"):
        predict(model, images, tmp_path / "p.csv")
    work = tmp_path / ".p.csv.parts"
    assert not (tmp_path / "p.csv").exists()
    assert [part_path(work, number).exists() for number in range(4)] == [True, True, False, False]
    capsys.readouterr()

    def refuses_done_parts(work: Path, number: int, table: pd.DataFrame) -> None:
        if number < 2:
            raise RuntimeError(f"part {number} was done")
        plain(work, number, table)

    monkeypatch.setattr(inference, "write_part", refuses_done_parts)
    predict(model, images, tmp_path / "p.csv")
    assert "continuing, 2 of 4 parts are done" in capsys.readouterr().err
    assert (tmp_path / "p.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert not work.exists()


def test_what_other_images_left_is_not_taken(model: Path, images: Path, tmp_path: Path, small_parts: None) -> None:
    work = tmp_path / ".p.parquet.parts"
    work.mkdir()
    (work / "plan.json").write_text('{"state": "of another", "parts": 9, "shards": 1, "hidden": 0, "facts": {}}')
    part_path(work, 0).write_bytes(b"not to be read")
    predict(model, images, tmp_path / "p.parquet")
    assert len(read(tmp_path / "p.parquet")) == 74


def test_a_damaged_dataset_is_refused_in_one_line(model: Path, tmp_path: Path) -> None:
    toy.sky(tmp_path / "examples", 6, 2, 2)
    shard = tmp_path / "examples" / "Split-test" / "data_tfrecord-00001-of-00002"
    shard.write_bytes(shard.read_bytes()[:-3])
    with pytest.raises(InputError, match="Split-test/data_tfrecord-00001-of-00002: a damaged TFRecord file"):
        predict(model, None, tmp_path / "p.csv", tmp_path / "examples")
    assert not (tmp_path / "p.csv").exists()


def test_a_prediction_does_not_depend_on_its_neighbours(model: Path, images: Path, tmp_path: Path) -> None:
    predict(model, images, tmp_path / "all.csv")
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "x.jpg").write_bytes((images / "587722981741360069.jpg").read_bytes())
    predict(model, tmp_path / "one", tmp_path / "one.csv")
    together = read(tmp_path / "all.csv").set_index("objid").loc["587722981741360069", "p_disk"]
    assert abs(read(tmp_path / "one.csv")["p_disk"][0] - together) < 1e-6


def test_only_damaged_images(model: Path, tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "1.jpg").write_bytes(b"")
    predict(model, tmp_path / "images", tmp_path / "p.parquet")
    assert read(tmp_path / "p.parquet")["status"].tolist() == ["unreadable: image_empty"]
