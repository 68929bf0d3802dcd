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
from truemorph.components.errors import InputError
from truemorph.components.files import replacing

TWO_SIDED_95 = 3.92
"""Standard deviations from one end of a 95 % interval to the other."""
Array = Any


@dataclass(frozen=True)
class Certainty:
    """What is known of one network's last layer; h is the input of that layer with a 1 at its end.

    Args:
        root: (D, D), see posterior_of; of K classes (C D, C D), for C = K - 1 contrasts one after the other.
        shift: (C D,), see posterior_of.
        mean: (D - 1,), see whitening.
        whiten: (D - 1, D - 1), see whitening.
        reference: (M,) distances of the galaxies held back, in order.
    """

    root: Array
    shift: Array
    mean: Array
    whiten: Array
    reference: Array

    @classmethod
    def of(cls, evidence: Evidence, count: int, squared_weights: float, held: npt.ArrayLike) -> "Certainty":
        """From sums over `count` training galaxies, and the (M, D - 1) features of those held back."""
        root, shift = posterior_of(evidence, squared_weights)
        mean, whiten = whitening(evidence, count)
        return cls(root, shift, mean, whiten, np.sort(distances(np.asarray(held, np.float64), mean, whiten)))

    def judge(self, features: Any, xp: Any = np) -> tuple[Array, Array, Array]:
        """How sure the network is of some images.

        Formula: the variance of z = logit p(disk | x) is |root^T h|^2 by the labels, plus the square of the drift
        h . shift / 3.92, by theta.

        Args:
            features: (N, D - 1) input of the last layer.
            xp: numpy, or keras.ops within a network.

        Returns:
            (N,) variance by the labels, (N,) drift, and (N,) the share of the galaxies held back that are nearer to the
            training set.
        """
        h = with_one(features, xp)
        return *self._errors(h, xp), self._nearer(h, xp)

    def judge_classes(self, features: Any, by_contrast: Array, xp: Any = np) -> tuple[Array, Array, Array]:
        """The same for each class against the rest.

        Formula: as judge, with z = logit p_k and the outer product of its derivatives by the contrasts and h for h.

        Args:
            features: (N, D - 1) input of the last layer.
            by_contrast: (N, K, C) of against_rest.
            xp: numpy, or keras.ops within a network.

        Returns:
            (N, K) variance, (N, K) drift, and (N,) the share.
        """
        h = with_one(features, xp)
        k, weights = by_contrast.shape[1], self.root.shape[0]
        all_of_them = xp.reshape(by_contrast[:, :, :, None] * h[:, None, None, :], (-1, weights))
        variance, drift = self._errors(all_of_them, xp)
        return xp.reshape(variance, (-1, k)), xp.reshape(drift, (-1, k)), self._nearer(h, xp)

    def _errors(self, h: Array, xp: Any) -> tuple[Array, Array]:
        variance = xp.sum(xp.square(xp.matmul(h, self.root)), axis=1)
        return variance, xp.matmul(h, self.shift[:, None])[:, 0] / TWO_SIDED_95

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
            count = len(file.files) // len(names)
            return [Certainty(*(file[f"{name}-{n}"].astype(np.float64) for name in names)) for n in range(count)]
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{path}: is damaged ({error}); train the network again") from None
