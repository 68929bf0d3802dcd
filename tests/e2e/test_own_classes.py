"""Three classes from labels to the pushed model: columns, macro averages, posteriors, and what is refused."""

import asyncio
import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from astropy.table import Table
from confused import NAMES, write_sky

import truemorph
from truemorph.cli import main
from truemorph.components.artifacts.predictions import numbers_of
from truemorph.components.bias_estimator.fit_confusion import fit_confusion_law
from truemorph.components.bulk_inferrer.predict import predict
from truemorph.components.errors import InputError
from truemorph.components.files import write_json
from truemorph.components.laws import stored_confusion

TRAINER = {"methods": ["ddb"], "backbone": "small", "image_size": 32, "crop": 1.0, "epochs": 2, "folds": 2}
TRAINER |= {"symmetries": 2}
NUMBERS = numbers_of(NAMES)
SAMPLE = {"classes": list(NAMES)}


@pytest.fixture(scope="module")
def sky(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with table.csv, images/ and law.json."""
    folder = tmp_path_factory.mktemp("three") / "sky"
    write_sky(folder, 240)
    found = fit_confusion_law(folder / "known.csv", "label", "truth", "alpha", NAMES)
    write_json(folder / "law.json", found)
    return folder


def _sources(sky: Path) -> dict[str, str | Path]:
    return {"table": sky / "table.csv", "images": sky / "images"}


@pytest.fixture(scope="module")
def run(sky: Path) -> Any:
    """The result of a run in the folder run/ beside the sky."""
    settings = {"bias_law": {"file": str(sky / "law.json")}, "catalogue": {"keep": ["ra", "dec"]}}
    return truemorph.run(_sources(sky), sky.parent / "run", preset="cpu", sample=SAMPLE, trainer=TRAINER, **settings)


def test_three_classes_from_labels_to_the_pushed_model(
    sky: Path, run: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, found = sky.parent / "run", run
    table = pd.read_parquet(out / "predictions.parquet")
    p, after = (table[[f"p_{name}{suffix}" for name in NAMES]].to_numpy() for suffix in ("", "_posterior"))
    np.testing.assert_allclose(p.sum(axis=1), 1.0, atol=1e-5)
    assert table["label"].tolist() == [NAMES[place] for place in p.argmax(axis=1)]
    used = stored_confusion(json.loads((out / "models" / "debiased" / "model.json").read_text()))
    assert used is not None
    np.testing.assert_allclose(after, used.true_posterior(p, table["alpha"], table["label_raw"]), atol=1e-6)
    for name in NAMES:
        low, middle, high = (table[f"p_{name}{end}"] for end in ("_lo", "", "_hi"))
        assert ((low < middle) & (middle < high)).all()
    assert table[["entropy_image", "entropy_network"]].sum(axis=1).between(0.0, np.log2(3) + 0.05).all()
    assert table["training_distance"].between(0.0, 1.0).all() and table["training_distance"].nunique() > 10
    for suffix, shares in (("", used.seen(p, table["alpha"])), ("_best", p)):
        np.testing.assert_allclose(table[[f"p_votes_{name}{suffix}" for name in NAMES]], shares, atol=1e-6)
    row = found.rows.loc["ddb"]
    test = table[table["split"] == "test"]
    seen = used.seen(p[test.index], test["alpha"]).argmax(axis=1)
    counts = [[int(((test["label_raw"] == j) & (seen == k)).sum()) for k in range(3)] for j in range(3)]
    assert row["scores.confusion"] == counts
    assert row["accuracy"] == pytest.approx(sum(counts[k][k] for k in range(3)) / len(test))
    assert not table["in_training"].any()
    predict(out / "models" / "debiased", None, tmp_path / "again.parquet", examples=out)
    again = pd.read_parquet(tmp_path / "again.parquet", columns=list(NUMBERS))
    np.testing.assert_allclose(again, table[list(NUMBERS)], atol=1e-5)
    assert "\nlaw of mistakes (given, file); test split" in str(found)
    assert found.report["classes"] == list(NAMES) and "called artifact" in (out / "report/report.html").read_text()
    assert "`p_artifact` (double): p(artifact | image) of the network" in (out / "README.md").read_text()

    for words, told in (
        (
            ["table1", "--run", str(out)],
            "has the classes smooth, disk, artifact; the paper's Table 1 is for smooth and disk only",
        ),
        (
            ["gallery", "--run", str(out)],
            "has the classes smooth, disk, artifact; the gallery only compares smooth and disk",
        ),
        (
            ["resolution-test", "--model", str(out / "serving"), "--examples", str(out)],
            "have the classes smooth, disk, artifact; the test is for smooth and disk only",
        ),
    ):
        assert main(words) == 2
        assert told in capsys.readouterr().err

    predicted = truemorph.predict(out / "serving", sky / "images")
    assert sum(predicted.counts[name] for name in NAMES) == len(table)
    served = predicted.table.set_index("objid").loc[table["objid"], list(NUMBERS)]
    held = (table["split"] != "train").to_numpy()  # a training galaxy is answered by one fold in the catalogue
    np.testing.assert_allclose(served[held], table.loc[held, list(NUMBERS)], atol=1e-4)
    some = table[held][:6]
    images = [(sky / "images" / f"{objid}.png").read_bytes() for objid in some["objid"]]
    model = tf.saved_model.load(str(out / "serving" / "1"))
    told = model.signatures["posterior"](
        image=tf.constant(images),
        alpha=tf.constant(some["alpha"], tf.float32),
        observed=tf.constant([NAMES[label] for label in some["label_raw"]]),
    )
    np.testing.assert_allclose(np.stack([told[f"p_{n}"] for n in NAMES], axis=1), after[held][:6], atol=1e-4)


def test_one_network_of_a_dataset_of_these_classes(
    sky: Path, run: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["train", "--examples", str(sky.parent / "run"), "--out", str(tmp_path / "m"), "--preset", "cpu"]
    words += ["--epochs", "1", "--image-size", "32", "--quiet"]
    assert main([*words, "--law", str(sky / "law.json")]) == 0
    card = json.loads((tmp_path / "m" / "models" / "debiased" / "model.json").read_text())
    assert card["classes"] == list(NAMES) and card["law"] == "confusion"
    capsys.readouterr()
    assert main(words) == 2
    assert "labels alone cannot tell how smooth, disk, artifact are confused" in capsys.readouterr().err


def test_the_server_answers_for_each_class(sky: Path, run: Any) -> None:
    pytest.importorskip("kserve", reason="needs kserve: pip install 'kserve>=0.21,<0.22'")
    from truemorph.components.server.model import ServedModel

    out = sky.parent / "run"
    some = pd.read_parquet(out / "predictions.parquet").query("split == 'test'")[:4]
    images = [base64.b64encode((sky / "images" / f"{name}.png").read_bytes()).decode() for name in some["objid"]]
    model = ServedModel("truemorph", out / "serving" / "1")
    for suffix, more in (
        ("", {}),
        ("_posterior", {"alpha": some["alpha"].tolist(), "observed": [NAMES[label] for label in some["label_raw"]]}),
    ):
        asked = [dict(zip(more, values, strict=True)) for values in zip(*more.values(), strict=True)] or [{}] * 4
        instances = [{"image": {"b64": image}, **one} for image, one in zip(images, asked, strict=True)]
        answers = pd.DataFrame(asyncio.run(model.predict({"instances": instances}))["predictions"])
        expected = some[[f"p_{name}{suffix}" for name in NAMES]]
        np.testing.assert_allclose(answers[[f"p_{name}" for name in NAMES]], expected, atol=1e-4)
    assert {output["name"] for output in model.get_output_types()} == {"label", "status", *NUMBERS}
    with pytest.raises(Exception, match="observed 0: received 'ring'; give smooth or disk or artifact"):
        ring = {"image": {"b64": images[0]}, "alpha": 5.0, "observed": "ring"}
        asyncio.run(model.predict({"instances": [ring]}))


@pytest.mark.parametrize("ending", ["fits", "vot", "ecsv", "hats"])
def test_the_catalogue_in_every_format(sky: Path, run: Any, tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"three.{ending}"
    assert main(["catalogue", "--run", str(sky.parent / "run"), "--out", str(out)]) == 0
    expected = pd.read_parquet(sky.parent / "run" / "predictions.parquet").sort_values("objid")
    if ending == "hats":
        found = pd.read_parquet(out / "dataset")
    else:
        table = Table.read(out)
        table.convert_bytestring_to_unicode()
        found = table.to_pandas()
    found = found.sort_values("objid")
    for name in (*NUMBERS, "p_votes_disk", "p_votes_artifact_best"):
        np.testing.assert_allclose(found[name], expected[name])
    assert found["label"].tolist() == expected["label"].tolist()
    text = (tmp_path / "three-README.md").read_text()
    assert (
        "0 smooth, 1 disk, 2 artifact" in text and "interval of p_artifact: by labels, confusion and networks" in text
    )


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({}, "sample.classes: labels alone cannot tell how smooth, disk, artifact are confused; give a law"),
        (
            {"bias_law": {"theta": 9.2}},
            "bias_law.theta: only works with smooth and disk; leave it out, or leave out sample.classes",
        ),
        (
            {"sample": {**SAMPLE, "balance": True}},
            "sample.balance: only works with smooth and disk; leave it out, or leave out sample.classes",
        ),
        (
            {"trainer": {"evidence": "votes"}},
            "trainer.evidence: only works with smooth and disk; leave it out, or leave out sample.classes",
        ),
        ({"sample": {"classes": ["smooth", "di sk"]}}, "sample.classes: 'di sk' cannot name a class"),
        ({"sample": {"classes": ["a", "a_lo"]}}, "sample.classes: p_a_lo would be taken for another column of a class"),
        ({"sample": {"classes": ["a", "A"]}}, "sample.classes: received .*two classes or more, each once"),
        (
            {"sample": {"classes": ["a", "b"]}, "bias_law": {"file": "LAW"}},
            "is a law for smooth, disk, artifact, but sample.cl",
        ),
        ({"sample": {}, "bias_law": {"file": "LAW"}}, "is a law for classes other than smooth and disk; name them in"),
    ],
)
def test_what_does_not_go_together_is_told_before_all_else(
    sky: Path, tmp_path: Path, settings: dict[str, dict[str, Any]], match: str
) -> None:
    if settings.get("bias_law", {}).get("file"):
        settings = {**settings, "bias_law": {"file": str(sky / "law.json")}}
    with pytest.raises(InputError, match=match):
        truemorph.run(_sources(sky), tmp_path / "run", preset="cpu", **{"sample": SAMPLE, **settings})
    assert not (tmp_path / "run").exists()
