"""The number format in which a network computes while it is trained."""

from collections.abc import Iterator
from contextlib import contextmanager

import keras


@contextmanager
def precision(policy: str) -> Iterator[None]:
    """Within the block, layers are made that compute in another format; their weights stay float32.

    Args:
        policy: 'float32', 'mixed_bfloat16' or 'mixed_float16'. With the last, Keras scales the loss, so that small
            gradients are not lost, and leaves out steps that overflow.
    """
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
