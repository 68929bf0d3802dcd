"""Whether parameters of the law that were learnt with the network can be believed."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from truemorph.components.laws import FlipLaw

Floats = npt.NDArray[np.float64]
TWO_SIDED = 1.96
"""Standard deviations that hold 95 % of a normal distribution."""
MOST_EXPLAINED = 0.9
"""Share of the variance of ln alpha that the network may know: with more, it can explain the bias away."""

LEAST_HELD, JUDGED = 100, 4096
"""Galaxies held back that it takes to see what the network knows of alpha, and galaxies looked at, at most."""


def prior_spread(bias_law: Mapping[str, Any]) -> dict[str, Any] | None:
    """Width of the prior on the logarithm of each parameter, from the catalogue fit's interval.

    Args:
        bias_law: content of bias_law.json.

    Returns:
        By name; None where the catalogue could not tell the law: then there is no prior, and nothing may be learnt.

    Example:
        >>> float(prior_spread({"status": "ok", "interval": [8.9, 9.8], "theta": 9.3})["theta"].round(4))
        0.0246
    """
    if bias_law.get("status") not in ("ok", "uncertain") or not bias_law.get("interval"):
        return None
    if bias_law.get("spread"):
        return {name: np.array(value) for name, value in bias_law["spread"].items()}
    low, high = bias_law["interval"]
    return {"theta": np.array(math.log(high / low) / (2.0 * TWO_SIDED))}


def explained(features: Floats, alpha: npt.ArrayLike, held: Floats, held_alpha: npt.ArrayLike) -> float:
    """How much of ln alpha the network's features tell: R^2 of a ridge regression, on galaxies not fitted to.

    Args:
        features: (N, D) what the network's last layer sees.
        alpha: (N,) resolution, > 0.
        held: (M, D) the same of other galaxies.
        held_alpha: (M,) theirs.

    Returns:
        At most 1; 0 or less where they tell nothing.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> x = rng.normal(size=(400, 3))
        >>> explained(x[:300], np.exp(x[:300, 0]), x[300:], np.exp(x[300:, 0])) > 0.99
        True
        >>> abs(explained(x[:300], np.exp(rng.normal(size=300)), x[300:], np.exp(rng.normal(size=100)))) < 0.1
        True
    """
    mean, std = features.mean(axis=0), features.std(axis=0)
    std = np.where(std > 1e-8, std, 1.0)
    x, other = (features - mean) / std, (held - mean) / std
    target, expected = np.log(np.asarray(alpha, np.float64)), np.log(np.asarray(held_alpha, np.float64))
    ridge = 1e-3 * len(x) * np.eye(x.shape[1])
    weights = np.linalg.solve(x.T @ x + ridge, x.T @ (target - target.mean()))
    rest = expected - target.mean() - other @ weights
    return 1.0 - float(np.square(rest).mean() / expected.var())


def tell(
    model: Any, classifier: Any, train: Any, held: Any, spread: Mapping[str, npt.ArrayLike] | None
) -> tuple[dict[str, Any], FlipLaw]:
    """What model.json says of parameters that were to be learnt, and the law as learnt.

    Args:
        model: from training_model, trained.
        classifier: the classifier inside it.
        train: the training galaxies.
        held: others; may be empty: then what the network knows of alpha is not known.
        spread: the prior's widths; None where the catalogue could not tell the law: then nothing was learnt.
    """
    layer = model.get_layer("debiasing")
    if spread is None:
        fixed = "the catalogue alone does not determine the law, so there is no prior; its parameters were kept fixed"
        return {"status": "not_identifiable", "why": fixed, "start": layer.law.scale}, layer.law
    law = layer.learnt_law()
    known = None
    if len(held) >= LEAST_HELD:
        known = explained(*_features(classifier, train), *_features(classifier, held))
    status, why = judge(layer.law, law, spread, known)
    return {"status": status, "why": why, "start": layer.law.scale, "theta": law.scale, "alpha_explained": known}, law


def _features(classifier: Any, galaxies: Any) -> tuple[Floats, npt.NDArray[np.float32]]:
    """What the last layer sees of the first galaxies, and their alpha."""
    import keras

    inner = keras.Model(classifier.input, classifier.get_layer("logits").input)
    batches = -(-min(len(galaxies), JUDGED) // galaxies.batch_size)
    parts = [inner(inputs["image"], training=False) for inputs, _ in galaxies.in_order().take(batches)]
    features = np.concatenate([np.asarray(part, np.float64) for part in parts])
    return features, galaxies.alpha[: len(features)]


def judge(
    start: FlipLaw, learnt: FlipLaw, spread: Mapping[str, npt.ArrayLike], alpha_explained: float | None
) -> tuple[str, str | None]:
    """Status of what was learnt.

    The likelihood of a network that can read alpha in the image is the same for any theta, since it can give the
    probability of the label seen by itself. Then theta drifts, against the catalogue, and what the network learns is
    the label and not the class.

    Args:
        start: the catalogue's law, the middle of the prior.
        learnt: the law after training.
        spread: the prior's widths, see prior_spread.
        alpha_explained: see explained; None where it is not known.

    Returns:
        'ok', or 'not_identifiable' and why.

    Example:
        >>> from truemorph.components.laws import ExponentialLaw
        >>> judge(ExponentialLaw(9.2), ExponentialLaw(9.3), {"theta": 0.02}, 0.6)
        ('ok', None)
        >>> judge(ExponentialLaw(9.2), ExponentialLaw(8.0), {"theta": 0.02}, 0.6)[0]
        'not_identifiable'
    """
    for name, width in spread.items():
        before, after = start.parameters[name], learnt.parameters[name]
        away = np.abs(np.log(after / before)) / np.asarray(width)
        if away.max() > TWO_SIDED:
            return "not_identifiable", (
                f"the network pulls {name} from {_number(before)} to {_number(after)}, {away.max():.1f} standard "
                "deviations of the catalogue's fit: the images let it explain the bias away"
            )
    if alpha_explained is not None and alpha_explained > MOST_EXPLAINED:
        return "not_identifiable", (
            f"the network reads alpha in the images (it explains {alpha_explained:.0%} of its variance), and can "
            "explain the bias away"
        )
    return "ok", None


def _number(value: npt.ArrayLike) -> str:
    return ", ".join(f"{each:.4g}" for each in np.ravel(value))
