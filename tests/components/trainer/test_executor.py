"""Training: it learns the truth through the labels, leaves finished work alone, and says what is wrong."""

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import toy
from training import SETTINGS

from truemorph.components.errors import InputError
from truemorph.components.laws import LogisticLaw
from truemorph.components.trainer.executor import SPEC, execute
from truemorph.components.trainer.inputs import LabelledImages
from truemorph.components.trainer.parameters import TrainerParameters
from truemorph.components.trainer.task import task_of

Sky = tuple[Path, dict[str, int]]


def train(folder: Path, out: Path, **changes: Any) -> dict[str, Any]:
    inputs = {"examples": folder / "examples", "bias_law": folder / "bias_law.json"}
    execute(inputs, {"model": out}, SETTINGS | changes)
    return json.loads((out / "model.json").read_text())


def accuracy_vs_truth(folder: Path, truth: dict[str, int], model: Path) -> float:
    test = LabelledImages(folder / "examples", "test", labels="raw", crop=1.0, image_size=32, batch_size=80, seed=0)
    classifier = keras.saving.load_model(model / "model.keras")
    logits = np.concatenate([classifier(inputs["image"], training=False) for inputs, _ in test.in_order()])
    return float(np.mean(logits.argmax(axis=1) == [truth[objid] for objid in test.objid]))


