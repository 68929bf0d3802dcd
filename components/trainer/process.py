"""What a training asks of the whole process: memory that is kept, seeds, the same bits each time."""

import ctypes
import platform
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numpy as np

_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_THRESHOLD = -1, -2, -3  # malloc.h
_MIB = 1 << 20
_KEEP = {_M_MMAP_THRESHOLD: 32 * _MIB, _M_TRIM_THRESHOLD: 2**31 - 1, _M_TOP_PAD: 64 * _MIB}
# What glibc comes to by itself where large arrays are freed: its thresholds grow, but not once they have been set.
_USUAL = {_M_MMAP_THRESHOLD: 32 * _MIB, _M_TRIM_THRESHOLD: 64 * _MIB, _M_TOP_PAD: _MIB // 8}


def keep_freed_memory() -> bool:
    """Let glibc keep freed memory for the next step instead of giving it back to the system.

    Every training step frees and allocates the same tensors. Given back each time, their pages are zeroed anew by the
    kernel: on small networks that took half of the time. The process then holds its peak memory.

    Returns:
        Whether the allocator took the setting; False where it is not glibc, and nothing was changed.
    """
    return _mallopt(_KEEP)


def give_freed_memory_back() -> bool:
    """The opposite: glibc as it usually is, and what is free goes back to the system now."""
    return _mallopt(_USUAL) and bool(ctypes.CDLL(None).malloc_trim(0) >= 0)


def _mallopt(settings: Mapping[int, int]) -> bool:
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    return all([mallopt(name, value) == 1 for name, value in settings.items()])


@contextmanager
def training_process(seed: int, deterministic: bool) -> Iterator[None]:
    """Within the block, a training; after it the process is as it was, but for the seeds of Keras and TensorFlow.

    Args:
        seed: of Keras, TensorFlow, NumPy and Python.
        deterministic: TensorFlow gives the same bits each time.
    """
    import keras
    import tensorflow as tf
    from tensorflow.python.framework import config  # the way back has no public name

    of_python, of_numpy = random.getstate(), np.random.get_state()  # noqa: NPY002 (libraries may use it)
    asked_before = config.is_op_determinism_enabled()
    keep_freed_memory()
    if deterministic:
        tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(seed)
    try:
        yield
    finally:
        if not asked_before:
            config.disable_op_determinism()
        give_freed_memory_back()
        random.setstate(of_python)
        np.random.set_state(of_numpy)  # noqa: NPY002
