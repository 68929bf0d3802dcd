"""The catalogue: a row for each example, in record order, null where a probability is not known."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import toy

from truemorph.components.artifacts.predictions import COLUMNS, INTRINSIC
from truemorph.components.bulk_inferrer.executor import execute
from truemorph.components.bulk_inferrer.predict import predict
from truemorph.components.laws import ExponentialLaw

CV14 = {
    "weights": [-2.0, 0.5, 0.1],
    "intercept": 0.2,
    "mean": [2.5, 0.5, 4.0],
    "std": [1.5, 0.2, 1.0],
    "features": ["ng", "e", "Rhlr"],
    "status": "ok",
}


def write_model(folder: Path, seed: int, size: int) -> Path:
    from truemorph.components.trainer.backbones import build_classifier

    folder.mkdir()
    classifier = build_classifier("small", size, seed)
    head = classifier.get_layer("logits")
    head.kernel.assign(np.random.default_rng(seed).normal(0, 2.0, head.kernel.shape))
    classifier.save(folder / "model.keras")
    (folder / "model.json").write_text(json.dumps({"image_size": size, "crop": 0.5}))
    return folder


@pytest.fixture(scope="module")
def sky(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("sky")
    toy.sky(folder / "examples", 30, 7, 8)
    (folder / "bias_law.json").write_text(json.dumps({"law": "exponential", "theta": 9.18, "cv14": CV14}))
    write_model(folder / "naive", 0, 32)
    write_model(folder / "debiased", 1, 48)  # sees its images otherwise
    return {name: folder / name for name in ("examples", "naive", "debiased")} | {"bias_law": folder / "bias_law.json"}


def run(inputs: dict[str, Path], out: Path) -> pd.DataFrame:
    execute(inputs, {"predictions": out / "predictions.parquet", "readme": out / "README.md"}, {"batch_size": 16})
    return pd.read_parquet(out / "predictions.parquet")


@pytest.fixture(scope="module")
def table(sky: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    return run(sky, tmp_path_factory.mktemp("out"))


def test_rows_and_columns(table: pd.DataFrame) -> None:
    assert tuple(table.columns[: len(COLUMNS)]) == COLUMNS
    intrinsic = list(table.columns[len(COLUMNS) :])
    assert set(intrinsic) <= set(INTRINSIC) and "ng" in intrinsic and table[intrinsic].notna().any().all()
    assert table["split"].tolist() == ["train"] * 30 + ["eval"] * 7 + ["test"] * 8
    assert table["objid"].tolist() == [str(587722981741363200 + index) for index in range(45)]
    assert table["label_votes_debiased"].isna().any() and "label_debiased" not in table
    assert table["label"].tolist() == ["disk" if p > 0.5 else "smooth" for p in table["p_disk"]]
    assert table["in_training"].tolist() == [True] * 30 + [False] * 15
    assert table["p_disk_naive_debiased_labels"].isna().all()


def test_probabilities_are_predicts(sky: dict[str, Path], table: pd.DataFrame, tmp_path: Path) -> None:
    import tensorflow as tf

    (tmp_path / "images").mkdir()
    for shard in sorted(sky["examples"].glob("Split-*/*")):
        for record in tf.data.TFRecordDataset(str(shard)).as_numpy_iterator():
            feature = tf.train.Example.FromString(record).features.feature
            name = feature["objid"].bytes_list.value[0].decode()
            (tmp_path / "images" / f"{name}.jpg").write_bytes(feature["image"].bytes_list.value[0])
    for model, column in (("naive", "p_disk_naive"), ("debiased", "p_disk")):
        predict(sky[model], tmp_path / "images", tmp_path / "p.parquet")
        alone = pd.read_parquet(tmp_path / "p.parquet")
        assert alone["objid"].tolist() == table["objid"].tolist()
        np.testing.assert_allclose(table[column], alone["p_disk"], atol=1e-6)
    assert not np.allclose(table["p_disk"], table["p_disk_naive"], atol=1e-3)


def test_cv14_is_null_where_structure_is_absent(table: pd.DataFrame) -> None:
    assert 0 < table["p_disk_cv14"].isna().sum() < 20
    assert table["p_disk_cv14"].dropna().between(0, 1).all()


def test_posterior_is_the_laws(table: pd.DataFrame) -> None:
    expected = ExponentialLaw(9.18).posterior(table["p_disk"], table["alpha"], table["label_raw"].astype(int))
    np.testing.assert_allclose(table["p_disk_posterior"], expected, atol=1e-12)
    assert (table["p_disk_posterior"][table["label_raw"] == 1] == 1).all()


def test_without_models_and_without_cv14(sky: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "bias_law.json").write_text(json.dumps({"law": "exponential", "theta": 9.18, "cv14": None}))
    table = run({"examples": sky["examples"], "bias_law": tmp_path / "bias_law.json"}, tmp_path)
    assert len(table) == 45 and table["label"].isna().all()
    assert table[[name for name in COLUMNS if name.startswith("p_")]].isna().all(axis=None)


def test_a_network_that_had_no_labels_predicts_nothing(sky: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text(
        json.dumps({"status": "not_run", "why": "no training galaxy has such a label"})
    )
    kept = {name: sky[name] for name in ("examples", "bias_law", "debiased")}
    table = run(kept | {"naive_debiased_labels": tmp_path}, tmp_path)
    assert table["p_disk_naive_debiased_labels"].isna().all() and table["p_disk"].notna().all()


def test_a_sky_whose_splits_are_empty(sky: dict[str, Path], tmp_path: Path) -> None:
    toy.sky(tmp_path / "examples", 3, 0, 0)
    table = run(sky | {"examples": tmp_path / "examples"}, tmp_path)
    assert len(table) == 3 and table["p_disk"].notna().all()
