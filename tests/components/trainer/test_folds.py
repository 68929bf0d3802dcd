"""Folds: no network learns from the galaxies of its fold, the mean is the mean, and a kill changes nothing."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
import toy
from training import SETTINGS

from truemorph.components.artifacts.predictions import IN_TRAINING, SURENESS
from truemorph.components.bulk_inferrer import executor as bulk_inferrer
from truemorph.components.bulk_inferrer.predict import predict
from truemorph.components.errors import InputError
from truemorph.components.examples.draws import folds_of
from truemorph.components.examples.tfrecord import read_place
from truemorph.components.trainer import checkpoint
from truemorph.components.trainer import train as training
from truemorph.components.trainer.backbones import build_classifier
from truemorph.components.trainer.executor import execute
from truemorph.components.trainer.folds import mean_classifier
from truemorph.components.trainer.inputs import LabelledImages
from truemorph.components.trainer.process import training_process
from truemorph.components.trainer.task import Task

Sky = tuple[Path, dict[str, int]]
FOLDS = SETTINGS | {"folds": 2, "epochs": 2, "batch_size": 12, "deterministic": True}


def train(sky: Sky, out: Path) -> dict[str, Any]:
    execute({"examples": sky[0] / "examples", "bias_law": sky[0] / "bias_law.json"}, {"model": out}, FOLDS)
    return json.loads((out / "model.json").read_text())


@dataclass
class Trained:
    """A training that was killed and begun again.

    Args:
        out: its folder.
        begun: each network that was begun: its task, its galaxies, its seed; the last one twice.
        saved: of each checkpoint, how many networks had been begun, its epoch and its batch.
        seen: what happened, in order: images that were read, and networks that began and ended.
    """

    out: Path
    begun: list[tuple[Task, LabelledImages, int]] = field(default_factory=list)
    saved: list[tuple[int, int, int]] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    @property
    def learnt(self) -> list[set[str]]:
        """The ids that each of the two networks learnt from."""
        return [set(galaxies.objid) for _, galaxies, _ in self.begun[:2]]


@pytest.fixture(scope="module")
def trained(small_sky: Sky, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """It was killed after the first batch of the second network's second epoch."""
    found, once, save = Trained(tmp_path_factory.mktemp("models") / "debiased"), Task.train, checkpoint.save_checkpoint

    def begin(self: Task, galaxies: LabelledImages, folder: Path, seed: int) -> dict[str, Any]:
        found.begun.append((self, galaxies, seed))
        found.seen.append("begin")
        try:
            return once(self, galaxies, folder, seed)
        finally:
            found.seen.append("end")

    def read(place: Any) -> bytes:
        found.seen.append("image")
        return read_place(place)

    def saving(path: Path, model: keras.Model, progress: checkpoint.Progress) -> None:
        save(path, model, progress)
        found.saved.append((len(found.begun), progress.epoch, progress.step))
        if found.saved[-1] == (2, 1, 1):
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Task, "train", begin)
        patch.setattr("truemorph.components.trainer.inputs.read_place", read)
        patch.setattr(checkpoint, "SECONDS", 0.0)
        for module in (checkpoint, training):
            patch.setattr(module, "save_checkpoint", saving)
        with pytest.raises(KeyboardInterrupt):
            train(small_sky, found.out)
        train(small_sky, found.out)
    return found


def test_a_killed_training_goes_on_within_its_epoch_as_if_nothing_had_been(trained: Trained, tmp_path: Path) -> None:
    (_, first, _), (task, galaxies, seed), (_, again, _) = trained.begun
    assert again.objid == galaxies.objid != first.objid, "the first network was trained anew"
    assert next(each for each in trained.saved if each[0] == 3) == (3, 1, 2), "the second began its epoch anew"
    with training_process(0, True):
        card = task.train(galaxies, tmp_path, seed)  # undisturbed
    told = json.loads((trained.out / "model.json").read_text())["members"][1]
    assert told | json.loads(json.dumps(card)) == told
    gone_on = keras.saving.load_model(trained.out / "model.keras").get_layer("fold_2").get_weights()
    whole = keras.saving.load_model(tmp_path / "model.keras").get_weights()
    assert all(np.array_equal(*both) for both in zip(whole, gone_on, strict=True))


def test_images_are_read_once_for_all_folds(trained: Trained) -> None:
    images, network = ["image"] * (96 + 40), ["begin", "end"]
    told = [*images, *network, *network, *images, *network]  # killed in the second network, and begun again
    assert trained.seen[: len(told)] == told
    # What comes after the networks is the framing, of galaxies that are measured once, however many folds there are.
    assert set(trained.seen[len(told) :]) == {"image"}


def test_each_galaxy_is_in_one_fold_and_each_network_learns_from_the_others(small_sky: Sky, trained: Trained) -> None:
    out, learnt = trained.out, trained.learnt
    everyone = set(LabelledImages(small_sky[0] / "examples", "train", **toy_settings()).objid)
    held = [everyone - seen for seen in learnt]
    assert len(learnt) == 2 and all(held) and set.union(*held) == everyone
    assert sum(map(len, held)) == len(everyone)
    assert sorted(path.name for path in out.iterdir()) == ["certainty.npz", "history.json", "model.json", "model.keras"]
    card = json.loads((out / "model.json").read_text())
    assert (card["folds"], card["seed"], len(card["members"]), card["n_train"]) == (2, 0, 2, len(everyone))
    assert [member["n_train"] for member in card["members"]] == [len(seen) for seen in learnt]
    assert card["symmetries"] == 1 and all(member["seed"] == n for n, member in enumerate(card["members"]))
    assert card["theta"] == 9.18 and card["parameters"] == sum(member["parameters"] for member in card["members"])


