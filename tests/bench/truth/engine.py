"""Which training the truth benchmark uses: the Trainer's, or its copy in JAX under KERAS_BACKEND=jax."""

import keras

JAX = keras.backend.backend() == "jax"
if JAX:
    from jax_networks import Trained, fit_network
else:
    from networks import Trained, fit_network  # type: ignore[assignment]

__all__ = ["JAX", "Trained", "fit_network"]
