"""The likelihood as a loss, for any Keras backend: TensorFlow, JAX or PyTorch, in training loops of your own.

Tensors are those of the backend (the environment variable KERAS_BACKEND), and gradients flow through them.
"""

from typing import Any

from keras import ops

from truemorph.components.laws import Law, VoteLaw
from truemorph.components.likelihood import Tensor, log_confusion, log_likelihood, log_votes_seen


def label_loss(logits: Tensor, alpha: Tensor, seen: Tensor, law: Law) -> Tensor:
    """Minus the mean log-likelihood of the labels seen, which may be wrong.

    Formula: -mean over n of log sum over y of p(seen_n | y, alpha_n) p(y | x_n), p(y | x) = softmax(logits).

    Args:
        logits: (N, K) of the true class, float32 or float64.
        alpha: (N,) resolution, dimensionless, > 0; or (N, J) what the law takes.
        seen: (N,) label seen, integer, such as 0 smooth or 1 disk.
        law: the law of mislabelling.

    Returns:
        A scalar, >= 0.

    Examples:
        >>> import numpy as np
        >>> from truemorph import ExponentialLaw
        >>> loss = label_loss(np.float32([[0, 0]]), np.float32([9.18]), np.int32([0]), ExponentialLaw(9.18))
        >>> float(np.exp(-np.asarray(loss)).round(4))  # 0.5 + 0.5 exp(-1/2)
        0.8033000230789185

    References:
        Medina-Rosales & Cabrera-Vives 2021, equations 1 to 4.
    """
    return -ops.mean(log_likelihood(logits, alpha, seen, law))


def vote_loss(logits: Tensor, alpha: Tensor, counts: Any, law: Law, votes: VoteLaw) -> Tensor:
    """Minus the mean log-likelihood of volunteers' votes, so that 30 of 60 does not weigh as much as 59 of 60.

    Formula: -mean over n of log sum over y and seen j of p(y | x_n) p(j | y, alpha_n) p(votes_n | y, j).

    Args:
        logits: (N, 2) of the true class.
        alpha: (N,) resolution, dimensionless, > 0.
        counts: (N, 2) NumPy, votes for smooth and for disk, whole numbers.
        law: the law of mislabelling.
        votes: the law of votes, such as `truemorph.VoteLaw` fitted by a run (`votes` in model.json).

    Returns:
        A scalar.

    Examples:
        >>> import numpy as np
        >>> from truemorph import ExponentialLaw, VoteLaw
        >>> votes = VoteLaw((((8.0, 2.0), (2.0, 8.0)), ((6.0, 4.0), (2.0, 8.0))))
        >>> arguments = np.float32([9.18]), [[30, 10]], ExponentialLaw(9.18), votes
        >>> smooth, disk = (float(vote_loss(np.float32([logits]), *arguments)) for logits in ([9, 0], [0, 9]))
        >>> smooth < disk
        True
    """
    log_true = ops.log_softmax(ops.convert_to_tensor(logits), axis=-1)
    log_counts = ops.cast(ops.convert_to_tensor(votes.log_votes(counts)), log_true.dtype)
    return -ops.mean(log_votes_seen(log_true, log_confusion(alpha, law), log_counts))
