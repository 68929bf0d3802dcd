"""What a training asks of the whole process: memory that is kept, seeds, the same bits each time."""

import ctypes
import platform
import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_THRESHOLD = -1, -2, -3  # malloc.h
_MIB = 1 << 20


def keep_freed_memory() -> bool:
    """Let glibc keep freed memory for the next step instead of giving it back to the system.

    Every training step frees and allocates the same tensors. Given back each time, their pages are zeroed anew by the
    kernel: on small networks that took half of the time. The process then holds its peak memory until it ends.

    Returns:
        Whether the allocator took the setting; False where it is not glibc, and nothing was changed.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    settings = {_M_MMAP_THRESHOLD: 32 * _MIB, _M_TRIM_THRESHOLD: 2**31 - 1, _M_TOP_PAD: 64 * _MIB}
    return all([mallopt(name, value) == 1 for name, value in settings.items()])


@contextmanager
def training_process(seed: int, deterministic: bool) -> Iterator[None]:
    """Within the block, a training; after it, the generators of Python and NumPy are as they were.

    Memory stays kept, and operations deterministic where that was asked for: both last as long as the process, as glibc
    and TensorFlow know no way back.

    Args:
        seed: of Keras, TensorFlow, NumPy and Python.
        deterministic: TensorFlow gives the same bits each time.
    """
    import keras
    import tensorflow as tf

    of_python, of_numpy = random.getstate(), np.random.get_state()  # noqa: NPY002 (libraries may use it)
    keep_freed_memory()
    if deterministic:
        tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(seed)
    try:
        yield
    finally:
        random.setstate(of_python)
        np.random.set_state(of_numpy)  # noqa: NPY002
