"""The likelihood of a label, or of votes, that may be wrong: sum over true classes y of p(seen | y, alpha) p(y | x)."""

from collections.abc import Mapping
from typing import Any

from keras import ops

from truemorph.components.laws import Law

Tensor = Any
"""A tensor of the Keras backend, or anything that it takes for one."""


def log_confusion(observables: Tensor, law: Law, parameters: Mapping[str, Tensor] | None = None) -> Tensor:
    """log p(seen | true, observables) of a law, exact where a mistake is next to certain or to impossible.

    Formula: that of the law; with u = -log p_flip: log p(smooth | disk) = -u, log p(disk | disk) = log(-expm1(-u)),
    log p(smooth | smooth) = 0, log p(disk | smooth) = -inf.

    Args:
        observables: (N,) resolution, dimensionless, > 0; or (N, J) what the law takes; float32 or float64.
        law: the law.
        parameters: tensors to use for its parameters; None: its own values.

    Returns:
        (N, K, K) tensor, [n, true class, seen class], of the dtype of observables.

    Example:
        >>> import numpy as np
        >>> from truemorph.components.laws import ExponentialLaw
        >>> np.exp(np.asarray(log_confusion(np.float32([9.18]), ExponentialLaw(9.18)))).round(3).tolist()
        [[[1.0, 0.0], [0.6069999933242798, 0.3930000066757202]]]

    References:
        Medina-Rosales & Cabrera-Vives 2021, equation 4.
    """
    return law.log_confusion(ops.convert_to_tensor(observables), parameters, xp=ops)


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


def log_likelihood(logits: Tensor, observables: Tensor, seen: Tensor, law: Law) -> Tensor:
    """log p(seen | x, alpha) of each object's own label; minus its mean is what debiased training minimises.

    Args:
        logits: (N, K) unnormalised log p(y | x), float32 or float64.
        observables: (N,) resolution, dimensionless, > 0; or (N, J) what the law takes.
        seen: (N,) label seen, integer, such as 0 smooth or 1 disk.
        law: the law of mislabelling.

    Returns:
        (N,) tensor, <= 0.

    Example:
        >>> import numpy as np
        >>> from truemorph.components.laws import ExponentialLaw
        >>> log_p = log_likelihood(np.float32([[0.0, 0.0]]), np.float32([9.18]), np.int32([0]), ExponentialLaw(9.18))
        >>> np.exp(np.asarray(log_p)).round(4).tolist()  # 0.5 + 0.5 exp(-1/2)
        [0.8033000230789185]

    References:
        Medina-Rosales & Cabrera-Vives 2021, equations 1 to 4.
    """
    log_p = log_seen(ops.log_softmax(logits, axis=-1), log_confusion(observables, law))
    return ops.squeeze(ops.take_along_axis(log_p, ops.expand_dims(seen, -1), axis=-1), -1)


def log_votes_seen(log_true: Tensor, log_confusion: Tensor, log_votes: Tensor) -> Tensor:
    """log p(votes | x, alpha): as log_seen, with the votes in the place of one label that is certain.

    Formula: log p(votes | x, alpha) = logsumexp over true k and seen j of
    [log p(y = k | x) + log p(seen = j | y = k, alpha) + log p(votes | y = k, seen = j)].
    With log_votes = 0 for the majority label and -inf for the others it is the likelihood of that label.

    Args:
        log_true: (N, K) log p(y | x).
        log_confusion: (N, K, K) log p(seen | true, alpha).
        log_votes: (N, K, K) log p(votes | true, seen), as VoteLaw.log_votes gives it.

    Returns:
        (N,) tensor.

    Example:
        >>> import numpy as np
        >>> half = np.log(np.float32([[0.5, 0.5]]))
        >>> confusion = np.log(np.float32([[[1.0, 1e-30], [0.6, 0.4]]]))
        >>> label = np.log(np.float32([[[1.0, 1e-30], [1.0, 1e-30]]]))  # certainly seen as smooth
        >>> np.exp(np.asarray(log_votes_seen(half, confusion, label))).round(3).tolist()  # 0.5 + 0.5 * 0.6
        [0.800000011920929]
    """
    return ops.logsumexp(ops.expand_dims(log_true, -1) + log_confusion + log_votes, axis=(-2, -1))
