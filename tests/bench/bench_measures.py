"""What the bias measures cost, beside numpy.argsort of one column: `python tests/bench/bench_measures.py [rows]`."""

import gc
import sys
import time
import tracemalloc
from collections.abc import Callable

import numpy as np

from truemorph.components.evaluator.cv18 import cv18_bias
from truemorph.components.evaluator.inference import BiasResult, PairedDifference, paired_difference

REPEATS = 7


def seconds(work: Callable[[], object]) -> float:
    """The quickest of some runs, in processor time: other programs on the machine count least there."""
    best = float("inf")
    for _ in range(REPEATS):
        gc.collect()
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def main(n: int) -> None:
    """Measure and print."""
    rng = np.random.default_rng(0)
    alpha, intrinsic, true = rng.lognormal(2.4, 0.45, n), rng.normal(size=(n, 3)), rng.random(n) < 0.5
    labels = (true & (rng.random(n) > np.exp(-(alpha**2) / (2 * 9.18**2)))).astype(np.int64)
    other = np.where(rng.random(n) < 0.1, true, labels).astype(np.int64)

    def point() -> BiasResult:
        return cv18_bias(labels, alpha, intrinsic, bins=8, depth=9, replicates=1000)

    def pair() -> PairedDifference:
        return paired_difference(labels, other, alpha, intrinsic, bins=8, depth=9, replicates=1000)

    sort, cost = seconds(lambda: np.argsort(alpha)), seconds(point)
    start = time.process_time()
    result = point()
    whole = [result.interval, result.noise_floor]
    inference = time.process_time() - start
    start = time.process_time()
    band = result.noise_band
    banded = time.process_time() - start
    start = time.process_time()
    difference = pair()
    paired = time.process_time() - start
    tracemalloc.start()
    held = (labels.nbytes + alpha.nbytes + intrinsic.nbytes) / 2**20
    point()
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.reset_peak()
    _ = point().interval, pair().interval
    full = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    print(f"{n} rows, 3 intrinsic columns, depth 9, 8 bins: L = {result.value:.4f}, interval and floor {whole}")
    print(f"noise band {band}, paired difference {difference.value:.4f} {difference.interval}")
    print(f"numpy.argsort of one column       {sort:8.3f} s")
    print(f"point estimate                    {cost:8.3f} s = {cost / sort:5.2f} argsorts (at most 3)")
    for name, taken in (
        ("with interval and noise floor", inference),
        ("noise band, 1,000 permutations", banded),
        ("paired difference, 1,000 pairs", paired),
    ):
        print(f"{name:34}{taken:8.3f} s = {taken / cost:5.2f} point estimates (at most 15)")
    print(f"memory beyond the input: point {peak / held:.2f} copies, all of it {full / held:.2f} copies (at most 6)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
