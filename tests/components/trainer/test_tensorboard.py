"""The curves for TensorBoard: each epoch once, also after an interruption and after a new start."""

from pathlib import Path

import pytest
import tensorflow as tf

from truemorph.components.trainer.tensorboard import Curves


def scalars(folder: Path) -> dict[tuple[str, str, int], float]:
    found: dict[tuple[str, str, int], float] = {}
    for path in folder.rglob("events.out.tfevents.*"):
        for record in tf.data.TFRecordDataset(str(path)).as_numpy_iterator():
            event = tf.compat.v1.Event.FromString(record)
            for value in event.summary.value:
                assert value.metadata.plugin_data.plugin_name == "scalars"
                key = (path.parent.name, value.tag, event.step)
                assert key not in found
                found[key] = float(tf.make_ndarray(value.tensor))
    return found


def test_each_epoch_is_there_once(tmp_path: Path) -> None:
    first = Curves(tmp_path / "logs")
    first.write({"loss": [0.5], "val_loss": [None]})
    first.write({"loss": [0.5, 0.25], "val_loss": [None, 0.75]})
    resumed = Curves(tmp_path / "logs")
    history = {"loss": [0.5, 0.25, 0.125], "val_loss": [None, 0.75, 1.0]}
    resumed.write(history)
    resumed.write(history)
    expected = {("train", "epoch_loss", epoch): value for epoch, value in enumerate(history["loss"])}
    expected |= {("validation", "epoch_loss", 1): 0.75, ("validation", "epoch_loss", 2): 1.0}
    assert scalars(tmp_path / "logs") == expected


def test_a_training_that_begins_again_leaves_no_old_curve(tmp_path: Path) -> None:
    curves = Curves(tmp_path / "logs")
    curves.write({"loss": [0.9, 0.8]})
    curves.write({})
    curves.write({"loss": [0.5]})
    assert scalars(tmp_path / "logs") == {("train", "epoch_loss", 0): pytest.approx(0.5)}