@pytest.fixture(scope="module")
def undisturbed(toy_sky: Sky, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("models") / "debiased"
    train(toy_sky[0], out)
    return out


def test_debiased_training_finds_the_truth(toy_sky: Sky, undisturbed: Path) -> None:
    assert accuracy_vs_truth(*toy_sky, undisturbed) >= 0.95


def test_galaxies_without_a_debiased_label_teach_nothing(small_sky: Sky, tmp_path: Path) -> None:
    naive = train(small_sky[0], tmp_path / "naive", loss="naive", labels="debiased", epochs=1)
    assert (naive["name"], naive["theta"], naive["law"]) == ("naive_debiased_labels", None, None)
    assert naive["n_train"] + naive["unlabelled_train"] == 96 and naive["unlabelled_train"] > 0


@pytest.mark.slow  # that the law is worth it is seen in test_debiasing.py and tests/docs/test_examples.py
def test_naive_training_does_not_find_the_truth(toy_sky: Sky, undisturbed: Path, tmp_path: Path) -> None:
    # Galaxies whose debiased label is known have their raw one here.
    train(toy_sky[0], tmp_path / "naive", loss="naive", labels="debiased")
    debiased, naive = (accuracy_vs_truth(*toy_sky, model) for model in (undisturbed, tmp_path / "naive"))
    assert naive < debiased - 0.03


def test_what_it_writes(undisturbed: Path) -> None:
    assert sorted(path.name for path in undisturbed.iterdir()) == [
        "certainty.npz",
        "history.json",
        "model.json",
        "model.keras",
    ]
    card = json.loads((undisturbed / "model.json").read_text())
    assert {key: card[key] for key in SETTINGS} == SETTINGS
    assert (card["name"], card["theta"], card["law"]) == ("debiased", 9.18, "exponential")
    assert (card["learnt"], card["votes"]) == (None, None)
    assert (card["n_train"], card["n_eval"], card["status"], card["why"]) == (480, 80, "ok", None)
    assert abs(card["train_accuracy"] - card["train_accuracy_inference"]) < 0.05
    assert card["eval_loss"] < 0.5 and card["parameters"] > 10_000
    history = json.loads((undisturbed / "history.json").read_text())
    assert set(history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert all(len(values) == 6 for values in history.values())
    assert card["best_epoch"] >= int(np.argmin(history["val_loss"])) + 1


def test_a_finished_folder_is_left_alone(toy_sky: Sky, undisturbed: Path) -> None:
    before = (undisturbed / "model.keras").stat().st_mtime_ns
    train(toy_sky[0], undisturbed)
    assert (undisturbed / "model.keras").stat().st_mtime_ns == before


def test_votes_teach_and_theta_is_learnt(toy_sky: Sky, tmp_path: Path) -> None:
    folder, truth = toy_sky
    law = {"law": "exponential", "theta": 8.5, "interval": [7.0, 10.3], "status": "ok", "cv14": None, "learn": True}
    (tmp_path / "bias_law.json").write_text(json.dumps(law))
    (tmp_path / "examples").symlink_to(folder / "examples")
    card = train(tmp_path, tmp_path / "m", evidence="votes")
    assert card["status"] == "ok" and card["evidence"] == "votes"
    assert accuracy_vs_truth(folder, truth, tmp_path / "m") >= 0.95
    smooth, flipped, disk = (card["votes"]["concentration"][k][j] for k, j in ((0, 0), (1, 0), (1, 1)))
    assert disk[1] > 2 * disk[0] and smooth[0] > 2 * smooth[1] and flipped[0] / sum(flipped) < smooth[0] / sum(smooth)
    assert card["learnt"]["start"] == 8.5 and card["theta"] == card["learnt"]["theta"] != 8.5
    assert card["learnt"]["status"] == "ok" and 7.0 < card["theta"] < 10.3
    assert card["law_parameters"] == {"theta": card["theta"]}


def test_votes_need_counts(tmp_path: Path) -> None:
    image = toy.blob(np.random.default_rng(0), True)
    records = [toy.example(image, str(n), alpha=9.0, label_raw=n % 2) for n in range(4)]
    for split, part in (("train", records), ("eval", []), ("test", [])):
        toy.shard(tmp_path / "examples" / f"Split-{split}" / "data_tfrecord-00000-of-00001", part)
    (tmp_path / "bias_law.json").write_text('{"law": "exponential", "theta": 9.18}')
    with pytest.raises(InputError, match=r"Split-train: no galaxy has counts of votes; .* trainer.evidence=labels"):
        train(tmp_path, tmp_path / "m", evidence="votes")


@pytest.mark.parametrize("counted", [True, False])
def test_votes_teach_by_default_where_every_galaxy_has_counts(tmp_path: Path, counted: bool) -> None:
    rng = np.random.default_rng(0)
    records = [
        toy.example(
            toy.blob(rng, n % 2 == 1),
            str(n),
            alpha=9.0 + n,
            label_raw=n % 2,
            smooth_count=30 - 20 * (n % 2) if n or counted else None,
            disk_count=10 + 20 * (n % 2),
        )
        for n in range(8)
    ]
    for split, part in (("train", records), ("eval", []), ("test", [])):
        toy.shard(tmp_path / "examples" / f"Split-{split}" / "data_tfrecord-00000-of-00001", part)
    settings = TrainerParameters(backbone="small", image_size=32).filled()
    law = {"law": "exponential", "theta": 9.18, "cv14": None}
    task = task_of(tmp_path / "examples", settings, "raw", law, None)
    assert (task.votes is not None) == counted
    assert len(task.galaxies) == 8  # none is left out for want of counts
    assert TrainerParameters().filled().evidence == "labels"  # the paper's


def test_a_tiny_sky_without_eval_or_prior_of_the_law(tmp_path: Path) -> None:
    toy.sky(tmp_path / "examples", 20, 0, 0)
    parameters = {"midpoint": 10.8, "width": 2.7}
    law = {"law": "logistic", "theta": 9.6, "law_parameters": parameters, "interval": None}
    law |= {"status": "not_identifiable", "learn": True}
    (tmp_path / "bias_law.json").write_text(json.dumps(law))
    card = train(tmp_path, tmp_path / "m", epochs=2)
    assert (card["n_train"], card["n_eval"], card["eval_loss"], card["eval_accuracy"]) == (20, 0, None, None)
    assert card["best_epoch"] == 2
    assert (card["law"], card["law_parameters"], card["votes"]) == ("logistic", parameters, None)
    assert card["theta"] == pytest.approx(LogisticLaw(**parameters).scale)
    assert card["learnt"]["status"] == "not_identifiable"
    assert card["learnt"]["why"].startswith("the catalogue alone does not determine the law")


def test_a_loss_that_is_no_number_names_the_galaxies(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    alpha = [float("nan") if index == 40 else 9.0 for index in range(64)]
    records = [toy.example(toy.blob(rng, n % 2 == 0), str(n), alpha=alpha[n], label_raw=n % 2) for n in range(64)]
    for split, part in (("train", records), ("eval", [])):
        toy.shard(tmp_path / "examples" / f"Split-{split}" / "data_tfrecord-00000-of-00001", part)
    (tmp_path / "bias_law.json").write_text('{"law": "exponential", "theta": 9.18}')
    with pytest.raises(
        InputError, match=r"the loss became nan in epoch 1, batch [12]; lower trainer.learning_rate"
    ) as no:
        train(tmp_path, tmp_path / "m")
    named = str(no.value).split(": ")[-1].split(", ")
    assert len(named) == 32 and "40" in named
    assert not (tmp_path / "m" / "model.json").exists()


@pytest.mark.parametrize(
    ("labels", "match"),
    [
        ([], "Split-train: no training galaxy has a raw label; give galaxies"),
        ([1, 1, 1], "Split-train: all 3 raw labels of the training galaxies are 'disk'; give galaxies"),
    ],
)
def test_labels_that_teach_nothing(tmp_path: Path, labels: list[int], match: str) -> None:
    image = toy.blob(np.random.default_rng(0), True)
    records = [toy.example(image, str(n), alpha=9.0, label_raw=label) for n, label in enumerate(labels)]
    for split, held in (("train", records), ("eval", [])):
        toy.shard(tmp_path / "examples" / f"Split-{split}" / "data_tfrecord-00000-of-00001", held)
    (tmp_path / "bias_law.json").write_text('{"law": "exponential", "theta": 9.18}')
    with pytest.raises(InputError, match=match):
        train(tmp_path, tmp_path / "m")


def test_a_survey_without_debiased_labels_trains_no_network_on_them(tmp_path: Path) -> None:
    image = toy.blob(np.random.default_rng(0), True)
    for split in ("train", "eval"):
        records = [toy.example(image, "1", alpha=9.0, label_raw=1)]
        toy.shard(tmp_path / "examples" / f"Split-{split}" / "data_tfrecord-00000-of-00001", records)
    train(tmp_path, tmp_path / "m", loss="naive", labels="debiased")
    card = json.loads((tmp_path / "m" / "model.json").read_text())
    assert (card["status"], card["why"]) == ("not_run", "no training galaxy has a debiased label")
    assert [path.name for path in (tmp_path / "m").iterdir()] == ["model.json"]


def test_programming_errors(toy_sky: Sky, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Received: loss='other'"):
        train(toy_sky[0], tmp_path / "m", loss="other")
    with pytest.raises(ValueError, match="needs the input bias_law"):
        execute({"examples": toy_sky[0] / "examples"}, {"model": tmp_path / "m"}, SETTINGS)
    assert set(SETTINGS) == set(SPEC.parameters)
