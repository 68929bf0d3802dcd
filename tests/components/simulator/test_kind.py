"""Switches of a sky: each does what it says, and nothing else."""

import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy.special import expit, logit

from truemorph.components.bias_estimator.cv14 import fit_cv14
from truemorph.components.errors import InputError
from truemorph.components.laws import ExponentialLaw
from truemorph.components.simulator import field, galaxies, labels, measured, volunteers
from truemorph.components.simulator.catalogue import draw, p_disk
from truemorph.components.simulator.kind import PLAIN, Kind
from truemorph.components.simulator.pictures import picture

FEATURES = ["ng", "e", "Rhlr"]
N, SEED, THETA = 8000, 31, 9.18


def sky(*words: str, galaxies: int = N, theta: float = THETA) -> pd.DataFrame:
    return draw(galaxies, SEED, theta, kind=Kind.parse(words))


@pytest.fixture(scope="module")
def plain() -> pd.DataFrame:
    return sky()


@pytest.fixture(scope="module")
def own() -> pd.DataFrame:
    return sky("own-theta=0.6")


def test_words_become_switches() -> None:
    assert Kind.parse([]) == PLAIN and PLAIN.told() == {}
    kind = Kind.parse(["own-theta=0.8", "grey", "continuum=disk", "balanced", "class-on-alpha=-0.5"])
    assert kind == Kind(own_theta=0.8, grey=True, continuum="disk", balanced=0.55, class_on_alpha=-0.5)
    assert list(kind.told()) == ["own-theta", "grey", "continuum", "class-on-alpha", "balanced"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["gray"], "unknown switch 'gray'; choose from own-theta, surface-brightness, grey"),
        (["grey", "grey"], "switch grey is given twice"),
        (["grey=1"], "switch grey takes no value. Received: '1'"),
        (["own-theta=x"], "switch own-theta must be 0 to 2. Received: 'x'"),
        (["own-theta=nan"], "switch own-theta must be 0 to 2. Received: 'nan'"),
        (["balanced=0"], "switch balanced must be 0.01 to 1. Received: '0'"),
        (["continuum=spiral"], "switch continuum is 'smooth' or 'disk'. Received: 'spiral'"),
    ],
)
def test_what_is_no_switch_is_refused(words: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Kind.parse(words)


def test_own_theta_spreads_and_half_of_it_can_be_seen(plain: pd.DataFrame, own: pd.DataFrame) -> None:
    columns = [c for c in plain if c not in ("theta", "p_flip", "label_seen")]
    assert own[columns].equals(plain[columns])
    disks = own[own["label"] == 1]
    ln_theta = np.log(disks["theta"])
    assert ln_theta.mean() == pytest.approx(np.log(THETA), abs=0.03) and ln_theta.std() == pytest.approx(0.6, rel=0.06)
    little = labels.hidden(own, SEED)[own["label"] == 1]
    assert np.corrcoef(little, ln_theta)[0, 1] ** 2 == pytest.approx(0.5, abs=0.05)
    assert little.mean() == pytest.approx(0.0, abs=0.05) and little.std() == pytest.approx(1.0, abs=0.05)
    expected = ExponentialLaw(1.0).flip_probability(disks["alpha"] / disks["theta"])
    assert disks["p_flip"].to_numpy() == pytest.approx(expected, abs=1e-6)
    assert (disks["label_seen"] == 0).mean() == pytest.approx(expected.mean(), abs=0.03)


def test_what_can_be_seen_is_what_the_picture_shows(own: pd.DataFrame) -> None:
    """The look that theta depends on is that of the arms that are drawn."""
    for row in own[own["label"] == 1].iloc[:5].itertuples():
        _, arms = field.scene(row, field.stamp_rng(SEED, row.Index))
        seen = field.opening(row, field.stamp_rng(SEED, row.Index)).look
        assert arms is not None and seen is not None and arms.strength == seen.strength


def test_surface_brightness_moves_theta_by_its_slope() -> None:
    faint = sky("surface-brightness=0.3")
    slope = np.polyfit(labels.surface_brightness(faint), np.log(faint["theta"]), 1)[0]
    assert slope == pytest.approx(0.3, abs=1e-6)


def test_grey_skies_tell_the_class_by_colour_no_more_than_by_sersic_index(plain: pd.DataFrame) -> None:
    found = []
    for row in plain[plain["label"] < 2].iloc[:600].itertuples():
        begun = field.opening(row, np.random.default_rng(row.Index))
        g, r, _ = field.scene(row, np.random.default_rng(row.Index), grey=True)[0].flux[:10].sum(axis=0)
        found.append((row.label, row.ng, -2.5 * np.log10(g / r)))
        assert (begun.look is None) == (row.label == 0)
    label, ng, g_r = np.array(found).T
    left = g_r - np.polyval(np.polyfit(ng, g_r, 1), ng)
    assert abs(left[label == 1].mean() - left[label == 0].mean()) < 0.03


@pytest.mark.parametrize(("asked", "label"), [("smooth", 0), ("disk", 1)])
def test_lenticulars_have_the_class_asked_for_and_no_arms(asked: str, label: int) -> None:
    drawn = sky(f"continuum={asked}", galaxies=1500)
    lenticular = drawn[drawn["lenticular"]]
    assert 0.1 < len(lenticular) / len(drawn) < 0.3 and (lenticular["label"] == label).all()
    for row in lenticular.iloc[:5].itertuples():
        look = galaxies.look(row, np.random.default_rng(0))
        assert look.strength == 0.0
        assert field.scene(row, np.random.default_rng(0))[1].strength == 0.0


@pytest.mark.parametrize("slope", [-0.5, 0.2])
def test_the_class_depends_on_alpha_as_asked(slope: float) -> None:
    drawn = draw(40_000, SEED, THETA, kind=Kind(class_on_alpha=slope))
    drawn = drawn[drawn["label"] < 2]
    own = logit(p_disk(*(drawn[f] for f in FEATURES)))
    z = (np.log(drawn["alpha"]) - 2.44) / 0.43
    for low, high in ((-9, -1), (-1, 0), (0, 1), (1, 9)):
        some = (z >= low) & (z < high)
        assert drawn["label"][some].mean() == pytest.approx(expit(own + slope * z)[some].mean(), abs=0.015)


def test_measured_features_lose_more_where_resolution_is_low(plain: pd.DataFrame) -> None:
    assert measured.measure(plain, SEED, 0.0).equals(plain[FEATURES])
    found = measured.measure(plain, SEED, 0.3)
    for low, high in ((7.5, 8.5), (15, 17)):
        some = (plain["alpha"] > low) & (plain["alpha"] < high)
        error = (found["Rhlr"] - plain["Rhlr"])[some]
        size = 0.3 * 2.54 * 8.0 / plain["alpha"][some].mean()
        assert error.mean() == pytest.approx(size, rel=0.15) and error.std() == pytest.approx(size, rel=0.15)
    assert (found["e"] < plain["e"]).mean() > 0.7 and found["e"].between(0, 0.95).all()


def test_votes_one_by_one_make_the_label_and_fall_smoothly() -> None:
    kind = Kind(continuous_votes=True)
    drawn = draw(N, SEED, THETA, kind=kind)
    counts = volunteers.vote(drawn, SEED, kind)[[f"{a}_count" for a in volunteers.ANSWERS]].to_numpy()
    assert (counts.argmax(axis=1) == drawn["label_seen"]).all()
    disks = (drawn["label"] == 1).to_numpy()
    share = counts[:, 1] / counts.sum(axis=1)
    alpha = drawn["alpha"].to_numpy()
    means = [share[disks & (alpha > a) & (alpha <= a + 3)].mean() for a in range(4, 31, 3)]
    assert (np.diff(means) > 0).all() and means[0] < 0.3 and means[-1] > 0.7
    some = disks & (alpha > 13) & (alpha < 14)
    assert share[some].std() > 0.12  # no two kinds of disk, but all between
    flipped = (drawn["label_seen"] == 0).to_numpy() & disks
    assert flipped.sum() == pytest.approx(drawn["p_flip"][disks].sum(), rel=0.06)
    few = draw(50, SEED, THETA, kind=kind)
    assert few.equals(drawn.iloc[:50])


def test_a_balanced_sky_keeps_the_smooth_at_its_rate_and_is_not_the_plain_law() -> None:
    drawn, kept = sky(galaxies=20_000), sky("balanced=0.35", galaxies=10_000)
    assert len(kept) == 10_000 and kept["objid"].is_unique
    beginning = drawn[drawn.index <= kept.index[-1]]
    assert set(kept.index[kept["label_seen"] == 1]) == set(beginning.index[beginning["label_seen"] == 1])
    rate = (kept["label_seen"] == 0).sum() / (beginning["label_seen"] == 0).sum()
    assert rate == pytest.approx(0.35, abs=0.02)
    some = kept[kept["label"] < 2]
    fit = fit_cv14(some[FEATURES].to_numpy(), some["label_seen"].to_numpy(), some["alpha"].to_numpy())
    assert fit.theta == pytest.approx(6.8, abs=0.4)


def test_another_hand_draws_the_same_galaxies_otherwise(plain: pd.DataFrame) -> None:
    row = next(r for r in plain.itertuples() if r.label == 1 and r.alpha > 20)
    ours, theirs = (
        np.asarray(Image.open(io.BytesIO(picture(row, SEED, 64, kind)))).astype(float)
        for kind in (PLAIN, Kind(another_hand=True))
    )
    assert theirs.shape == (64, 64, 3)
    centre = np.s_[16:48, 16:48]
    assert np.corrcoef(ours[centre].ravel(), theirs[centre].ravel())[0, 1] > 0.6
    assert np.abs(ours - theirs).mean() > 3
    again = picture(row, SEED, 64, Kind(another_hand=True))
    assert (
        again == picture(row, SEED, 64, Kind(another_hand=True)) != picture(row, SEED + 1, 64, Kind(another_hand=True))
    )
