"""Several devices: the loss curve of one, and what is refused."""

import json
from pathlib import Path

import forked
import numpy as np
import pytest
import tensorflow as tf
import toy

from truemorph.components.errors import InputError
from truemorph.components.trainer.distribution import strategy_of

Sky = tuple[Path, dict[str, int]]
ON_TWO_CPUS = """
import json, sys
from pathlib import Path
import keras, tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
keras.config.set_floatx(sys.argv[4])
keras.config.set_dtype_policy(sys.argv[4])
from truemorph.components.laws import ExponentialLaw
from truemorph.components.trainer.backbones import build_classifier
from truemorph.components.trainer.distribution import strategy_of, synchronise
from truemorph.components.trainer.inputs import LabelledImages
from truemorph.components.trainer.plateau import slow_down
from truemorph.components.trainer.train import fit, training_model
train, held = (
    LabelledImages(Path(sys.argv[1]), split, labels="raw", crop=1.0, image_size=32, batch_size=32, seed=0)
    for split in ("train", "eval")
)
histories = []
for devices in (1, "all"):
    strategy = strategy_of(devices, 32, "float32")
    with strategy.scope():
        classifier = build_classifier("small", 32, 0)
        if strategy.num_replicas_in_sync > 1:
            synchronise(classifier)
        model = training_model(classifier, ExponentialLaw(9.18), float(sys.argv[5]), 45)
    slow_down(model)
    checkpoint = Path(sys.argv[2]) / f"{devices}.npz"
    for epochs in json.loads(sys.argv[3]):  # the second goes on from the first one's checkpoint
        history = fit(model, classifier, train, held, epochs, checkpoint).history
    histories.append(history)
print(json.dumps([strategy.num_replicas_in_sync, histories]))
"""


# At the Trainer's default rate of 1e-4; at ten times that Adam makes much of the last digits of float32.
@pytest.mark.parametrize(
    ("epochs", "dtype", "rate", "tolerance"),
    [
        ([2], "float64", 3e-2, 1e-6),
        pytest.param([3], "float32", 1e-3, 1e-4, marks=pytest.mark.slow),
        pytest.param([2, 5], "float64", 3e-2, 1e-6, marks=pytest.mark.slow),
    ],
)
def test_two_devices_give_the_loss_curve_of_one(
    tmp_path: Path, epochs: list[int], dtype: str, rate: float, tolerance: float
) -> None:
    toy.sky(tmp_path / "examples", 96, 33, 0)
    finished = forked.run(ON_TWO_CPUS, tmp_path / "examples", tmp_path, json.dumps(epochs), dtype, rate)
    assert finished.returncode == 0, finished.stderr
    replicas, (one, two) = json.loads(finished.stdout.splitlines()[-1])
    assert replicas == 2
    for name in ("loss", "accuracy", "val_loss", "val_accuracy"):
        np.testing.assert_allclose(two[name], one[name], rtol=tolerance)
    assert len(one["loss"]) == epochs[-1] and one["loss"][-1] < one["loss"][0]


@pytest.fixture
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    devices = [tf.config.LogicalDevice(f"/device:GPU:{number}", "GPU") for number in range(2)]
    monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind: devices if kind == "GPU" else [])


@pytest.mark.parametrize(
    ("devices", "batch_size", "precision", "match"),
    [
        (3, 32, "float32", r"trainer.devices=3: this machine has 2 \(GPU\); give no more than that"),
        ("all", 33, "float32", "trainer.batch_size=33: cannot be divided among 2 devices; give a multiple"),
        (2, 32, "mixed_float16", "trainer.precision=mixed_float16: for one device only; give mixed_bfloat16"),
    ],
)
@pytest.mark.usefixtures("two_gpus")
def test_refused(devices: int | str, batch_size: int, precision: str, match: str) -> None:
    with pytest.raises(InputError, match=match):
        strategy_of(devices, batch_size, precision)


def test_one_device_is_no_strategy() -> None:
    assert strategy_of(1, 33, "mixed_float16").num_replicas_in_sync == 1
    assert strategy_of("all", 33, "float32").num_replicas_in_sync == len(tf.config.list_logical_devices("CPU"))
