"""How far all answers of a network may be off together, by the labels of galaxies that it did not learn from."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
WIDTHS = (1.0, 0.5)
"""Of the normal priors on what is added to a logit, and on the logarithm of what it is multiplied by."""


def offsets_of(contrasts: npt.ArrayLike) -> Floats:
    """(N, C, C + 1) derivatives of a + b z by a and ln b at a = 0 and b = 1, for contrasts z (N, C).

    Examples:
        >>> offsets_of([[2.5]]).tolist()
        [[[1.0, 2.5]]]
    """
    z = np.asarray(contrasts, np.float64)
    ones = np.broadcast_to(np.eye(z.shape[1]), (*z.shape, z.shape[1]))
    return np.concatenate([ones, z[:, :, None]], axis=2)


def offset_of(contrasts: npt.ArrayLike, information: npt.ArrayLike, slopes: npt.ArrayLike) -> Floats:
    """A root of the second moment of (a, ln b), where a + b z would be right and z is what the network says.

    Formula: C + m m^T, C = (sum of J^T w J + P)^-1 and m = C (sum of J^T s): what labels held back leave open, and how
    far they say that the network is off (one step of Newton's, which is all that such a number is worth); w is
    Fisher's information of a label and s the slope of its likelihood, J of offsets_of, P the priors' precision.

    Args:
        contrasts: (N, C) what the network says of galaxies that it did not learn from; N may be 0.
        information: (N, C, C) of their labels, see label_terms and class_terms.
        slopes: (N, C) of their labels.

    Returns:
        (C + 1, C + 1) R, the second moment being R R^T.

    Examples:
        >>> z = np.repeat([-1.0, 1.0], 200)[:, None]
        >>> root = offset_of(z, np.full((400, 1, 1), 0.2), np.zeros((400, 1)))
        >>> np.linalg.norm(root, axis=1).round(2).tolist()  # 1 / sqrt(400 * 0.2), the priors aside
        [0.11, 0.11]
    """
    j, w, s = offsets_of(contrasts), np.asarray(information, np.float64), np.asarray(slopes, np.float64)
    count = j.shape[2]
    widths = np.array([WIDTHS[0]] * (count - 1) + [WIDTHS[1]])
    covariance = np.linalg.inv(np.einsum("ncp,ncd,ndq->pq", j, w, j) + np.diag(widths**-2.0))
    off = covariance @ np.einsum("ncp,nc->p", j, s)
    return np.linalg.cholesky(covariance + np.outer(off, off))
