"""Draw docs/laws.svg: what volunteers do with galaxies that are known to be disks, and what each law says.

    python tests/bench/draw_laws.py [FOLDER]

FOLDER (default: ../shared) holds real/expert_classes.csv (expert types of SDSS galaxies, Nair & Abraham 2010, with
their votes in Galaxy Zoo 2) and ferengi/ferengi.csv (artificially redshifted galaxies, Willett et al. 2017).
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from truemorph.components.bias_estimator.fit_law import fit_law
from truemorph.components.bias_estimator.flips import flips_by
from truemorph.components.laws import stored_law

ROOT = Path(__file__).resolve().parents[2]
LABEL, TRUTH = "gz2_smooth_weighted < 0.5", "truth"
KINDS = ("exponential", "stretched", "logistic")
MU = "mu_max_i"


def points(axes: Any, disks: pd.DataFrame, bins: int, **style: Any) -> None:
    """Shares called smooth in bins of alpha, with their intervals."""
    nothing = np.zeros(len(disks))
    rows = pd.DataFrame(flips_by(disks["alpha"].to_numpy(), ~disks["seen_disk"].to_numpy(bool), nothing, bins))
    error = np.abs(rows[["seen_low", "seen_high"]].to_numpy().T - rows["seen"].to_numpy())
    axes.errorbar(rows["middle"], rows["seen"], error, fmt="o", markersize=4, capsize=2, **style)


def experts(axes: Any, path: Path) -> None:
    """Expert disks of SDSS, and a law of each kind."""
    alpha = np.linspace(3, 45, 200)
    for kind in KINDS:
        law, disks = fit_law(path, LABEL, TRUTH, "alpha", kind=kind)
        axes.plot(alpha, stored_law(law).flip_probability(alpha), label=f"{kind}, θ = {law['theta']:.1f}")
        print(f"experts: {kind} theta {law['theta']:.2f} {law['interval']} n {law['n']}")
    points(axes, disks, 6, color="black")
    axes.set(title=f"{len(disks)} expert disks, Galaxy Zoo 2")


def redshifted(axes: Any, path: Path) -> None:
    """Artificially redshifted disks by surface brightness, and the law that takes it."""
    law, disks = fit_law(path, "disk > smooth", "gz2_disk > 0.5", "alpha", [MU], "objid", "exponential")
    fitted, alpha = stored_law(law), np.linspace(3, 45, 200)
    print(f"FERENGI: {law['law_parameters']} groups {law['groups']}")
    edges = np.quantile(disks[MU], [0, 1 / 3, 2 / 3, 1])
    for low, high, color in zip(edges[:-1], edges[1:], ("tab:blue", "tab:green", "tab:red"), strict=True):
        part = disks[disks[MU].between(low, high)]
        points(axes, part, 6, color=color)
        at = np.column_stack([alpha, np.full(alpha.size, part[MU].mean())])
        axes.plot(alpha, fitted.flip_probability(at), color=color, label=f"μ = {low:.1f} to {high:.1f}")
    axes.set(title=f"{law['groups']} disks at {len(disks)} redshifts and brightnesses")


def main(folder: Path) -> None:
    """Draw it."""
    figure = Figure(figsize=(9.0, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    experts(left, folder / "real" / "expert_classes.csv")
    redshifted(right, folder / "ferengi" / "ferengi.csv")
    for axes in (left, right):
        axes.set(xlabel="α", xlim=(0, 45), ylim=(-0.02, 1.02))
        axes.legend(frameon=False, fontsize=8)
    left.set(ylabel="disks called smooth")
    figure.savefig(ROOT / "docs" / "laws.svg", metadata={"Date": None})


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared")
