"""Stamps: GalSim is the reference for what a galaxy looks like through a PSF and pixels."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from truemorph.components.resolution import FWHM_PER_SIGMA
from truemorph.components.simulator import catalogue, field, galaxies, gaussians, render, survey
from truemorph.components.simulator.profiles import petrosian_radii

galsim = pytest.importorskip("galsim", reason="needs GalSim: pip install '.[test-all]'")
ANGLE = 0.6
SIZE = 96


@pytest.fixture(scope="module")
def sky():
    """Rows of a catalogue, some of every class."""
    return list(catalogue.draw(400, 3, 9.18).itertuples())


def stamp(n: float, ratio: float, alpha: float, size: int = SIZE) -> tuple[np.ndarray, np.ndarray, float]:
    """Ours and GalSim's image of a Sersic galaxy of half-light radius 2 arcsec, seen at alpha, and the pixel."""
    radius = 2.0
    petro, _, r90 = (float(r) * radius for r in petrosian_radii(n))
    side, sigma = survey.STAMP_SIDE * r90, petro / alpha
    drawn = gaussians.sersic(n, radius, ratio, ANGLE, np.ones(3))
    ours = render.gaussians(drawn, sigma, side, size)[1]
    # GalSim's half-light radius is that of the round profile before a shear that keeps the area.
    galaxy = galsim.Sersic(n, half_light_radius=radius * math.sqrt(ratio)).shear(q=ratio, beta=ANGLE * galsim.radians)
    blurred = galsim.Convolve(galaxy, galsim.Gaussian(sigma=sigma))
    theirs = blurred.drawImage(nx=size, ny=size, scale=side / size, method="auto", dtype=np.float64).array
    return ours, theirs, side / size


@pytest.mark.parametrize("alpha", [4.0, 10.0, 34.0])
@pytest.mark.parametrize(("n", "ratio"), [(1.0, 1.0), (1.0, 0.3), (2.5, 0.7), (4.0, 0.8), (6.0, 0.9)])
def test_sersic_profiles_agree_with_galsim_pixel_by_pixel(n: float, ratio: float, alpha: float) -> None:
    """To 0.5 % of the peak where the PSF is wide, to 1.5 % at the sharpest seeing, where a pixel holds a PSF."""
    ours, theirs, _ = stamp(n, ratio, alpha)
    assert np.abs(ours - theirs).max() < (0.015 if alpha > 30 else 0.005) * theirs.max()
    assert ours.sum() == pytest.approx(theirs.sum(), rel=0.01)


def test_the_agreement_would_notice_another_psf() -> None:
    _, theirs, _ = stamp(2.5, 0.7, 10.0)
    ours, _, _ = stamp(2.5, 0.7, 10.5)
    assert np.abs(ours - theirs).max() > 0.01 * theirs.max()


def test_a_star_is_the_psf() -> None:
    star = gaussians.Sources(np.ones((1, 3)), np.array([[0.4, -0.7]]), np.zeros((1, 3)))
    ours = render.gaussians(star, 0.6, 19.2, 48)[0]
    image = galsim.Gaussian(sigma=0.6).drawImage(nx=48, ny=48, scale=0.4, offset=(1.0, -1.75), dtype=np.float64)
    assert np.abs(ours - image.array).max() < 0.01 * ours.max()
    assert ours.sum() == pytest.approx(1.0, abs=2e-3)


@pytest.mark.parametrize("alpha", [6.0, 25.0])
def test_the_field_of_view_is_the_same_whatever_the_size(alpha: float) -> None:
    fine, _, _ = stamp(2.0, 0.6, alpha, 96)
    coarse, _, _ = stamp(2.0, 0.6, alpha, 48)
    assert np.abs(fine.reshape(48, 2, 48, 2).sum(axis=(1, 3)) - coarse).max() < 0.01 * coarse.max()


def test_petroR90_spans_the_same_share_of_every_stamp(sky) -> None:
    """0.02 petroR90_r a pixel of 424: R90 is 11.3 px of 96, and holds 90 % of the light of a round galaxy."""
    rows = [r for r in sky if r.label == 0 and r.e < 0.1 and r.alpha > 20][:5]
    assert rows
    x = np.arange(SIZE) - (SIZE - 1) / 2
    radius = np.hypot(x[None, :], x[:, None])
    for row in rows:
        side = survey.STAMP_SIDE * row.petroR90_r
        drawn = galaxies.early(row, row.petroRad_r / row.petro_per_Rhlr, 0.0, np.random.default_rng(0))
        image = render.gaussians(drawn, row.psfWidth_r / FWHM_PER_SIGMA, side, SIZE)[1]
        petrosian = radius < 2 * row.petroRad_r / side * SIZE
        within = image[radius < SIZE / survey.STAMP_SIDE].sum() / image[petrosian].sum()
        assert within == pytest.approx(0.9, abs=0.02)


def noiseless(row, seed: int = 0) -> np.ndarray:
    """r-band image of the galaxy alone, on fine pixels, sharp."""
    rng = np.random.default_rng(seed)
    radius = row.petroRad_r / row.petro_per_Rhlr
    side, sigma = survey.STAMP_SIDE * row.petroR90_r, 0.03 * radius
    if row.label == 0:
        return render.gaussians(galaxies.early(row, radius, 0.0, rng), sigma, side, 192)[1]
    drawn, arms = galaxies.late(row, galaxies.look(row, rng), radius, 0.0, rng)
    return (render.gaussians(drawn, sigma, side, 192) + render.draw_arms(arms, sigma, side, 192))[1]


