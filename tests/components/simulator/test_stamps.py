"""Half-real skies: stamps measured, degraded and labelled."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from truemorph.components.errors import InputError
from truemorph.components.resolution import FWHM_PER_SIGMA
from truemorph.components.simulator import render, resolved
from truemorph.components.simulator.catalogue import draw
from truemorph.components.simulator.field import scene, stamp_rng
from truemorph.components.simulator.kind import PLAIN, Kind
from truemorph.components.simulator.sky import simulate
from truemorph.components.simulator.stamps import Stamps, draw_stamps
from truemorph.components.simulator.survey import STAMP_SIDE

SIZE, SEED = 132, 3


@pytest.fixture(scope="module")
def rows() -> list:
    sky = draw(600, SEED, 9.18)
    return [row for row in sky.itertuples() if row.label < 2 and row.petroMag_r < 17]


def seen(row, sigma: float) -> np.ndarray:
    """g, r, i of a galaxy through a PSF of this width (arcsec), without noise."""
    side = STAMP_SIDE * row.petroR90_r
    sources, arms = scene(row, stamp_rng(SEED, row.Index))
    image = render.gaussians(sources, sigma, side, SIZE)
    if arms is not None:
        image = image + render.draw_arms(arms, sigma, side, SIZE)
    return image * (render.NATIVE * SIZE / side) ** 2


def power(image: np.ndarray) -> np.ndarray:
    """Radial power spectrum, mean over rings one wave wide."""
    found = np.abs(np.fft.fft2(image)) ** 2
    wave = np.fft.fftfreq(SIZE, 1.0 / SIZE)
    ring = np.rint(np.hypot(wave[None, :], wave[:, None])).astype(int).ravel()
    return (np.bincount(ring, found.ravel()) / np.bincount(ring))[1 : SIZE // 2]


@pytest.fixture(scope="module")
def folder(rows: list, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty well resolved stamps and their expert classes."""
    home = tmp_path_factory.mktemp("resolved")
    names = ["E", "S0", "disk"]
    for place, row in enumerate(rows[:20]):
        sigma = resolved.OWN_BLUR * STAMP_SIDE * row.petroR90_r / SIZE
        Image.fromarray(render.colour(seen(row, sigma))).save(home / f"PGC{place}.jpg", quality=95, subsampling=0)
    table = pd.DataFrame({"name": [f"PGC{i}" for i in range(20)], "truth": [names[i % 3] for i in range(20)]})
    table.to_csv(home / "classes.csv", index=False)
    return home


@pytest.mark.parametrize("alpha", [pytest.param(5.0, marks=pytest.mark.slow), 9.0])
def test_degraded_stamps_have_the_power_of_stamps_drawn_at_that_resolution(rows: list, alpha: float) -> None:
    """Within 10 % at every scale where the signal is above the survey's noise; the stretch is held apart, below."""
    ours, theirs, noise = [], [], []
    for row in rows[:40]:
        side = STAMP_SIDE * row.petroR90_r
        pixel = side / SIZE
        sharp = seen(row, resolved.OWN_BLUR * pixel)
        found = resolved.degrade_stamp(sharp, row.petroRad_r / pixel, alpha, side / row.petroRad_r, SIZE)
        ours.append(power(found[1]))
        theirs.append(power(seen(row, row.petroRad_r / alpha)[1]))
        grain = render.SKY_NOISE[1] * render.native_noise(side, SIZE, np.random.default_rng(row.Index))[1]
        noise.append(power(grain))
    ours, theirs, noise = (np.mean(spectra, axis=0) for spectra in (ours, theirs, noise))
    above = theirs > noise
    assert above.sum() >= 5
    np.testing.assert_allclose(ours[above], theirs[above], rtol=0.1)
    other = np.mean([power(seen(row, row.petroRad_r / (0.8 * alpha))[1]) for row in rows[:40]], axis=0)
    assert not np.allclose(other[above], theirs[above], rtol=0.1)  # the test would notice another resolution


def test_the_stretch_is_undone(rows: list) -> None:
    image = seen(rows[0], rows[0].psfWidth_r / FWHM_PER_SIGMA)
    image *= 0.2 / image.max()
    assert render.light_of(render.colour(image)) == pytest.approx(image, abs=0.004)


