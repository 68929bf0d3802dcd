"""The demonstration: the whole pipeline on a simulated sky whose truth is known."""

from pathlib import Path

from truemorph.config import load_config
from truemorph.dag import component, create_pipeline
from truemorph.local import LocalDagRunner
from truemorph.sources import Sources

SETTINGS = [
    "trainer.backbone=small",
    "trainer.image_size=48",
    "evaluator.bins=5",
    "evaluator.depth=2",
]
"""A network that two cores train in a minute, and bins that 400 test galaxies can fill."""
THETA, STAMP = 9.18, 96


TELLING = 600
"""Galaxies from which on the demonstration estimates theta; fewer cannot tell it, and the sky's own is given."""


def run_demo(out: Path, galaxies: int = 4000, seed: int = 1) -> None:
    """Simulate a sky, run the pipeline over it and score it against truth.

    Args:
        out: output folder; the sky is its sub-folder `sky`.
        galaxies: number of objects on the sky.
        seed: seed of the sky.
    """
    from truemorph.components.simulator import executor
    from truemorph.components.simulator.survey import STAMP_SIDE

    sky = out / "sky"
    sources = Sources(
        sky / "votes.csv",
        sky / "photometry.csv",
        sky / "images",
        structure=sky / "structure.csv",
        columns={"arcsec_per_pixel": f"{STAMP_SIDE} * petroR90_r / {STAMP}"},
    )
    simulator = component(
        executor,
        inputs={},
        outputs={"sky": sky},
        galaxies=galaxies,
        seed=seed,
        theta=THETA,
        size=STAMP,
        null=False,
    )
    config = load_config(settings=SETTINGS + [f"bias_law.theta={THETA}"] * (galaxies < TELLING))
    LocalDagRunner(out).run([simulator, *create_pipeline(config, sources, out, truth=sky / "truth.csv")])
