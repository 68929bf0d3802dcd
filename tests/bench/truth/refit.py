"""The law fitted again with a network's answers, held against what happened to the true disks of a sky."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy.special import logit
from scores import ALPHA_EDGES, CLIP
from sky import FEATURES
from task import Task

from truemorph.components.bias_estimator.cv14 import fit_cv14
from truemorph.components.laws import FlipLaw, stored_law

Floats = npt.NDArray[np.float64]


def refits(task: Task, p_disk: Floats) -> Iterator[str]:
    """Lines: the share of the true disks seen as smooth in each bin of alpha, and what each fit of the law says of it.

    Args:
        task: the galaxies.
        p_disk: (N,) answers of networks that did not learn from the galaxy.
    """
    table = task.sky.table
    known, alpha = table[list(FEATURES)].to_numpy(), table["alpha"].to_numpy()
    features = np.column_stack([known, logit(np.clip(p_disk, CLIP, 1.0 - CLIP))])
    law = stored_law(task.law())
    first = law.flip_probability(table[["alpha", *law.observables]].to_numpy().squeeze())
    yield _line("seen", np.asarray(task.label == 0, np.float64), task)
    yield _line(f"the catalogue's law, theta {law.scale:.2f}", first, task)
    for what, observables in (("features", known), ("features and answer", features)):
        names = (*FEATURES, "answer")[: observables.shape[1]]
        fit = fit_cv14(features, task.label, alpha, observables=observables, names=names, rates=task.rates)
        if isinstance(fit.law, FlipLaw):
            flips = fit.law.flip_probability(np.column_stack([alpha, observables]))
            yield _line(f"again, theta with {what}, {fit.theta:.2f}", flips, task)


def _line(what: str, flips: Floats, task: Task) -> str:
    place = np.searchsorted(ALPHA_EDGES, task.sky.table["alpha"].to_numpy(), side="right") - 1
    disk = task.sky.truth == 1
    means = (flips[disk & (place == index)].mean() for index in range(len(ALPHA_EDGES) - 1))
    return f"  flips, {what}: {', '.join(f'{mean:.3f}' for mean in means)}"
