"""A table of labels that bad resolution has biased."""

from pathlib import Path

import numpy as np
import pandas as pd

N = 2000


def biased_labels() -> pd.DataFrame:
    """N galaxies: the label seen, alpha, and two columns that it does not go with."""
    rng = np.random.default_rng(0)
    alpha = rng.lognormal(2.4, 0.45, N)
    disk = (rng.random(N) < 0.5) & (rng.random(N) > np.exp(-(alpha**2) / (2 * 9.18**2)))
    return pd.DataFrame(
        {"seen": disk.astype(int), "alpha": alpha, "size": rng.normal(size=N), "redshift": rng.random(N)}
    )


def write(sky: pd.DataFrame, path: Path) -> Path:
    """Write them as the ending asks."""
    from astropy.table import Table

    if path.suffix == ".csv":
        sky.to_csv(path, index=False)
    elif path.suffix == ".parquet":
        sky.to_parquet(path)
    else:
        Table.from_pandas(sky).write(path, format={".fits": "fits", ".vot": "votable"}[path.suffix])
    return path
