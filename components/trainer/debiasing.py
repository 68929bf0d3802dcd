"""The debiasing layer: from p(true class | x) and alpha to p(label seen | x, alpha)."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from truemorph.components.laws import Law, law_from_config
from truemorph.components.likelihood import log_confusion, log_seen, log_votes_seen


@keras.saving.register_keras_serializable(package="truemorph")
class DebiasingLayer(keras.layers.Layer):
    """Sends a classifier's probabilities through the law of mislabelling, so that stock losses train it on seen labels.

    It stands between the classifier and the loss while training and is dropped at prediction. Whatever the dtype
    policy, it computes in float32 at least. Parameters of the law may be learnt with the network: each starts at the
    law's value, under a normal prior (for parameters that must be > 0, of their logarithm) that is added to the loss.

    Formula: p(seen = j | x, alpha) = sum over k of p(seen = j | y = k, alpha) p(y = k | x). The prior adds
    sum over learnt parameters of (ln theta - ln theta_0)^2 / (2 s^2 N).

    Args:
        law: the law, or its configuration, such as {"law": "exponential", "theta": 9.18}.
        from_logits: True: takes logits and returns log p(seen | x, alpha), which are valid logits for
            SparseCategoricalCrossentropy(from_logits=True). False: probabilities in, probabilities out.
        learn: s, the prior's standard deviation, by name of each parameter that is learnt, such as {"theta": 0.02}, or
            one for each of its elements; for a parameter > 0 that of its logarithm; > 0 or infinite (no prior). None:
            the law is fixed.
        galaxies: N, the number of galaxies that the loss is the mean over; needed where learn is given.
        rates: (K,) shares, in (0, 1], of the labels of each class that the sample kept, if it was drawn by label: then
            p(seen = j | x, alpha) becomes r_j p(seen = j | x, alpha) / sum over i of r_i p(seen = i | x, alpha).
            None: not drawn by label.

    Call arguments:
        inputs: [p(y | x) or logits (N, K) in the order of the law's classes (smooth, disk); alpha (N,) or (N, 1),
            dimensionless, > 0, or what observables (N, J) the law takes; and, for a law that takes more than alpha,
            its observables (N, J), NaN where not known].

    Output: (N, K) tensor.

    Raises:
        ValueError: if the law is not known, or learn names no parameter of it.

    Examples:
        >>> layer = DebiasingLayer({"law": "exponential", "theta": 9.18})
        >>> np.asarray(layer([np.float32([[0.0, 1.0]]), np.float32([9.18])])).round(3).tolist()
        [[0.6069999933242798, 0.3930000066757202]]

    References:
        Medina-Rosales & Cabrera-Vives 2021, equations 2 and 4.
    """

    def __init__(
        self,
        law: Law | Mapping[str, Any],
        from_logits: bool = False,
        learn: Mapping[str, npt.ArrayLike] | None = None,
        galaxies: int | None = None,
        rates: Sequence[float] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(autocast=False, **kwargs)
        if isinstance(law, Mapping):
            law = law_from_config(law)
        elif not isinstance(law, Law):
            raise ValueError(f"law must be a law or its configuration. Received: law={law!r}")
        spread = {name: np.asarray(width, np.float64) for name, width in (learn or {}).items()}
        if not (set(spread) <= set(law.parameters) and all((width > 0).all() for width in spread.values())) or (
            spread and galaxies is None
        ):
            raise ValueError(
                f"learn must give a number > 0 for some of {sorted(law.parameters)}, and galaxies their number. "
                f"Received: learn={learn}, galaxies={galaxies}"
            )
        if rates is not None and (len(rates) != len(law.classes) or not all(0 < rate <= 1 for rate in rates)):
            raise ValueError(f"rates must be {len(law.classes)} shares in (0, 1]. Received: rates={rates}")
        self.law = law
        self.rates = None if rates is None else [float(rate) for rate in rates]
        self.from_logits = from_logits
        self.learn = {name: width.tolist() for name, width in spread.items()} or None
        self.galaxies = galaxies
        self.raw = {name: self._variable(name) for name in self.learn or ()}

    def call(self, inputs: Sequence[Any]) -> Any:
        predictions, confusion = self._read(inputs[0], inputs[1], *inputs[2:])
        if self.learn:
            self.add_loss(self._prior())
        if self.from_logits:
            return self._drawn(log_seen(ops.log_softmax(predictions, axis=-1), confusion))
        seen = ops.einsum("nk,nkj->nj", predictions, ops.exp(confusion))
        if self.rates is None:
            return seen
        kept = seen * ops.cast(self.rates, seen.dtype)
        return kept / ops.sum(kept, axis=-1, keepdims=True)

    def learnt_law(self) -> Law:
        """The law with the parameters as they are now."""
        values = {name: np.asarray(variable, np.float64) for name, variable in self.raw.items()}
        return self.law.with_parameters({name: self._value(name, raw, np) for name, raw in values.items()})

    def compute_output_spec(self, inputs: Sequence[Any]) -> keras.KerasTensor:
        predictions = inputs[0]
        return keras.KerasTensor(predictions.shape, keras.backend.result_type(predictions.dtype, "float32"))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "law": self.law.get_config(),
            "from_logits": self.from_logits,
            "learn": self.learn,
            "galaxies": self.galaxies,
            "rates": self.rates,
        }

    def _drawn(self, log_p: Any) -> Any:
        """log p(seen | x, alpha) in the sample, which may have been drawn by label."""
        if self.rates is None:
            return log_p
        return ops.log_softmax(log_p + ops.cast(np.log(self.rates), log_p.dtype), axis=-1)

    def _read(self, predictions: Any, observables: Any, *more: Any) -> tuple[Any, Any]:
        """Predictions in float32 at least, and the confusion of each galaxy."""
        if more:
            alpha = ops.reshape(observables, (-1, 1))
            observables = ops.concatenate([alpha, ops.cast(more[0], alpha.dtype)], axis=-1)
        predictions, observables = (
            ops.cast(value, keras.backend.result_type(value.dtype, "float32")) for value in (predictions, observables)
        )
        observables = ops.cast(observables, predictions.dtype)
        if len(observables.shape) == 2 and observables.shape[1] == 1:
            observables = ops.reshape(observables, (-1,))
        parameters = None
        if self.learn:
            parameters = {
                name: self._value(name, ops.cast(self.raw[name], predictions.dtype), ops)
                if name in self.raw
                else ops.cast(value, predictions.dtype)
                for name, value in self.law.parameters.items()
            }
        return predictions, log_confusion(observables, self.law, parameters)

    def _variable(self, name: str) -> keras.Variable:
        start = self._start(name)
        return self.add_weight(
            shape=start.shape, initializer=lambda shape, dtype: ops.cast(start, dtype), name=name, dtype="float32"
        )

    def _start(self, name: str) -> Any:
        """Where a learnt parameter starts: its logarithm where it must be > 0. A value of 0 is as good as none."""
        value = self.law.parameters[name]
        return np.log(np.maximum(value, 1e-12)) if name in self.law.positive else value

    def _value(self, name: str, raw: Any, xp: Any) -> Any:
        return xp.exp(raw) if name in self.law.positive else raw

    def _prior(self) -> Any:
        """Minus the logarithm of the prior, a galaxy."""
        terms = [
            ops.sum(ops.square((self.raw[name] - ops.cast(self._start(name), "float32")) / np.float32(spread)))
            for name, spread in (self.learn or {}).items()
        ]
        return 0.5 * sum(terms) / self.galaxies


@keras.saving.register_keras_serializable(package="truemorph")
class VoteLayer(DebiasingLayer):
    """A debiasing layer that learns from the votes, so that 30 of 60 does not weigh as much as 59 of 60.

    It adds the loss itself: compile the model with loss=None.

    Formula: loss = -mean over galaxies of log p(votes | x, alpha), see likelihood.log_votes_seen.

    Args:
        law: see DebiasingLayer.
        kwargs: learn, galaxies and rates, see DebiasingLayer, and those of a Keras layer.

    Call arguments:
        inputs: [logits (N, K); alpha, as of DebiasingLayer; log p(votes | true, seen) (N, K, K), from VoteLaw; and the
            law's observables, where it takes any].

    Output: (N, K) log p(seen | x, alpha), as DebiasingLayer(from_logits=True).

    Examples:
        >>> layer = VoteLayer({"law": "exponential", "theta": 9.18})
        >>> label = np.log(np.float32([[[1.0, 1e-30], [1.0, 1e-30]]]))  # seen as smooth, beyond doubt
        >>> _ = layer([np.float32([[0.0, 0.0]]), np.float32([9.18]), label])
        >>> float(np.exp(-layer.losses[0]).round(4))  # 0.5 + 0.5 exp(-1/2)
        0.8033000230789185

    References:
        Medina-Rosales & Cabrera-Vives 2021, equations 1 to 4, for labels; VoteLaw for the votes.
    """

    def __init__(self, law: Law | Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(law, **{**kwargs, "from_logits": True})

    def call(self, inputs: Sequence[Any]) -> Any:
        logits, confusion = self._read(inputs[0], inputs[1], *inputs[3:])
        log_true = ops.log_softmax(logits, axis=-1)
        log_votes = ops.cast(inputs[2], logits.dtype)
        seen = log_seen(log_true, confusion)
        self.add_loss(-ops.mean(log_votes_seen(log_true, confusion, log_votes)))
        if self.rates is not None:
            # The votes of a galaxy in the sample: its label's rate is the same whatever its parameters.
            self.add_loss(ops.mean(ops.logsumexp(seen + ops.cast(np.log(self.rates), seen.dtype), axis=-1)))
        if self.learn:
            self.add_loss(self._prior())
        return self._drawn(seen)
