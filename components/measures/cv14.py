"""CV14: the label bias of a whole catalogue."""

from collections.abc import Sequence
from typing import Any

import numpy.typing as npt

from truemorph.components.measures.design import BiasDesign
from truemorph.components.measures.result import BiasResult
from truemorph.components.measures.sample import measure


def cv14_bias(
    labels: npt.ArrayLike,
    alpha: npt.ArrayLike,
    *,
    bins: int = 10,
    reference: str | Sequence[str] = "last",
    classes: Sequence[Any] | None = None,
    replicates: int = 1000,
    seed: int = 0,
) -> BiasResult:
    """CV14 bias L of labels: how far class fractions depend on resolution.

    Formula: L^2 = mean over observables j and classes k of (1/B) sum_l (r_jkl - r0_jk)^2, where r_jkl is the fraction
    of class k in bin l of alpha_j and r0 that in the reference bin. Bins hold equal counts. Only ranks matter. Objects
    of equal alpha on the edge of a bin are shared between the bins. L is above 0 without any mislabelling where the
    true class depends on alpha (large galaxies are disks more often): see CV18.

    Args:
        labels: (N,) classes, integers.
        alpha: (N,) or (N, J) observables that may bias the labels, such as the resolution.
        bins: bins of alpha, >= 2.
        reference: the bin that shows the true fractions: 'last' (alpha grows as bias falls: resolution), 'first'
            (magnitude, redshift) or 'overall' (the catalogue); one word, or one for each column of alpha.
        classes: objects with other labels are left out; None: all classes found.
        replicates: at least this many are behind the intervals, drawn when these are first asked for; 0: no intervals.
        seed: of the replicates.

    Returns:
        BiasResult; value None and a status where the data cannot tell.

    Raises:
        InputError: if alpha holds NaN or infinities.
        ValueError: if shapes or options are wrong.

    Examples:
        >>> import numpy as np
        >>> rng = np.random.default_rng(1)
        >>> alpha = rng.uniform(4, 40, 4000)
        >>> disk = (rng.random(4000) < 0.5) & (rng.random(4000) > np.exp(-(alpha**2) / (2 * 9.18**2)))
        >>> result = cv14_bias(disk.astype(int), alpha)
        >>> round(result.value, 2), round(result.noise_floor, 2), result.status
        (0.16, 0.03, 'ok')

    References:
        Cabrera, Miller & Schneider 2014, ICPR, 4417; Medina-Rosales & Cabrera-Vives 2021, section 3.3.
    """
    design = BiasDesign(bins, reference=reference, classes=classes, replicates=replicates, seed=seed)
    return measure(design, labels, alpha)
