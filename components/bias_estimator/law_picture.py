"""The picture of a law: how often disks were called smooth, by resolution, and what each law says."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from truemorph.components.bias_estimator.flips import flips_by
from truemorph.components.bias_estimator.known import log_loss
from truemorph.components.laws import stored_law


def draw_law(law: Mapping[str, Any], disks: pd.DataFrame, path: Path) -> None:
    """Draw flips seen, and the law, against alpha and against each of its observables.

    Args:
        law: the content of law.json.
        disks: the disks that it was fitted to: alpha, the observables and seen_disk.
        path: the file, .svg or .png.
    """
    from matplotlib.figure import Figure

    fitted = stored_law(law)
    taken = fitted.columns(disks)
    expected, seen = fitted.flip_probability(taken), disks["seen_disk"].to_numpy(bool)
    panels = ["alpha", *(name for name in disks if name not in ("alpha", "seen_disk", "group"))]
    figure = Figure(figsize=(4.2 * len(panels), 3.4), layout="constrained")
    for axes, name in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
        rows = pd.DataFrame(flips_by(disks[name].to_numpy(np.float64), ~seen, expected))
        error = np.abs(rows[["seen_low", "seen_high"]].to_numpy().T - rows["seen"].to_numpy())
        axes.errorbar(rows["middle"], rows["seen"], error, fmt="o", color="black", label="seen, 95 %")
        axes.plot(rows["middle"], rows["expected"], color="tab:red", label=f"law, {len(disks)} disks")
        axes.set(xlabel="α" if name == "alpha" else name, ylabel="disks called smooth", ylim=(-0.02, 1.02))
    loss = float(log_loss(fitted, np.atleast_2d(taken.T).T, seen).mean())
    figure.axes[0].legend(title=f"θ = {law['theta']:.3g}, log-loss {loss:.3f}", frameon=False)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
