"""Galaxies with their predictions, made without images or networks: what the Evaluator measures."""

import numpy as np
import pandas as pd

from truemorph.components.laws import ExponentialLaw


def galaxies(n: int = 2000, seed: int = 0) -> pd.DataFrame:
    """n galaxies, all of the test split: examples joined with predictions."""
    rng = np.random.default_rng(seed)
    law = ExponentialLaw(9.18)
    alpha = np.exp(rng.uniform(np.log(4), np.log(35), n))
    truth = rng.random(n) < 0.6
    raw = truth & (rng.random(n) > law.flip_probability(alpha))
    debiased = np.where(rng.random(n) < 0.6, truth, raw)
    share = np.where(truth ^ (rng.random(n) < 0.04), 0.95, 0.05)
    naive = law.seen_disk(share, alpha)
    return pd.DataFrame(
        {
            "objid": [str(588017702948962343 + i) for i in range(n)],
            "split": "test",
            "alpha": alpha,
            "label_raw": pd.array(raw.astype(int), dtype="Int64"),
            "label_debiased": pd.array(debiased.astype(int), dtype="Int64"),
            "petroRad_r_kpc": rng.lognormal(2, 0.4, n),
            "absPetroMag_r": rng.normal(-21, 1, n),
            "redshift": rng.uniform(0.02, 0.15, n),
            "p_disk_naive": naive,
            "p_disk_naive_debiased_labels": 0.6 * naive + 0.4 * share,
            "p_disk_cv14": np.where(rng.random(n) < 0.85, share, 1 - share),
            "p_disk": share,
            "p_disk_posterior": np.where(raw, 1.0, share),
        }
    )
