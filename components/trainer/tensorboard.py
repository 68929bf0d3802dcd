"""The history of a training in the files that TensorBoard shows; written by TensorFlow alone."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import tensorflow as tf

History = Mapping[str, Sequence[float | None]]
_SCALARS = tf.compat.v1.SummaryMetadata(
    plugin_data=tf.compat.v1.SummaryMetadata.PluginData(plugin_name="scalars"),
    data_class="DATA_CLASS_SCALAR",
)


class Curves:
    """Writes each epoch's numbers as Keras' callback does: 'epoch_loss' in train/ and in validation/, and so on.

    The files are written anew from the history when a training goes on or begins again, so that each epoch is there
    once, whenever it was interrupted.

    Args:
        folder: 'logs', replaced where it exists.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.written = folder, 0
        self._start()

    def write(self, history: History) -> None:
        """Write the epochs that are not yet written; history: a list with one number, or None, an epoch."""
        epochs = max(map(len, history.values()), default=0)
        if epochs < self.written:
            self._start()
        for name, values in history.items():
            run = "validation" if name.startswith("val_") else "train"
            with self.writers[run].as_default():
                for epoch, value in enumerate(values):
                    if epoch >= self.written and value is not None:
                        tf.summary.write(f"epoch_{name.removeprefix('val_')}", value, epoch, _SCALARS)
            self.writers[run].flush()
        self.written = epochs

    def _start(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.writers = {run: tf.summary.create_file_writer(str(self.folder / run)) for run in ("train", "validation")}
        self.written = 0
