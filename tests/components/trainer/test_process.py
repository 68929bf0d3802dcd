"""What is asked of the allocator."""

import platform
import subprocess
import sys

import pytest

from truemorph.components.trainer.process import keep_freed_memory

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


def test_other_allocators_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    assert keep_freed_memory() is False
