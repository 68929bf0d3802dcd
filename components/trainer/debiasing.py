"""The debiasing layer: from p(true class | x) and alpha to p(label seen | x, alpha)."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import ops

from truemorph.components.laws import ExponentialLaw
from truemorph.components.likelihood import log_confusion, log_seen


@keras.saving.register_keras_serializable(package="truemorph")
class DebiasingLayer(keras.layers.Layer):
    """Sends a classifier's probabilities through the law of mislabelling, so that stock losses train it on seen labels.

    It stands between the classifier and the loss while training and is dropped at prediction. Whatever the dtype
    policy, it computes in float32 at least.

    Formula: p(seen = j | x, alpha) = sum over k of p(seen = j | y = k, alpha) p(y = k | x).

    Args:
        law: the law, or its configuration, such as {"law": "exponential", "theta": 9.18}.
        from_logits: True: takes logits and returns log p(seen | x, alpha), which are valid logits for
            SparseCategoricalCrossentropy(from_logits=True). False: probabilities in, probabilities out.

    Call arguments:
        inputs: [p(y | x) or logits (N, 2) in the order smooth, disk; alpha (N,) or (N, 1), dimensionless, > 0].

    Returns:
        (N, 2) tensor.

    Raises:
        ValueError: if the law is not known.

    Example:
        >>> import numpy as np
        >>> layer = DebiasingLayer(ExponentialLaw(theta=9.18))
        >>> np.asarray(layer([np.float32([[0.0, 1.0]]), np.float32([9.18])])).round(3).tolist()
        [[0.6069999933242798, 0.3930000066757202]]

    References:
        Medina-Rosales & Cabrera-Vives 2021, equations 2 and 4.
    """

    def __init__(self, law: ExponentialLaw | Mapping[str, Any], from_logits: bool = False, **kwargs: Any) -> None:
        super().__init__(autocast=False, **kwargs)
        if isinstance(law, Mapping):
            if set(law) != {"law", "theta"} or law["law"] != ExponentialLaw.kind:
                raise ValueError(f'law must be {{"law": "exponential", "theta": number}}. Received: law={dict(law)}')
            law = ExponentialLaw(float(law["theta"]))
        elif not isinstance(law, ExponentialLaw):
            raise ValueError(f"law must be an ExponentialLaw or its configuration. Received: law={law!r}")
        self.law = law
        self.from_logits = from_logits

    def call(self, inputs: Sequence[Any]) -> Any:
        predictions, alpha = (ops.cast(value, keras.backend.result_type(value.dtype, "float32")) for value in inputs)
        alpha = ops.reshape(ops.cast(alpha, predictions.dtype), (-1,))
        confusion = log_confusion(alpha, self.law.theta)
        if self.from_logits:
            return log_seen(ops.log_softmax(predictions, axis=-1), confusion)
        return ops.einsum("nk,nkj->nj", predictions, ops.exp(confusion))

    def compute_output_spec(self, inputs: Sequence[Any]) -> keras.KerasTensor:
        predictions = inputs[0]
        return keras.KerasTensor(predictions.shape, keras.backend.result_type(predictions.dtype, "float32"))

    def get_config(self) -> dict[str, Any]:
        law = {"law": self.law.kind, "theta": self.law.theta}
        return {**super().get_config(), "law": law, "from_logits": self.from_logits}
