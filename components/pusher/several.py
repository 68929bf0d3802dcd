"""The SavedModel of classes of your own: encoded images in, a probability for each class out."""

from collections.abc import Mapping, Sequence

import keras
import tensorflow as tf

from truemorph.components.certainty.answers import SeveralAnswers
from truemorph.components.certainty.certainty import Certainty
from truemorph.components.classes import columns_of
from truemorph.components.images.symmetries import log_mean
from truemorph.components.pusher.signatures import Server


class SeveralServer(Server):
    """A Server of K classes: each signature gives p_<class> for every class, and serving_default the most probable."""

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
            answers, _ = self._judge(image)
        logits = answers[:, : len(self.law.classes)]
        confusion = self.law.log_confusion(alpha, xp=keras.ops)
        seen = tf.gather(confusion, tf.argmax(same, axis=1), axis=2, batch_dims=1)
        return self._p(tf.nn.log_softmax(logits) + seen)

    @property
    def _first(self) -> int:
        return len(self.law.classes)

    def _plain(self, pixels: tf.Tensor) -> tf.Tensor:
        return self._logits(pixels)

    def _together(self, parts: Sequence[tuple[tf.Tensor, tf.Tensor, Certainty]]) -> list[tf.Tensor]:
        told = [member.judge_classes(features, logits, keras.ops) for features, logits, member in parts]
        z, variance, nearer = (tf.stack(part, axis=1) for part in zip(*told, strict=True))
        answers = SeveralAnswers.of(z, variance, nearer, self.law.classes)
        found = answers.published(xp=keras.ops)
        logs = tf.unstack(log_mean([logits for _, logits, _ in parts]), axis=1)
        return [*logs, *(found[name] for name in self.numbers)]

    def _p(self, first: tf.Tensor) -> dict[str, tf.Tensor]:
        p = tf.nn.softmax(first)
        return {name: p[:, k] for k, name in enumerate(self._columns)}

    def _label(self, found: Mapping[str, tf.Tensor]) -> tf.Tensor:
        most = tf.argmax(tf.stack([found[name] for name in self._columns], axis=1), axis=1)
        return tf.gather(self.law.classes, most)

    @property
    def _columns(self) -> tuple[str, ...]:
        return columns_of("p_disk", self.law.classes)