def test_the_measured_structure_is_that_of_the_image(sky) -> None:
    """Half the light lies within an ellipse of Rhlr and e, of smooth galaxies and of disks alike."""
    rows = [r for r in sky if r.label < 2 and r.e < 0.7]
    for label in (0, 1):
        shares = []
        for row in [r for r in rows if r.label == label][:40]:
            image = noiseless(row)
            side = survey.STAMP_SIDE * row.petroR90_r
            x = ((np.arange(192) + 0.5) / 192 - 0.5) * side
            ellipse = np.hypot(x[None, :], x[:, None] / (1 - row.e)) < row.petroRad_r / row.petro_per_Rhlr
            shares.append(image[ellipse].sum() / 10 ** ((22.5 - row.petroMag_r) / 2.5))
        assert np.median(shares) == pytest.approx(0.5, abs=0.03)
        assert np.std(shares) < 0.05


def test_arms_move_light_and_add_none() -> None:
    arms = galaxies.Arms(np.array([1.0, 2.0, 3.0]), 3.0, 0.7, 0.4, 0.8, 2, 3.0, 1.0)
    image = render.draw_arms(arms, 0.3, 30.0, 96)
    assert abs(image[1].sum()) < 0.02
    assert np.abs(image[1]).sum() > 0.3
    assert image[2] == pytest.approx(3.0 * image[0])
    assert image[0] == pytest.approx(image[0][::-1, ::-1])  # two arms: alike after half a turn
    softer = render.draw_arms(arms, 2.0, 30.0, 96)
    assert np.abs(softer[1]).sum() < 0.7 * np.abs(image[1]).sum()


def test_arms_never_take_more_than_there_is(sky) -> None:
    for row in [r for r in sky if r.label == 1][:20]:
        image = noiseless(row)
        assert image.min() > -0.02 * image.max()


def test_blur_keeps_what_falls_inside() -> None:
    blur = render.blur_matrix(0.5, 20.0, 40, 80)
    assert blur.sum(axis=0)[20:60] == pytest.approx(np.ones(40), abs=1e-9)


@pytest.mark.parametrize("side", [16.0, 38.0, 200.0])
def test_noise_is_that_of_native_pixels(side: float) -> None:
    """Its sum over the stamp has the variance that native pixels give, whatever the stamp's own pixels."""
    rng = np.random.default_rng(1)
    sums = [render.native_noise(side, 64, rng)[0, 8:-8, 8:-8].mean() for _ in range(300)]
    area = (side * 48 / 64) ** 2
    assert np.std(sums) == pytest.approx(render.NATIVE / math.sqrt(area), rel=0.2)


def test_a_stamp_depends_on_seed_and_place_only(sky) -> None:
    first = render.render(sky[7], 3, 48)
    assert np.array_equal(first, render.render(sky[7], 3, 48))
    assert not np.array_equal(first, render.render(sky[7], 4, 48))
    assert first.shape == (3, 48, 48)


def test_artifacts_are_drawn_as_none_of_the_galaxies(sky) -> None:
    rows = [r for r in sky if r.label == 2]
    assert len(rows) > 3
    for row in rows:
        found, arms = field.scene(row, np.random.default_rng(row.Index))
        assert arms is None
        assert np.isfinite(render.render(row, 3, 48)).all()
        assert len(found.flux) < 40


def test_neighbours_keep_off_the_galaxy() -> None:
    row = SimpleNamespace(petroR90_r=8.0)
    found = [s for k in range(40) for s in field._neighbours(row, 68.0, np.random.default_rng(k))]
    assert 3 * 40 < len(found) < 9 * 40
    assert min(float(np.hypot(*s.centre[0])) for s in found) >= 1.4 * 8.0


def test_ellipticals_are_redder_than_disks_and_the_colours_overlap(sky) -> None:
    """Colour hints at the class and does not give it away."""
    colours = []
    for row in [r for r in sky if r.label < 2]:
        rng = np.random.default_rng(row.Index)
        drawn = (
            galaxies.early(row, 2.0, 0.0, rng)
            if row.label == 0
            else galaxies.late(row, galaxies.look(row, rng), 2.0, 0.0, rng)[0]
        )
        flux = drawn.flux.sum(axis=0)
        colours.append((row.label, -2.5 * math.log10(flux[0] / flux[1])))
    label, g_r = np.array(colours).T
    assert g_r[label == 0].mean() > g_r[label == 1].mean() + 0.08
    best = max(np.mean((g_r < cut) == (label == 1)) for cut in np.linspace(0.3, 1.0, 71))
    assert 0.65 < best < 0.9


def test_colour_keeps_the_hue_and_the_range() -> None:
    image = np.zeros((3, 1, 4))
    image[:, 0, 1] = 0.05
    image[:, 0, 2] = [5.0, 10.0, 20.0]
    image[:, 0, 3] = [-1.0, -1.0, -1.0]
    picture = render.colour(image)
    assert picture.dtype == np.uint8 and picture.shape == (1, 4, 3)
    assert picture[0, 0].tolist() == [0, 0, 0] == picture[0, 3].tolist()
    assert picture[0, 2, 0] == 255
    blue_to_red = float(picture[0, 2, 2]) / float(picture[0, 2, 0])
    assert blue_to_red == pytest.approx(5.0 * render.SCALES[2] / (20.0 * render.SCALES[0]), abs=0.01)
    assert picture[0, 1, 1] == pytest.approx(255 * 0.05 * render.SCALES[1], rel=0.15)
