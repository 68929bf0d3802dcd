"""The likelihood of a label that may be wrong: sum over true classes y of p(seen | y, alpha) p(y | x)."""

from typing import Any

from keras import ops

Tensor = Any
"""A tensor of the Keras backend, or anything that it takes for one."""

_TINY = 1e-37
"""Near the least normal float32: keeps the logarithm of p(seen disk | disk) finite for alpha down to 0."""


def log_confusion(alpha: Tensor, theta: float) -> Tensor:
    """log p(seen | true, alpha) of the exponential law, exact where p_flip is next to 0 or to 1.

    Formula: with u = alpha^2 / (2 theta^2): log p(smooth | disk) = -u, log p(disk | disk) = log(-expm1(-u)),
    log p(smooth | smooth) = 0, log p(disk | smooth) = -inf.

    Args:
        alpha: (N,) resolution, dimensionless, > 0, float32 or float64.
        theta: resolution scale, dimensionless, > 0.

    Returns:
        (N, 2, 2) tensor, [n, true class, seen class], of alpha's dtype.

    Example:
        >>> import numpy as np
        >>> np.exp(np.asarray(log_confusion(np.float32([9.18]), 9.18))).round(3).tolist()
        [[[1.0, 0.0], [0.6069999933242798, 0.3930000066757202]]]

    References:
        Medina-Rosales & Cabrera-Vives 2021, equation 4.
    """
    exponent = ops.maximum(0.5 * ops.square(alpha / theta), _TINY)
    from_smooth = ops.stack([ops.zeros_like(exponent), ops.full_like(exponent, -float("inf"))], axis=-1)
    from_disk = ops.stack([-exponent, ops.log(-ops.expm1(-exponent))], axis=-1)
    return ops.stack([from_smooth, from_disk], axis=-2)


def log_seen(log_true: Tensor, log_confusion: Tensor) -> Tensor:
    """log p(seen | x, alpha): the classifier's probabilities sent through the confusion, in log space.

    Formula: log p(seen = j | x, alpha) = logsumexp over k of [log p(y = k | x) + log p(seen = j | y = k, alpha)].
    As a loop: for j: out[n, j] = log(sum(exp(log_true[n, k] + log_confusion[n, k, j]) for k in classes)).

    Args:
        log_true: (N, K) log p(y | x), as from ops.log_softmax(logits).
        log_confusion: (N, K, K) log p(seen | true, alpha), [n, true class, seen class]; -inf where impossible.

    Returns:
        (N, K) tensor; its exponentials sum to 1 over the last axis.

    References:
        Medina-Rosales & Cabrera-Vives 2021, equation 2.
    """
    return ops.logsumexp(ops.expand_dims(log_true, -1) + log_confusion, axis=-2)


def log_likelihood(logits: Tensor, alpha: Tensor, seen: Tensor, theta: float) -> Tensor:
    """log p(seen | x, alpha) of each object's own label; minus its mean is what debiased training minimises.

    Args:
        logits: (N, 2) unnormalised log p(y | x), [smooth, disk], float32 or float64.
        alpha: (N,) resolution, dimensionless, > 0.
        seen: (N,) label seen, integer, 0 smooth or 1 disk.
        theta: resolution scale of the exponential law, > 0.

    Returns:
        (N,) tensor, <= 0.

    Example:
        >>> import numpy as np
        >>> log_p = log_likelihood(np.float32([[0.0, 0.0]]), np.float32([9.18]), np.int32([0]), 9.18)
        >>> np.exp(np.asarray(log_p)).round(4).tolist()  # 0.5 + 0.5 exp(-1/2)
        [0.8033000230789185]

    References:
        Medina-Rosales & Cabrera-Vives 2021, equations 1 to 4.
    """
    log_p = log_seen(ops.log_softmax(logits, axis=-1), log_confusion(alpha, theta))
    return ops.squeeze(ops.take_along_axis(log_p, ops.expand_dims(seen, -1), axis=-1), -1)
