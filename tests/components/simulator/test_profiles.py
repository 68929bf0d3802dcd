"""Sersic profiles against their definition."""

import math

import numpy as np
import pytest
from scipy.integrate import quad

from truemorph.components.simulator import profiles


def brightness(radius: np.ndarray, n: float) -> np.ndarray:
    return np.exp(-float(profiles.sersic_b(n)) * radius ** (1.0 / n)) / profiles.sersic_flux(n)


@pytest.mark.parametrize("n", [0.8, 1.0, 2.5, 4.0, 6.2])
def test_flux_and_half_light_radius_are_those_of_the_definition(n: float) -> None:
    b = float(profiles.sersic_b(n))
    inside, total = (
        quad(lambda t: math.exp(-b * t) * t ** (2 * n - 1) * 2 * math.pi * n, 0, end)[0] for end in (1.0, 400.0 / b)
    )
    assert total == pytest.approx(profiles.sersic_flux(n), rel=1e-8)
    assert inside / total == pytest.approx(0.5, rel=1e-8)
    assert float(profiles.sersic_enclosed(1.0, n)) == pytest.approx(0.5, rel=1e-12)


@pytest.mark.parametrize("n", [0.8, 1.0, 1.5, 2.5, 4.0, 6.2])
def test_gaussians_add_up_to_the_profile(n: float) -> None:
    fluxes = profiles.sersic_mixture(n)
    radius = np.geomspace(0.06, 5.0, 60)
    widths = profiles.WIDTHS
    summed = (fluxes / (2 * np.pi * widths**2) * np.exp(-0.5 * (radius[:, None] / widths) ** 2)).sum(axis=1)
    expected = brightness(radius, n)
    error = np.abs(summed - expected) * radius**2
    assert error.max() < 0.02 * (expected * radius**2).max()


def test_gaussians_hold_the_flux_but_for_the_far_wings() -> None:
    held = [float(profiles.sersic_mixture(n).sum()) for n in (1.0, 2.5, 4.0, 6.0)]
    assert held[:2] == pytest.approx([1.0, 1.0], abs=2e-3)
    assert held[2] == pytest.approx(0.99, abs=3e-3)
    assert held[3] == pytest.approx(float(profiles.sersic_enclosed(14.0, 6.0)), abs=0.01)


@pytest.mark.parametrize("n", [0.79, 6.6, math.nan])
def test_an_index_out_of_range_is_refused(n: float) -> None:
    with pytest.raises(ValueError, match=r"n must be between 0\.8 and 6\.5\. Received: n="):
        profiles.sersic_mixture(n)


@pytest.mark.parametrize("n", [1.0, 2.0, 4.0])
def test_petrosian_radius_is_where_the_brightness_is_a_fifth_of_the_mean_within(n: float) -> None:
    petro, r50, r90 = (float(r) for r in profiles.petrosian_radii(n))
    mean = float(profiles.sersic_enclosed(petro, n)) / (math.pi * petro**2)
    assert float(brightness(np.array(petro), n)) / mean == pytest.approx(0.2, rel=2e-3)
    within = float(profiles.sersic_enclosed(2 * petro, n))
    assert float(profiles.sersic_enclosed(r50, n)) / within == pytest.approx(0.5, abs=1e-3)
    assert float(profiles.sersic_enclosed(r90, n)) / within == pytest.approx(0.9, abs=1e-3)


def test_petrosian_radii_of_the_literature() -> None:
    """Graham+05, table 1: R_P/R_e 2.16 for n = 1 and 1.82 for n = 4; R90/R50 2.29 and 3.42 (their 1/eta = 0.2)."""
    petro, r50, r90 = profiles.petrosian_radii([1.0, 4.0])
    assert petro == pytest.approx([2.16, 1.82], abs=0.01)
    assert r90 / r50 == pytest.approx([2.29, 3.42], abs=0.02)