@pytest.fixture(scope="module")
def catalogue(small_sky: Sky, trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """What the BulkInferrer writes."""
    inputs = {"examples": small_sky[0] / "examples", "bias_law": small_sky[0] / "bias_law.json"}
    folder = tmp_path_factory.mktemp("catalogue")
    outputs = {"predictions": folder / "p.parquet", "readme": folder / "r"}
    bulk_inferrer.execute(inputs | {"debiased": trained.out}, outputs, {"batch_size": 16})
    return pd.read_parquet(folder / "p.parquet")


def test_the_published_probability_is_of_a_network_that_did_not_see_the_label(
    small_sky: Sky, trained: Trained, catalogue: pd.DataFrame
) -> None:
    out, learnt, table = trained.out, trained.learnt, catalogue.set_index("objid")
    assert not table[IN_TRAINING].any()
    model = keras.saving.load_model(out / "model.keras")
    for split in ("train", "test"):
        for inputs_, _ in (batches := LabelledImages(small_sky[0] / "examples", split, **toy_settings())).in_order():
            answers = []
            for number in range(2):
                logits = np.asarray(model.get_layer(f"fold_{number + 1}")(inputs_["image"], training=False))
                answers.append(1 / (1 + np.exp(logits[:, 0] - logits[:, 1])))
            assert table["p_disk_lo"].le(table["p_disk"]).all() and table["p_disk_hi"].ge(table["p_disk"]).all()
            assert table[list(SURENESS)].notna().all().all()
            mean = keras.ops.softmax(model(inputs_["image"], training=False))[:, 1]
            for row, objid in enumerate(batches.objid):
                unseen = [number for number in range(2) if objid not in learnt[number]]
                expected = np.mean([answers[number][row] for number in unseen])
                assert table["p_disk"][objid] == pytest.approx(expected, abs=1e-6)
                if split == "test":
                    assert len(unseen) == 2 and table["p_disk"][objid] == pytest.approx(float(mean[row]), abs=1e-6)


def test_predict_asks_the_same_networks_as_the_catalogue(
    small_sky: Sky, trained: Trained, catalogue: pd.DataFrame, tmp_path: Path
) -> None:
    predict(trained.out, None, tmp_path / "p.parquet", small_sky[0] / "examples")
    found, expected = pd.read_parquet(tmp_path / "p.parquet"), catalogue
    assert found["objid"].tolist() == expected["objid"].tolist()
    for name in ("p_disk", *SURENESS, "p_disk_posterior"):
        np.testing.assert_allclose(found[name], expected[name], atol=1e-5)
    assert not found[IN_TRAINING].any() and found[IN_TRAINING].notna().all()


@pytest.mark.parametrize("known", [True, False])
def test_one_network_says_which_galaxies_it_learnt_from_where_that_is_known(
    small_sky: Sky, trained: Trained, tmp_path: Path, known: bool
) -> None:
    card = json.loads((trained.out / "model.json").read_text())
    assert card["examples_hash"] == json.loads((small_sky[0] / "examples/manifest.json").read_text())["content_hash"]
    (tmp_path / "m").mkdir()
    keras.saving.load_model(trained.out / "model.keras").get_layer("fold_1").save(tmp_path / "m" / "model.keras")
    other = {"folds": 1} if known else {"folds": 1, "examples_hash": "of other examples"}
    (tmp_path / "m" / "model.json").write_text(json.dumps(card | other))
    predict(tmp_path / "m", None, tmp_path / "p.parquet", small_sky[0] / "examples")
    table = pd.read_parquet(tmp_path / "p.parquet")
    assert table[IN_TRAINING].tolist() == ((table["split"] == "train").tolist() if known else [None] * len(table))


def test_a_fold_must_leave_both_classes(tmp_path: Path) -> None:
    image, objids = toy.blob(np.random.default_rng(0), True), [str(n) for n in range(6)]
    fold = folds_of(objids, 0, 2)
    records = [toy.example(image, objid, alpha=9.0, label_raw=int(fold[n] == 0)) for n, objid in enumerate(objids)]
    for split, part in (("train", records), ("eval", [])):
        toy.shard(tmp_path / "examples" / f"Split-{split}" / "data_tfrecord-00000-of-00001", part)
    (tmp_path / "bias_law.json").write_text('{"law": "exponential", "theta": 9.18}')
    with pytest.raises(InputError, match=r"trainer.folds=2: the galaxies outside fold 1 are all of one class"):
        train((tmp_path, {}), tmp_path / "m")


def test_the_mean_is_of_probabilities_and_survives_a_file(tmp_path: Path) -> None:
    members = [build_classifier("small", 32, seed) for seed in range(2)]
    image = np.random.default_rng(0).uniform(0, 255, (4, 32, 32, 3)).astype(np.float32)
    for seed, member in enumerate(members):
        head = member.get_layer("logits")
        head.kernel.assign(np.random.default_rng(seed).normal(0, 400.0, head.kernel.shape))
        head.bias.assign(-np.mean(member(image, training=False), axis=0))
    expected = np.mean([keras.ops.softmax(member(image, training=False)) for member in members], axis=0)
    mean_classifier(members).save(tmp_path / "m.keras")
    found = keras.ops.softmax(keras.saving.load_model(tmp_path / "m.keras")(image, training=False))
    assert np.allclose(found, expected, atol=1e-5) and np.ptp(expected[:, 1]) > 0.1


def toy_settings() -> dict[str, Any]:
    return {"labels": "raw", "crop": 1.0, "image_size": 32, "batch_size": 500, "seed": 0, "cache_bytes": 0}
