"""CV18: the label bias among objects alike in their intrinsic properties."""

from collections.abc import Sequence
from typing import Any

import numpy.typing as npt

from truemorph.components.measures.design import BiasDesign
from truemorph.components.measures.result import BiasResult
from truemorph.components.measures.sample import measure


def cv18_bias(
    labels: npt.ArrayLike,
    alpha: npt.ArrayLike,
    intrinsic: npt.ArrayLike,
    *,
    bins: int = 8,
    depth: int = 3,
    min_count: float = 0,
    reference: str | Sequence[str] = "last",
    classes: Sequence[Any] | None = None,
    tree: str = "cyclic",
    replicates: int = 1000,
    seed: int = 0,
) -> BiasResult:
    """CV18 bias L of labels: how far class fractions depend on resolution among objects intrinsically alike.

    Formula: L^2 = mean over observables j, classes k and leaves q of (1/B) sum_l (r_jkql - r0_jkq)^2, where r_jkql is
    the fraction of class k in bin l of alpha_j in leaf q, r0 that in the reference bin, and the leaves are those of a
    tree of median splits of the intrinsic columns. Bins hold equal counts. Only ranks matter. Leaves left empty by tied
    values do not enter the mean. Objects of equal alpha on the edge of a bin are shared between the bins.

    Args:
        labels: (N,) classes, integers.
        alpha: (N,) or (N, J) observables that may bias the labels, such as the resolution.
        intrinsic: (N,) or (N, D) properties that the true class may depend on, such as size, luminosity, redshift.
        bins: bins of alpha in each leaf, >= 2.
        depth: splits from the root to a leaf, >= 0; 2^depth leaves.
        min_count: objects that a cell, one bin of one leaf, must hold on average.
        reference: the bin that shows the true fractions: 'last' (alpha grows as bias falls: resolution), 'first'
            (magnitude, redshift) or 'overall' (the whole leaf); one word, or one for each column of alpha.
        classes: objects with other labels are left out; None: all classes found.
        tree: 'cyclic', which takes the columns in turn, or 'highest_fraction_difference'.
        replicates: at least this many are behind the intervals, drawn when these are first asked for; 0: no intervals.
        seed: of the replicates.

    Returns:
        BiasResult; value None and a status where the data cannot tell.

    Raises:
        InputError: if alpha or intrinsic hold NaN or infinities.
        ValueError: if shapes or options are wrong.

    Examples:
        >>> import numpy as np
        >>> rng = np.random.default_rng(1)
        >>> alpha, size = rng.uniform(4, 40, 8000), rng.normal(size=(8000, 3))
        >>> disk = (rng.random(8000) < 0.5) & (rng.random(8000) > np.exp(-(alpha**2) / (2 * 9.18**2)))
        >>> result = cv18_bias(disk.astype(int), alpha, size)
        >>> round(result.value, 2), round(result.noise_floor, 2)
        (0.17, 0.06)

    References:
        Cabrera-Vives, Miller & Schneider 2018, AJ 156, 284.
    """
    design = BiasDesign(bins, depth, min_count, reference, classes, tree, replicates, seed)
    return measure(design, labels, alpha, intrinsic)
