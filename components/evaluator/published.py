"""What the paper measured on its 12,192 test galaxies, and whether a run is of the sample that this belongs to."""

from collections.abc import Collection
from typing import Any

PUBLISHED: dict[str, Any] = {
    "label": "published for Galaxy Zoo 2",
    "source": "Medina-Rosales & Cabrera-Vives 2021, Table 1 (121,984 galaxies, 12,192 of them for testing)",
    "rows": {
        "labels_raw": {"cv14": 0.4831, "cv18": 0.3701},
        "labels_debiased": {"cv14": 0.2679, "cv18": 0.3086},
        "network_raw": {"cv14": 0.4893, "cv18": 0.3795}
        | dict.fromkeys(("accuracy", "precision", "recall", "f1"), 0.921),
        "network_debiased_labels": {"cv14": 0.2969, "cv18": 0.3246}
        | {"accuracy": 0.896, "precision": 0.866, "recall": 0.879, "f1": 0.872},
        "cv14": {"cv14": 0.3823, "cv18": 0.2990},
        "ddb": {"cv14": 0.3382, "cv18": 0.2873},
    },
}
# The paper's sample is 121,984 galaxies; a run of fewer than this is not of the release that its numbers are of.
RELEASE = 100_000


def why_not_published(n: int, balance: bool, objids: Collection[str]) -> str | None:
    """Why the published numbers say nothing about a run; None where they may stand beside its own.

    Args:
        n: examples of all splits.
        balance: whether the sample was balanced.
        objids: some ids of the run.

    Example:
        >>> why_not_published(585, False, ["587722981736120347"])
        'the published numbers are not shown: they are for 121,984 galaxies, and this run has 585'
    """
    cause = None
    if n < RELEASE:
        cause = f"they are for 121,984 galaxies, and this run has {n:,}"
    elif not balance:
        cause = "they are for a balanced sample, and this run's is not balanced (sample.balance)"
    elif not all(len(objid) == 18 and objid.startswith("58") for objid in objids):
        cause = "they are for Galaxy Zoo 2, and the ids of this run are not those of SDSS DR7"
    return cause and f"the published numbers are not shown: {cause}"
