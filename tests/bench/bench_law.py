"""How long the catalogue's fit takes: theta of each galaxy's own, its interval, the misfit test and the sensitivities.

    python tests/bench/bench_law.py [--galaxies 1000000]

Features, labels and alpha are drawn; the three features are the observables as well. Run it on one core
(`taskset -c 0`, `OMP_NUM_THREADS=1`).
"""

import argparse
import time

import numpy as np
import numpy.typing as npt
from scipy import special

from truemorph.components.bias_estimator.cv14 import fit_cv14

THETA, SLOPE, SPREAD = 9.18, (-0.18, 0.21, 0.22), 0.35


def sky(n: int, seed: int = 0) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Features (N, 3), labels seen, alpha; theta of each galaxy's own."""
    rng = np.random.default_rng(seed)
    x, alpha = rng.normal(size=(n, 3)), rng.lognormal(2.4, 0.45, n)
    disk = rng.random(n) < special.expit(x @ [-1.2, 0.8, 0.5] + 0.4)
    theta = THETA * np.exp(x @ SLOPE + SPREAD * rng.normal(size=n))
    return x, (disk & (rng.random(n) > np.exp(-0.5 * (alpha / theta) ** 2))).astype(np.int64), alpha


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--galaxies", type=int, default=1_000_000)
    galaxies = parser.parse_args().galaxies
    x, seen, alpha = sky(galaxies)
    for name, options in {"one theta": {}, "theta(z)": {"observables": x, "names": ("a", "b", "c")}}.items():
        begun, cpu = time.perf_counter(), time.process_time()
        fit = fit_cv14(x, seen, alpha, **options)  # type: ignore[arg-type]
        low, high = fit.theta_interval or (np.nan, np.nan)
        took = f"{time.perf_counter() - begun:.1f} s, {time.process_time() - cpu:.1f} s of CPU"
        print(f"{name}: {galaxies} galaxies in {took}; {fit.status}, theta {fit.theta:.3f} ({low:.3f} to {high:.3f})")


if __name__ == "__main__":
    main()
