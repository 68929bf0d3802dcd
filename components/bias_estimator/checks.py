"""What a fit of a catalogue refuses."""

import numpy as np
import numpy.typing as npt

from truemorph.components.errors import InputError
from truemorph.components.laws import CLASS_NAMES
from truemorph.components.laws.base import Floats
from truemorph.components.resolution import in_unit, refuse_masked


def checked(
    features: npt.ArrayLike, labels: npt.ArrayLike, alpha: npt.ArrayLike
) -> tuple[Floats, npt.NDArray[np.int64], Floats]:
    """Features, labels as 0 and 1, and alpha, as fit_cv14 takes and refuses them."""
    refuse_masked(features=features, labels=labels, alpha=alpha)
    x, resolution = np.asarray(features, dtype=np.float64), in_unit(alpha, "", "alpha")
    seen = np.asarray(labels)
    if x.ndim != 2 or resolution.shape != (len(x),) or seen.shape != (len(x),) or x.shape[1] < 1:
        shapes = f"{x.shape}, {seen.shape} and {resolution.shape}"
        raise ValueError(f"features, labels, alpha must have shapes (N, D), (N,) and (N,). Received: {shapes}")
    for name, values in (("features", x), ("alpha", resolution)):
        bad = values.size - np.count_nonzero(np.isfinite(values))
        if bad:
            raise InputError(f"{name}: {bad} of {values.size} values are NaN or infinite; drop or fix those rows first")
    if not (resolution > 0).all():
        raise InputError(
            f"alpha: {np.count_nonzero(resolution <= 0)} of {len(x)} values are not positive; drop those rows"
        )
    if seen.dtype.kind in "OUS":
        codes = {name: code for code, name in enumerate(CLASS_NAMES)}
        seen = np.array([codes.get(word, word) for word in seen.tolist()])
    if not np.isin(seen, (0, 1)).all():
        raise InputError(f"labels must be 0 or 'smooth', 1 or 'disk'; received {np.unique(seen)[:5].tolist()}")
    return x, seen.astype(np.int64), resolution
