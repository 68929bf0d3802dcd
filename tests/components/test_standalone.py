"""The measures and the fits of theta need NumPy and SciPy, and nothing else."""

import subprocess
import sys
from pathlib import Path

CODE = """
import builtins, sys

# Google's packages put the empty name 'google' into every interpreter that starts beside them.
before = set(sys.modules)
heavy = ("tensorflow", "keras", "apache_beam", "pandas", "pyarrow", "astropy", "matplotlib", "PIL", "google")
real = builtins.__import__

def only_light(name, *rest):
    if name.split(".")[0] in heavy:
        raise ImportError(name)
    return real(name, *rest)

builtins.__import__ = only_light
import numpy as np
from truemorph import ExponentialLaw, cv14_bias, cv18_bias, fit_cv14, fit_fractions, paired_difference, resolution

rng = np.random.default_rng(0)
alpha, x = resolution(rng.uniform(1.5, 15, 4000), 1.2), rng.normal(size=(4000, 2))
true = rng.random(4000) < 1 / (1 + np.exp(-2 * x[:, 0]))
seen = (true & (rng.random(4000) > ExponentialLaw(9.18).flip_probability(alpha))).astype(int)
assert cv14_bias(seen, alpha).interval and cv18_bias(seen, alpha, x).noise_band
assert paired_difference(seen, true.astype(int), alpha, x).interval[0] > 0
assert fit_cv14(x, seen, alpha).status == fit_fractions(seen, alpha).status == "ok"
loaded = {name.split(".")[0] for name in set(sys.modules) - before}
print(*sorted(loaded & set(heavy)))
"""


def test_the_measures_and_fits_run_on_numpy_and_scipy_alone(tmp_path: Path) -> None:
    finished = subprocess.run([sys.executable, "-c", CODE], cwd=tmp_path, capture_output=True, text=True)
    assert (finished.returncode, finished.stdout.strip()) == (0, ""), finished.stderr
