"""certainty.npz beside a network: what it takes to say how sure an answer is."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from truemorph.components.artifacts.model_folder import CERTAINTY
from truemorph.components.certainty.laplace import Evidence, posterior_of, with_one
from truemorph.components.certainty.novelty import distances, share_nearer, whitening
from truemorph.components.certainty.several import against_rest, contrasts
from truemorph.components.errors import InputError
from truemorph.components.files import replacing

TWO_SIDED_95 = 3.92
"""Standard deviations from one end of a 95 % interval to the other."""
Array = Any


@dataclass(frozen=True)
class Certainty:
    """What is known of one network's last layer; h is the input of that layer with a 1 at its end.

    Args:
        root: (D, D), see posterior_of; of K classes (C D, C D + M), for C = K - 1 contrasts one after the other, with M
            columns for what is not known of the confusion.
        shift: (D,), see posterior_of; of K classes (C D,) and not used.
        offset: (C + 1, C + 1), see offset_of.
        mean: (D - 1,), see whitening.
        whiten: (D - 1, D - 1), see whitening.
        reference: (M,) distances of the galaxies held back, in order.
    """

    root: Array
    shift: Array
    offset: Array
    mean: Array
    whiten: Array
    reference: Array

    @classmethod
    def of(
        cls, evidence: Evidence, count: int, squared_weights: float, held: npt.ArrayLike, offset: npt.ArrayLike
    ) -> "Certainty":
        """From sums over `count` training galaxies, and the (M, D - 1) features and the offset of those held back."""
        root, shift = posterior_of(evidence, squared_weights)
        if shift.ndim > 1:
            root, shift = np.concatenate([root, shift], axis=1), np.zeros(len(root))
        mean, whiten = whitening(evidence, count)
        reference = np.sort(distances(np.asarray(held, np.float64), mean, whiten))
        return cls(root, shift, np.asarray(offset, np.float64), mean, whiten, reference)

    def judge(self, features: Any, z: Array, xp: Any = np) -> tuple[Array, Array, Array]:
        """How sure the network is of some images.

        Formula: the variance of z = logit p(disk | x) is |root^T h|^2 by the labels, plus |offset^T (1, z)|^2, by which
        all answers may be off together; and, by theta, the square of the drift h . shift / 3.92.

        Args:
            features: (N, D - 1) input of the last layer.
            z: (N,) what the network says.
            xp: numpy, or keras.ops within a network.

        Returns:
            (N,) variance, (N,) drift, and (N,) the share of the galaxies held back that are nearer to the training set.
        """
        h = with_one(features, xp)
        variance = self._variance(h, xp.stack([xp.ones_like(z), z], axis=1), xp)
        return variance, xp.matmul(h, self.shift[:, None])[:, 0] / TWO_SIDED_95, self._nearer(h, xp)

    def judge_classes(self, features: Any, logits: Array, xp: Any = np) -> tuple[Array, Array, Array]:
        """The same for each class against the rest.

        Formula: the variance as in judge, with z = logit p_k and the outer product of its derivatives by the contrasts
        and h for h, and of (1, contrast) for (1, z).

        Args:
            features: (N, D - 1) input of the last layer.
            logits: (N, K) what the network says.
            xp: numpy, or keras.ops within a network.

        Returns:
            (N, K) logit p_k, its (N, K) variance, and (N,) the share.
        """
        z, by_contrast = against_rest(logits, xp)
        h, k = with_one(features, xp), logits.shape[1]
        contrast = xp.matmul(logits, contrasts(k).T)
        slope = xp.sum(by_contrast * contrast[:, None, :], axis=2, keepdims=True)
        of_weights = xp.reshape(by_contrast[:, :, :, None] * h[:, None, None, :], (-1, self.root.shape[0]))
        of_offset = xp.reshape(xp.concatenate([by_contrast, slope], axis=2), (-1, k))
        return z, xp.reshape(self._variance(of_weights, of_offset, xp), (-1, k)), self._nearer(h, xp)

    def _variance(self, of_weights: Array, of_offset: Array, xp: Any) -> Array:
        """Of what moves so with the weights, and so with the offset."""
        variance = xp.sum(xp.square(xp.matmul(of_weights, self.root)), axis=1)
        return variance + xp.sum(xp.square(xp.matmul(of_offset, self.offset)), axis=1)

    def _nearer(self, h: Array, xp: Any) -> Array:
        return share_nearer(distances(h[:, :-1], self.mean, self.whiten, xp), self.reference, xp)


def write_certainty(path: Path, members: Sequence[Certainty]) -> None:
    """Write that of one network, or of those of all folds, in float32."""
    arrays = {
        f"{name}-{number}": values.astype(np.float32)
        for number, member in enumerate(members)
        for name, values in asdict(member).items()
    }
    with replacing(path) as staged, open(staged, "wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]


def read_certainty(folder: Path) -> list[Certainty]:
    """That of a model's networks, in the order of the folds; empty where the model has none.

    Raises:
        InputError: if the file is damaged.
    """
    path = folder / CERTAINTY
    if not path.is_file():
        return []
    names = [field.name for field in fields(Certainty)]
    try:
        with np.load(path) as file:
            count = sum(name.startswith("root-") for name in file.files)
            found = [{name: file[f"{name}-{n}"] for name in names if f"{name}-{n}" in file.files} for n in range(count)]
        return [_member(arrays) for arrays in found]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: is damaged ({error}); train the network again") from None


def _member(arrays: dict[str, Array]) -> Certainty:
    """One network's; of a file from before offsets were known, with none."""
    classes = arrays["root"].shape[0] // (arrays["mean"].shape[0] + 1) + 1
    known = {"offset": np.zeros((classes, classes))} | arrays
    return Certainty(**{name: values.astype(np.float64) for name, values in known.items()})
