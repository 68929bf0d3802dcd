"""What the bias measures cost, beside numpy.argsort of one column: `python tests/bench/bench_measures.py [rows]`.

Times are of the processor, so that other programs on the machine count little; only their ratios mean anything.
Exit status 1 where a cost is over its limit.
"""

import gc
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np

from truemorph import cv18_bias, paired_difference
from truemorph.components.measures.paired import PairedDifference
from truemorph.components.measures.result import BiasResult

REPEATS, QUICK = 3, 7
ARGSORTS, POINTS, COPIES = 3.0, 15.0, 6.0


def seconds(work: Callable[[], object], repeats: int) -> float:
    """The quickest of some runs."""
    best = float("inf")
    for _ in range(repeats):
        gc.collect()
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def traced(work: Callable[[], object]) -> int:
    """Most bytes that Python and NumPy hold at a time beyond what they held before."""
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def resident(work: Callable[[], object]) -> int | None:
    """Growth of the process's resident memory to its highest mark, in bytes; None where the system does not tell."""
    status, marks = Path("/proc/self/status"), Path("/proc/self/clear_refs")
    if not (status.exists() and marks.exists()):
        return None

    def kilobytes(key: str) -> int:
        return int(next(line for line in status.read_text().splitlines() if line.startswith(key)).split()[1])

    gc.collect()
    marks.write_text("5")
    before = kilobytes("VmRSS")
    work()
    return (kilobytes("VmHWM") - before) * 1024


def main(n: int) -> int:
    """Measure, print, and say whether all is within its limit."""
    rng = np.random.default_rng(0)
    alpha, intrinsic, true = rng.lognormal(2.4, 0.45, n), rng.normal(size=(n, 3)), rng.random(n) < 0.5
    labels = (true & (rng.random(n) > np.exp(-(alpha**2) / (2 * 9.18**2)))).astype(np.int64)
    other = np.where(rng.random(n) < 0.1, true, labels).astype(np.int64)
    held = labels.nbytes + alpha.nbytes + intrinsic.nbytes

    def point() -> BiasResult:
        return cv18_bias(labels, alpha, intrinsic, bins=8, depth=9, replicates=1000)

    def pair() -> PairedDifference:
        return paired_difference(labels, other, alpha, intrinsic, bins=8, depth=9, replicates=1000)

    def whole() -> tuple[object, ...]:
        result = point()
        return result.interval, result.noise_floor, result.noise_band, pair().interval

    # Before anything else has grown the process.
    grown, peaks = resident(point), (traced(point), traced(whole))
    sort, cost = seconds(lambda: np.argsort(alpha), QUICK), seconds(point, QUICK)
    result = point()
    print(f"{n} rows, 3 intrinsic columns, depth 9, 8 bins: L = {result.value:.4f}")
    print(f"interval {result.interval}, noise floor {result.noise_floor:.4f}, paired difference {pair().interval}")
    print(f"numpy.argsort of one column {sort:.3f} s, point estimate {cost:.3f} s")
    checks = [("point estimate, argsorts", cost / sort, ARGSORTS)]
    for name, work in (
        ("with interval and noise floor, point estimates", lambda: (point().interval, result.noise_floor)),
        ("with noise band, point estimates", lambda: point().noise_band),
        ("paired difference, point estimates", pair),
        ("all of these together, point estimates", whole),
    ):
        checks.append((name, seconds(work, REPEATS) / cost, POINTS))
    checks.append(("memory of the point estimate, copies of the input", peaks[0] / held, COPIES))
    checks.append(("memory of all together, copies of the input", peaks[1] / held, COPIES))
    if grown is not None:
        checks.append(("growth of the process, copies of the input", grown / held, COPIES))
    for name, value, limit in checks:
        print(f"{'ok  ' if value <= limit else 'OVER'} {name:50}{value:7.2f}, at most {limit:g}")
    return int(any(value > limit for _, value, limit in checks))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
