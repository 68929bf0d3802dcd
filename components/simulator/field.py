"""What stands in the stamp of a galaxy: the galaxy, its neighbours, or an artifact in its place."""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from truemorph.components.laws import DISK
from truemorph.components.simulator.galaxies import Arms, Look, early, early_g_r, grey_hue, hue, late, look
from truemorph.components.simulator.gaussians import Sources, ellipse, in_colours, merge
from truemorph.components.simulator.survey import ARTIFACT, STAMP_SIDE

NEIGHBOURS = 5.5  # in a square arcminute


def _neighbours(row: Any, side: float, rng: np.random.Generator) -> list[Sources]:
    """Stars and small galaxies around the galaxy, none on it."""
    found = []
    for _ in range(min(int(rng.poisson(NEIGHBOURS * (side / 60.0) ** 2)), 14)):
        u = rng.random(7)
        centre = (u[:2] - 0.5) * side
        magnitude = 22.0 + 2.2 * math.log10(max(u[2], 4e-3))
        if np.hypot(*centre) < 1.4 * row.petroR90_r:
            continue
        if u[3] < 0.5:
            g_r = 0.35 + 1.15 * u[4] ** 1.5
            flux = in_colours(magnitude, g_r, 0.25 * g_r if g_r < 1.2 else 0.3 + 2.0 * (g_r - 1.2))
            found.append(Sources(flux[None, :], centre[None, :], np.zeros((1, 3))))
        else:
            flux = in_colours(magnitude, 0.4 + 0.9 * u[4], 0.15 + 0.4 * u[4])
            shape = ellipse(0.4 + 1.0 * u[5], 0.3 + 0.7 * u[6], math.pi * u[3] * 2.0)
            found.append(
                Sources(
                    flux * np.array([[0.45], [0.55]]),
                    np.tile(centre, (2, 1)),
                    np.array([[0.2], [1.4]]) * shape,
                )
            )
    return found


def artifact(row: Any, side: float, rng: np.random.Generator) -> list[Sources]:
    """What is no galaxy: a bright star with halo and spikes, a satellite's trail, or a double star."""
    u = rng.random(8)
    centre = (u[:2] - 0.5) * 0.04 * side
    angle = math.pi * u[2]
    if u[3] < 0.5:
        flux = in_colours(row.petroMag_r - 1.5 - 2.0 * u[4], 0.3 + u[5], 0.1 + 0.3 * u[5])
        shapes = [np.zeros(3), np.full(3, 1.0) * [1, 0, 1] * (0.03 * side) ** 2]
        shapes += [ellipse(0.13 * side, 0.03, angle), ellipse(0.13 * side, 0.03, angle + math.pi / 2.0)]
        return [
            Sources(share * flux[None, :], centre[None, :], shape[None, :])
            for share, shape in zip((0.85, 0.09, 0.03, 0.03), shapes, strict=True)
        ]
    if u[3] < 0.8:
        tint = np.array([1.6, 1.0, 0.5]) if u[4] < 0.5 else np.array([0.5, 1.0, 1.5])
        flux = tint * 10.0 ** ((22.5 - row.petroMag_r + 1.0) / 2.5)
        return [Sources(flux[None, :], centre[None, :], ellipse(0.6 * side, 0.004, angle)[None, :])]
    flux = in_colours(row.petroMag_r, 0.4 + 0.8 * u[5], 0.15 + 0.4 * u[5])
    gap = (0.02 + 0.05 * u[6]) * side * np.array([math.cos(angle), math.sin(angle)])
    return [
        Sources(share * flux[None, :], (centre + shift * gap)[None, :], np.zeros((1, 3)))
        for share, shift in ((0.6, 0.4), (0.4, -0.6))
    ]


@dataclass(frozen=True)
class Opening:
    """What is drawn first for a stamp, whoever draws it: so the look of a galaxy is known without its picture.

    Args:
        angle: of the major axis, rad.
        neighbours: sources around it.
        look: what a disk has to show; None for other objects.
    """

    angle: float
    neighbours: list[Sources]
    look: Look | None


def opening(row: Any, rng: np.random.Generator) -> Opening:
    """Draw it from the generator of a galaxy's stamp."""
    angle = math.pi * rng.random()
    neighbours = _neighbours(row, STAMP_SIDE * row.petroR90_r, rng)
    return Opening(angle, neighbours, look(row, rng) if row.label == DISK or row.lenticular else None)


def stamp_rng(seed: int, place: int) -> np.random.Generator:
    """The generator of all that is random in one galaxy's stamp."""
    return np.random.Generator(np.random.Philox(key=[seed, place]))


def scene(row: Any, rng: np.random.Generator, grey: bool = False) -> tuple[Sources, Arms | None]:
    """All that stands in the stamp of one galaxy.

    Args:
        row: a row of the catalogue.
        rng: source of all that is random here.
        grey: whether its colour tells nothing of its class beyond its Sersic index.

    Returns:
        The Gaussians, and the spiral arms of a disk.
    """
    begun = opening(row, rng)
    if row.label == ARTIFACT:
        return merge(artifact(row, STAMP_SIDE * row.petroR90_r, rng) + begun.neighbours), None
    radius = row.petroRad_r / row.petro_per_Rhlr
    arms = None
    if begun.look is None:
        galaxy = early(row, radius, begun.angle, rng)
    else:
        galaxy, arms = late(row, begun.look, radius, begun.angle, rng)
    if grey or row.lenticular:
        g_r = early_g_r(row, rng)
        tint = grey_hue(row.ng, rng) if grey else hue(g_r, 0.36 * g_r + 0.09)
        galaxy = replace(galaxy, flux=galaxy.flux[:, 1:2] * tint)
        arms = None if arms is None else replace(arms, flux=arms.flux[1] * tint)
    return merge([galaxy, *begun.neighbours]), arms
