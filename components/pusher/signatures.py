"""The SavedModel that is served: encoded images in, p(disk) out, nothing but TensorFlow needed to load it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import keras
import tensorflow as tf

from truemorph.components.artifacts.predictions import numbers_of
from truemorph.components.certainty.answers import Answers
from truemorph.components.certainty.certainty import Certainty
from truemorph.components.certainty.look import look, networks_of, with_features
from truemorph.components.images.decode import decode
from truemorph.components.images.framing import EMPTY, Framing
from truemorph.components.images.symmetries import averaged, traced
from truemorph.components.laws import CLASS_NAMES, DISK, SMOOTH, FlipLaw, Law


class Server(tf.Module):
    """A classifier with its decoding and its law, as TensorFlow functions.

    Args:
        classifier: (n, S, S, 3) pixels in 0..255 -> (n, 2) logits.
        image_size: S.
        crop: central share of the stamp's side that it sees.
        law: the law of mislabelling, for the posterior.
        framing: what tells images that are not framed as those trained on; None: not known.
        symmetries: over how many symmetries of the square its answers are averaged.
        certain: how sure the network of each fold is; none: not known, and the signatures give probabilities alone.
    """

    def __init__(
        self,
        classifier: keras.Model,
        image_size: int,
        crop: float,
        law: Law,
        framing: Framing | None = None,
        symmetries: int = 1,
        certain: Sequence[Certainty] = (),
    ) -> None:
        super().__init__(name="truemorph")
        self.image_size, self.crop, self.law, self.framing, self.symmetries = image_size, crop, law, framing, symmetries
        self.numbers = numbers_of(law.classes)
        # Variables are tracked and saved; the Keras model stays behind in a function, so loading needs no Keras.
        self.weights = [variable.value for variable in classifier.variables]
        self.certain = [
            {name: tf.Variable(values, dtype=tf.float32, trainable=False) for name, values in asdict(member).items()}
            for member in certain
        ]
        network = traced(classifier)
        self._logits = lambda pixels: averaged(network, pixels, symmetries)
        networks = [with_features(network) for network in networks_of(classifier, len(certain))] if certain else []
        self._looks = lambda pixels: [look(network, pixels, symmetries) for network in networks]
        encoded = tf.TensorSpec((None,), tf.string)
        judged: Any = tf.function(self._judged, input_signature=[encoded], autograph=False)
        self._judge = lambda image: judged(image)  # traced once for both signatures

    def from_pixels(self, pixels: tf.Tensor) -> dict[str, tf.Tensor]:
        """p(disk | x), and how sure it is, of decoded images, float32 (n, S, S, 3) in 0..255, as `decode` gives them.

        Numbers only, in and out: so that readers without strings, such as OpenVINO and ONNX, take it too.
        """
        return self._published(self._answers(pixels))

    def from_images(self, image: tf.Tensor) -> dict[str, tf.Tensor]:
        """p(disk | x), how sure it is, label and status of encoded images, string (n,), JPEG or PNG of any size.

        The status is 'ok', or 'framing: why'; where nothing is to be seen the numbers are NaN and the label empty.
        """
        answers, beyond = self._judge(image)
        found = self._published(answers)
        return {
            **{name: tf.where(beyond == EMPTY, math.nan, values) for name, values in found.items()},
            "label": tf.where(beyond == EMPTY, "", self._label(found)),
            "status": tf.gather(self.framing.statuses if self.framing else ["ok"], beyond),
        }

    def posterior(self, image: tf.Tensor, alpha: tf.Tensor, observed: tf.Tensor) -> dict[str, tf.Tensor]:
        """p(true disk | x, alpha, label seen) of galaxies that have a label.

        Formula: 1 where the label seen is disk, else s e / (1 - s + s e), with s = p(disk | x) and e the law's p_flip.

        Args:
            image: string (n,), encoded.
            alpha: float32 (n,), resolution, dimensionless, > 0.
            observed: string (n,), 'smooth' or 'disk'.

        References:
            Medina-Rosales & Cabrera-Vives 2021, equations 1 to 4 (Bayes' rule).
        """
        seen_disk = observed == CLASS_NAMES[DISK]
        known = seen_disk | (observed == CLASS_NAMES[SMOOTH])
        told = tf.debugging.Assert(tf.reduce_all(known), ["observed must be smooth or disk. Received:", observed])
        with tf.control_dependencies([*self._checks(image, alpha, observed), told]):
            answers, _ = self._judge(image)
        margin = answers[:, 0]
        law = cast("FlipLaw", self.law)  # of two classes
        flipped = tf.sigmoid(margin) * tf.exp(-law.neg_log_flip(alpha, xp=keras.ops))
        rest = tf.sigmoid(-margin) + flipped
        explained = tf.where(rest > 0, tf.math.divide_no_nan(flipped, rest), 1.0)
        return {"p_disk": tf.where(seen_disk, 1.0, explained)}

    def _checks(self, image: tf.Tensor, alpha: tf.Tensor, observed: tf.Tensor) -> list[Any]:
        """What must hold of a request for posteriors."""
        good = tf.reduce_all((alpha > 0) & tf.math.is_finite(alpha))
        return [
            tf.debugging.assert_equal(tf.shape(image), tf.shape(alpha), "alpha: give one for each image"),
            tf.debugging.assert_equal(tf.shape(image), tf.shape(observed), "observed: give one for each image"),
            tf.debugging.Assert(good, ["alpha must be finite and > 0. Received:", alpha]),
        ]

    def _judged(self, image: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """What the network answers to each image, and which bound of the framing it is beyond."""

        def judge() -> tuple[tf.Tensor, tf.Tensor]:
            pixels = self._decoded(image)
            beyond = self.framing.beyond(pixels, xp=keras.ops) if self.framing else tf.zeros_like(pixels[:, 0, 0, 0])
            return self._answers(pixels), tf.cast(beyond, tf.int32)

        # On some processors TensorFlow's convolution gives a batch of no image a wrong shape.
        return tf.cond(tf.size(image) > 0, judge, lambda: (self._none(), tf.zeros((0,), tf.int32)))

    def _decoded(self, image: tf.Tensor) -> tf.Tensor:
        """The pixels of a batch that is not empty.

        A dataset and not tf.map_fn, for only a dataset goes on after an image that it cannot decode: so the error
        names the places of all of them.
        """
        n = tf.size(image, out_type=tf.int64)
        numbered = tf.data.Dataset.from_tensor_slices(image).enumerate()
        decoded = numbered.map(
            lambda place, one: (place, decode(one, self.crop, self.image_size)), num_parallel_calls=tf.data.AUTOTUNE
        )
        readable = decoded.ignore_errors().concatenate(self._end(n)).batch(n + 1)
        place, pixels = readable.get_single_element()
        damaged = tf.sets.difference(tf.range(n)[None], place[None, :-1]).values
        message = ["damaged, or no JPEG or PNG: image", damaged, "(counted from 0) of", n]
        with tf.control_dependencies([tf.debugging.Assert(tf.size(damaged) == 0, message, summarize=100)]):
            return tf.identity(pixels[:-1])

    def _end(self, n: tf.Tensor) -> tf.data.Dataset:
        """A last element, so that a batch without a readable image is an empty one, not none."""
        return tf.data.Dataset.from_tensors((n, tf.zeros((self.image_size, self.image_size, 3))))

    def _none(self) -> tf.Tensor:
        """The answers to no image."""
        return tf.zeros((0, self._first + len(self.numbers) * bool(self.certain)))

    def _answers(self, pixels: tf.Tensor) -> tf.Tensor:
        """Logits in the first columns; where it is known how sure these are, the numbers to publish in the others."""
        if not self.certain:
            return self._plain(pixels)
        parts = []
        for kept, (features, logits) in zip(self.certain, self._looks(pixels), strict=True):
            exact = tf.cast(logits, tf.float64)  # as the catalogue has it, where float32 would move a distance's rank
            member = Certainty(**{name: tf.cast(values, tf.float64) for name, values in kept.items()})
            parts.append((features, exact, member))
        return tf.cast(tf.stack(self._together(parts), axis=1), tf.float32)

    def _published(self, answers: tf.Tensor) -> dict[str, tf.Tensor]:
        """Probabilities and, where it is known, how sure they are."""
        if not self.certain:
            return self._p(answers)
        return {name: answers[:, self._first + place] for place, name in enumerate(self.numbers)}

    @property
    def _first(self) -> int:
        """How many columns of `_answers` are logits: of smooth and disk one, logit p(disk | x)."""
        return 1

    def _plain(self, pixels: tf.Tensor) -> tf.Tensor:
        """The logits alone."""
        logits = self._logits(pixels)
        return logits[:, DISK, None] - logits[:, SMOOTH, None]

    def _together(self, parts: Sequence[tuple[tf.Tensor, tf.Tensor, Certainty]]) -> list[tf.Tensor]:
        """The columns of `_answers` by features, logits and certainty of each network."""
        told = []
        for features, logits, member in parts:
            z = logits[:, DISK] - logits[:, SMOOTH]
            told.append((z, *member.judge(features, z, keras.ops)))
        answers = Answers(*(tf.stack(column, axis=1) for column in zip(*told, strict=True)))
        found, z = answers.published(xp=keras.ops), answers.logit(tf.ones_like(answers.z), keras.ops)
        return [z, *(found[name] for name in self.numbers)]

    def _p(self, first: tf.Tensor) -> dict[str, tf.Tensor]:
        """The probabilities by their logits."""
        return {"p_disk": tf.sigmoid(first[:, 0])}

    def _label(self, found: Mapping[str, tf.Tensor]) -> tf.Tensor:
        """The most probable class."""
        return tf.where(found["p_disk"] > 0.5, CLASS_NAMES[DISK], CLASS_NAMES[SMOOTH])


def save(folder: Path, server: Server) -> None:
    """Write a SavedModel with the signatures serving_default, posterior and pixels; the folder is absent."""
    image = tf.TensorSpec((None,), tf.string, "image")
    alpha, observed = tf.TensorSpec((None,), tf.float32, "alpha"), tf.TensorSpec((None,), tf.string, "observed")
    pixels = tf.TensorSpec((None, server.image_size, server.image_size, 3), tf.float32, "pixels")
    signatures: dict[str, Any] = {
        "serving_default": tf.function(server.from_images, input_signature=[image], autograph=False),
        "posterior": tf.function(server.posterior, input_signature=[image, alpha, observed], autograph=False),
        "pixels": tf.function(server.from_pixels, input_signature=[pixels], autograph=False),
    }
    tf.saved_model.save(server, str(folder), signatures=signatures)
