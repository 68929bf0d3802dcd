"""Whether a training was long enough."""

from collections.abc import Sequence

import numpy as np

SHARE = 0.1
"""Share of all that the validation loss fell by, which may lie in the last third of the epochs."""
LEAST = 6
"""Epochs that it takes to see."""


def why_not_converged(losses: Sequence[float | None]) -> str | None:
    """The reason why a training should go on longer, or None.

    Formula: (a - b) / (L_1 - b) > 0.1, with L_1 the validation loss of the first epoch, a and b its means over the
    sixth of the epochs that ends two thirds through, and over the last sixth.

    Args:
        losses: validation loss of each epoch, nats; None where there was no galaxy.

    Example:
        >>> why_not_converged([0.69, 0.5, 0.42, 0.40, 0.40, 0.40])
        >>> why_not_converged([0.69, 0.66, 0.63, 0.60, 0.57, 0.54])
        'the validation loss still fell: 0.600 two thirds through, 0.540 at the end'
    """
    known = np.array([np.nan if loss is None else loss for loss in losses], np.float64)
    if len(known) < LEAST or not np.isfinite(known).all():
        return None
    wide, middle = max(len(known) // 6, 1), 2 * len(known) // 3
    before, last = known[middle - wide : middle].mean(), known[-wide:].mean()
    if before - last <= SHARE * (known[0] - last) or before <= last:
        return None
    return f"the validation loss still fell: {before:.3f} two thirds through, {last:.3f} at the end"