def test_structure_is_that_of_the_galaxy(rows: list) -> None:
    found, given = [], []
    for row in [r for r in rows if r.ng < 4][::3]:
        pixel = STAMP_SIDE * row.petroR90_r / SIZE
        petro, ng, e = resolved.structure(seen(row, 0.3 * pixel).sum(axis=0))
        found.append((petro * pixel / row.petroRad_r, ng, e))
        given.append((row.label, row.ng, row.e))
    found, given = np.array(found), np.array(given)
    label = given[:, 0]
    assert np.median(found[(label == 0) & (given[:, 2] < 0.15), 0]) == pytest.approx(1.0, abs=0.1)
    assert np.corrcoef(found[:, 1], given[:, 1])[0, 1] > 0.5
    assert np.corrcoef(found[:, 2], given[:, 2])[0, 1] > 0.7


def test_each_stamp_is_one_galaxy(folder: Path) -> None:
    sky = draw_stamps(Stamps(folder, folder / "classes.csv"), None, 5, 9.18, null=False, kind=PLAIN)
    assert len(sky) == 20 and sky["stamp"].is_unique and sky["objid"].is_unique
    assert (sky["label"] == (sky["expert"] == "disk")).all()
    disks = draw_stamps(Stamps(folder, folder / "classes.csv"), None, 5, 9.18, null=False, kind=Kind(continuum="disk"))
    assert (disks["label"] == (disks["expert"] != "E")).all()


def test_a_half_real_sky_has_the_upstream_formats(folder: Path, tmp_path: Path) -> None:
    stamps = Stamps(folder, folder / "classes.csv")
    assert simulate(tmp_path / "sky", seed=5, size=64, stamps=stamps, progress=False) == 20
    simulate(tmp_path / "again", seed=5, size=64, stamps=stamps, progress=False)
    truth = pd.read_csv(tmp_path / "sky" / "truth.csv", dtype=str)
    assert list(truth) == ["objid", "label", "label_seen", "p_flip", "alpha", "stamp"]
    for objid in truth["objid"]:
        data = (tmp_path / "sky" / "images" / f"{objid}.jpg").read_bytes()
        assert data == (tmp_path / "again" / "images" / f"{objid}.jpg").read_bytes()
        with Image.open(io.BytesIO(data)) as image:
            assert image.size == (64, 64)
    assert "stamp" not in pd.read_csv(tmp_path / "sky" / "photometry.csv")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("name,kind\nPGC0,E\n", r"classes\.csv: no column 'class' or 'truth' among name, kind"),
        ("name,truth\nPGC0,Sb\n", r"unknown class 'Sb' in truth; give e, elliptical"),
        ("name,truth\nPGC0,E\nPGC0,E\n", r"PGC0 appears twice; a galaxy may be in one split only"),
        ("name,truth\nNGC1,E\n", r"no JPEG or PNG is named after a row of"),
    ],
)
def test_stamps_that_cannot_be_used_are_refused(folder: Path, tmp_path: Path, table: str, message: str) -> None:
    (tmp_path / "classes.csv").write_text(table)
    with pytest.raises(InputError, match=message):
        simulate(tmp_path / "sky", seed=1, size=64, stamps=Stamps(folder, tmp_path / "classes.csv"), progress=False)
    assert not (tmp_path / "sky").exists()


def test_more_galaxies_than_stamps_are_refused(folder: Path, tmp_path: Path) -> None:
    stamps = Stamps(folder, folder / "classes.csv")
    with pytest.raises(InputError, match=r"has 20 stamps with a class\. Received: 21; ask for fewer"):
        simulate(tmp_path / "sky", galaxies=21, seed=1, stamps=stamps, progress=False)
    with pytest.raises(
        InputError, match="--from-stamps takes galaxies as they are and rules out balanced, grey; drop one"
    ):
        simulate(tmp_path / "sky", seed=1, stamps=stamps, kind=Kind(grey=True, balanced=0.5), progress=False)


def test_efigi_makes_a_half_real_sky(shared: Path, tmp_path: Path) -> None:
    efigi = Stamps(shared / "real" / "efigi", shared / "real" / "efigi.csv")
    simulate(tmp_path / "sky", galaxies=20, seed=2, size=64, stamps=efigi, progress=False)
    truth = pd.read_csv(tmp_path / "sky" / "truth.csv", dtype=str)
    classes = pd.read_csv(shared / "real" / "efigi.csv").set_index("PGCname")["truth"]
    assert ((classes[truth["stamp"]] == "disk").to_numpy() == (truth["label"] == "disk").to_numpy()).all()
