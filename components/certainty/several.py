"""More than two classes: what a label tells of all logits, and of each class against the rest."""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import softmax

Array = Any
Floats = npt.NDArray[np.float64]
NEVER = -1e30
"""A logit of a class that is left out."""


def contrasts(k: int) -> Floats:
    """(K - 1, K) U: K logits as K - 1 numbers, without what softmax does not see; U U^T = 2 I, all classes alike.

    Examples:
        >>> contrasts(2).tolist()  # logit p(disk | x)
        [[-1.0, 1.0]]
    """
    rows = np.zeros((k - 1, k))
    for c in range(1, k):
        rows[c - 1, :c], rows[c - 1, c] = -1.0, c
        rows[c - 1] *= np.sqrt(2.0 / (c * (c + 1)))
    return rows


def class_terms(logits: npt.ArrayLike, confusion: npt.ArrayLike, seen: npt.ArrayLike) -> tuple[Floats, Floats]:
    """What a galaxy's label tells of its contrasts: Fisher's information, and the slope of the likelihood.

    Formula: with q_j = sum over k of p_k C_kj and t_jk = p_k C_kj / q_j, the slope by the logits is t_j - p, j being
    seen, how far the label moves the probabilities of the classes; and the information is the sum over j of q_j (t_j -
    p)(t_j - p)^T; times U^T / 2 for the contrasts.

    Args:
        logits: (N, K) of p(class | x).
        confusion: (N, K, K) C, p(seen = j | true = k).
        seen: (N,) label seen, 0 to K - 1.

    Returns:
        (N, K - 1, K - 1) information and (N, K - 1) slope.

    Examples:
        >>> information, slope = class_terms([[0.0, 0.0]], [np.eye(2)], [1])  # no law: p (1 - p) and 1 - p
        >>> information.tolist(), slope.tolist()
        ([[[0.25]]], [[0.5]])
    """
    p = softmax(np.asarray(logits, np.float64), axis=1)
    both = p[:, :, None] * np.asarray(confusion, np.float64)
    q = both.sum(axis=1)
    after = both / np.where(q > 0.0, q, 1.0)[:, None, :]
    moved = np.einsum("ck,nkj->ncj", contrasts(p.shape[1]) / 2.0, after - p[:, :, None])
    slope = np.take_along_axis(moved, np.asarray(seen, np.int64)[:, None, None], axis=2)[:, :, 0]
    return np.einsum("nj,ncj,ndj->ncd", q, moved, moved), slope


def against_rest(logits: Array, xp: Any = np) -> tuple[Array, Array]:
    """Each class against the rest.

    Formula: logit p_k = z_k - log sum over l != k of exp z_l, whose derivative by z_l is -p_l / (1 - p_k).

    Args:
        logits: (N, K); xp: numpy, or keras.ops within a network.

    Returns:
        (N, K) logit p_k, and (N, K, K - 1) its derivatives by the contrasts.

    Examples:
        >>> z, by_contrast = against_rest(np.log([[0.2, 0.3, 0.5]]))
        >>> np.round(1 / (1 + np.exp(-z)), 3).tolist()
        [[0.2, 0.3, 0.5]]
    """
    k = logits.shape[1]
    own = np.eye(k)
    rest = xp.where(own > 0.0, NEVER, logits[:, None, :] + 0.0 * own)
    most = xp.max(rest, axis=2, keepdims=True)
    parts = xp.exp(rest - most)
    total = xp.sum(parts, axis=2, keepdims=True)
    z = logits - (most + xp.log(total))[:, :, 0]
    return z, xp.matmul(own - parts / total, contrasts(k).T / 2.0)
