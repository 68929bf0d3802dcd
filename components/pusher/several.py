"""The SavedModel of classes of one's own: encoded images in, a probability for each class out."""

import math

import keras
import tensorflow as tf

from truemorph.components.classes import columns_of
from truemorph.components.images.framing import EMPTY
from truemorph.components.pusher.signatures import Server


class SeveralServer(Server):
    """A Server of K classes: each signature gives p_<class> for every class, and serving_default the most probable."""

    def from_pixels(self, pixels: tf.Tensor) -> dict[str, tf.Tensor]:
        """p(class | x) of decoded images; see Server."""
        return self._columns(tf.nn.softmax(self._answers(pixels)))

    def from_images(self, image: tf.Tensor) -> dict[str, tf.Tensor]:
        """p(class | x), label and status of encoded images; see Server."""
        logits, beyond = self._judged(image)
        nothing = beyond == EMPTY
        p = tf.where(nothing[:, None], math.nan, tf.nn.softmax(logits))
        return self._columns(p) | {
            "label": tf.where(nothing, "", tf.gather(self.law.classes, tf.argmax(logits, axis=1))),
            "status": tf.gather(self.framing.statuses if self.framing else ["ok"], beyond),
        }

    def posterior(self, image: tf.Tensor, alpha: tf.Tensor, observed: tf.Tensor) -> dict[str, tf.Tensor]:
        """p(true class | x, alpha, label seen) of galaxies that have a label.

        Formula: p(y = k | seen = j) = p(seen = j | y = k) p(y = k) / sum over k' of the same.

        Args:
            image: string (n,), encoded.
            alpha: float32 (n,), resolution, dimensionless, > 0.
            observed: string (n,), one of the classes.
        """
        same = observed[:, None] == tf.constant(self.law.classes)[None]
        words = f"observed must be one of {', '.join(self.law.classes)}. Received:"
        known = tf.debugging.Assert(tf.reduce_all(tf.reduce_any(same, axis=1)), [words, observed])
        with tf.control_dependencies([*self._checks(image, alpha, observed), known]):
            logits, _ = self._judged(image)
        confusion = self.law.log_confusion(alpha, xp=keras.ops)
        seen = tf.gather(confusion, tf.argmax(same, axis=1), axis=2, batch_dims=1)
        return self._columns(tf.nn.softmax(tf.nn.log_softmax(logits) + seen))

    def _answers(self, pixels: tf.Tensor) -> tf.Tensor:
        return self._logits(pixels)

    def _none(self) -> tf.Tensor:
        return tf.zeros((0, len(self.law.classes)))

    def _columns(self, p: tf.Tensor) -> dict[str, tf.Tensor]:
        names = columns_of("p_disk", self.law.classes)
        return {name: p[:, place] for place, name in enumerate(names)}
