"""What a training asks of its process, and that it is put back."""

import logging
import platform
import random
import subprocess
import sys

import numpy as np
import pytest

from truemorph.components.progress import hushed_logs
from truemorph.components.trainer.process import keep_freed_memory, training_process

CHURN = """
import resource, sys
import numpy as np
from truemorph.components.trainer.process import keep_freed_memory
if sys.argv[1] == "keep":
    assert keep_freed_memory()
def churn():
    for _ in range(200):
        np.ones(1_000_000)  # 8 MB: mapped and unmapped anew each time by default
churn()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
churn()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""
RETURNED = """
import numpy as np
from truemorph.components.trainer.process import give_freed_memory_back, keep_freed_memory
def megabytes():
    return int(open("/proc/self/statm").read().split()[1]) * 4 // 1024
before = megabytes()
assert keep_freed_memory()
arrays = [np.ones(1_000_000) for _ in range(25)]
del arrays
print(megabytes() - before)
assert give_freed_memory_back()
print(megabytes() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the setting is glibc's")
def test_freed_memory_is_used_again() -> None:
    faults = {
        mode: int(
            subprocess.run([sys.executable, "-c", CHURN, mode], capture_output=True, text=True, check=True).stdout
        )
        for mode in ("default", "keep")
    }
    assert faults["keep"] <= faults["default"]
    assert faults["keep"] < 1000


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the setting is glibc's")
def test_freed_memory_goes_back_when_a_training_is_over() -> None:
    done = subprocess.run([sys.executable, "-c", RETURNED], capture_output=True, text=True, check=True)
    kept, back = map(int, done.stdout.split())
    assert kept > 150 > 100 > back


def test_other_allocators_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    assert keep_freed_memory() is False


def test_after_a_training_the_process_is_as_it_was() -> None:
    from tensorflow.python.framework import config

    before = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    with training_process(3, deterministic=True):
        assert config.is_op_determinism_enabled()
    assert not config.is_op_determinism_enabled()
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before  # noqa: NPY002


def test_logs_are_hushed_for_a_block_only() -> None:
    before = logging.root.manager.disable
    with pytest.raises(ZeroDivisionError), hushed_logs():
        assert not logging.getLogger("apache_beam").isEnabledFor(logging.ERROR)
        1 / 0  # noqa: B018
    assert logging.root.manager.disable == before
