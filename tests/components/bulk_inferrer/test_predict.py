"""Predictions for a folder of images: columns, formats, damaged files, and what is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from astropy.table import Table

from truemorph.components.bulk_inferrer.classifier import load_classifier
from truemorph.components.bulk_inferrer.predict import predict
from truemorph.components.errors import InputError


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from truemorph.components.trainer.backbones import build_classifier

    folder = tmp_path_factory.mktemp("models") / "debiased"
    folder.mkdir()
    classifier = build_classifier("small", 32, 0)
    head = classifier.get_layer("logits")
    head.kernel.assign(np.random.default_rng(0).normal(0, 2.0, head.kernel.shape))
    classifier.save(folder / "model.keras")
    (folder / "model.json").write_text('{"image_size": 32, "crop": 0.5}')
    return folder


@pytest.fixture(scope="module")
def images(toy: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """70 readable images (more than one batch), a truncated one, an empty one, text named .png, and a file apart."""
    folder = tmp_path_factory.mktemp("images")
    rng = np.random.default_rng(5)
    for index in range(70):
        (folder / f"58772298174136{index:04d}.jpg").write_bytes(toy.blob(rng, index % 2 == 0))
    whole = toy.blob(rng, True)
    (folder / "a_truncated.JPG").write_bytes(whole[: len(whole) // 2])
    (folder / "b_empty.jpeg").write_bytes(b"")
    (folder / "c_text.png").write_bytes(b"this is no image")
    (folder / "notes.txt").write_text("not an image, and not named as one")
    return folder


def read(path: Path) -> pd.DataFrame:
    if path.suffix == ".fits":
        table = Table.read(path).to_pandas()
        for name in ("objid", "label", "status"):
            table[name] = table[name].str.decode("utf8") if isinstance(table[name][0], bytes) else table[name]
        return table.assign(label=table["label"].replace("", None))
    return pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path, dtype={"objid": str})


@pytest.mark.parametrize("ending", [".parquet", ".csv", ".fits"])
def test_every_image_has_a_row(model: Path, images: Path, tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"p{ending}"
    predict(model, images, out)
    table = read(out)
    assert list(table.columns) == ["objid", "p_disk", "label", "status"]
    assert table["objid"].tolist() == sorted(path.stem for path in images.iterdir() if path.suffix != ".txt")
    good = table[table["status"] == "ok"]
    assert len(good) == 70
    assert good["p_disk"].between(0, 1).all() and good["p_disk"].std() > 0.001
    assert (good["label"] == np.where(good["p_disk"] > 0.5, "disk", "smooth")).all()
    bad = table[table["status"] != "ok"]
    assert bad["objid"].tolist() == ["a_truncated", "b_empty", "c_text"]
    assert bad["p_disk"].isna().all() and bad["label"].isna().all()
    assert bad["status"].str.startswith("unreadable: ").all() and not bad["status"].str.contains("\n|Op:").any()
    assert [path.name for path in tmp_path.iterdir()] == [out.name]


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
    assert read(tmp_path / "p.parquet")["status"].tolist() == ["unreadable: Input is empty."]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"out": "p.txt"}, r"--out .*p\.txt: ending '\.txt' is not known; use \.parquet, \.csv, \.fits"),
        ({"out": "nowhere/p.csv"}, "there is no folder .*nowhere; create it"),
        ({"images": "nothing"}, "--images .*nothing: no such folder"),
        ({"images": "empty"}, "--images .*empty: holds no .* file"),
        ({"images": "twice"}, "--images .*twice: 7.jpg and 7.png have one id"),
        ({"images": "foreign", "out": "p.fits"}, "FITS holds ASCII only, .*jpg is not; rename it or write .parquet"),
        ({"model": "empty"}, "--model .*empty: holds no model; give models/<name>/"),
        ({"model": "nothing"}, "--model .*nothing: holds no model"),
        ({"model": "cardless"}, r"model\.json: no such file; give a model that truemorph wrote"),
        ({"model": "broken"}, r"model\.keras: no readable Keras model"),
    ],
)
def test_refused(model: Path, images: Path, tmp_path: Path, change: dict[str, str], match: str) -> None:
    for name in ("empty", "twice", "cardless", "broken", "foreign"):
        (tmp_path / name).mkdir()
    (tmp_path / "foreign" / "Ωmega.jpg").touch()
    (tmp_path / "twice" / "7.jpg").touch()
    (tmp_path / "twice" / "7.png").touch()
    (tmp_path / "cardless" / "model.keras").touch()
    (tmp_path / "broken" / "model.keras").write_text("no zip")
    (tmp_path / "broken" / "model.json").write_text('{"image_size": 32, "crop": 0.5}')
    paths = {"model": model, "images": images, "out": tmp_path / "p.csv"}
    paths |= {name: tmp_path / value for name, value in change.items()}
    with pytest.raises(InputError, match=match):
        predict(**paths)
    assert not [path for path in tmp_path.iterdir() if path.is_file()]


def test_a_card_without_its_keys_is_refused(model: Path, tmp_path: Path) -> None:
    (tmp_path / "model.keras").touch()
    (tmp_path / "model.json").write_text("{}")
    with pytest.raises(InputError, match="no model card of truemorph"):
        load_classifier(tmp_path)
