"""How this process keeps memory between training steps."""

import ctypes
import platform

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
