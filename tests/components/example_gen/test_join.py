"""Each row of the votes ends with all its features or with the one right reason."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from upstream import Sky

from truemorph.components.example_gen.ingest_sources import open_sources
from truemorph.components.example_gen.join import join

SMOOTH, DISK, ARTIFACT = (
    f"t01_smooth_or_features_{answer}_" for answer in ("a01_smooth", "a02_features_or_disk", "a03_star_or_artifact")
)


def set_photometry(sky: Sky, place: int, **values: float) -> None:
    for name, value in values.items():
        sky.photometry.loc[sky.photometry["objid"] == sky.ids[place], name] = value


def test_a_good_sky_has_no_reasons_and_is_sorted(sky: Sky) -> None:
    table = sky.joined()
    assert table["reason"].isna().all()
    assert table["objid"].to_list() == sorted(sky.ids)
    assert table["image_name"].to_list() == sorted(sky.ids)


def test_features_of_a_galaxy(sky: Sky) -> None:
    row = sky.votes.iloc[3]
    light = sky.photometry.set_index("objid").loc[row["dr7objid"]]
    shape = sky.structure.set_index("objID").loc[row["dr7objid"]]
    found = sky.joined().loc[row["dr7objid"]]
    assert found["alpha"] == pytest.approx(2 * np.sqrt(2 * np.log(2)) * light["petroRad_r"] / light["psfWidth_r"])
    assert found["label_raw"] == int(row[f"{DISK}fraction"] > row[f"{SMOOTH}fraction"])
    for ours, theirs in (("smooth", SMOOTH), ("disk", DISK), ("artifact", ARTIFACT)):
        assert found[f"{ours}_count"] == row[f"{theirs}count"]
        assert found[f"{ours}_fraction"] == row[f"{theirs}fraction"]
    assert found["smooth_debiased"] == row[f"{SMOOTH}debiased"]
    assert found["redshift"] == light["z"]
    assert found["absPetroMag_r"] == pytest.approx(light["petroMag_r"] - 5 * np.log10(4.28e8 * light["z"]))
    assert (found["ng"], found["e"], found["Rhlr"]) == (shape["ng"], shape["e"], shape["Rhlr"])


@pytest.mark.parametrize(
    ("scale", "pixel"),
    [("0.4", lambda light: 0.4), ("0.1 * petroRad_r", lambda light: 0.1 * light["petroRad_r"]), (None, lambda _: 0.2)],
)
def test_the_psf_is_known_in_pixels_where_their_scale_is(sky: Sky, scale: str | None, pixel: Any) -> None:
    """Given a scale as a number, an expression or a column, sigma is that of the FWHM; else it is not known."""
    assert sky.joined()["psf_sigma_pixels"].isna().all()
    sky.photometry["arcsec_per_pixel"] = 0.2
    set_photometry(sky, 5, arcsec_per_pixel=-9999.0)
    columns = {"arcsec_per_pixel": scale} if scale else {}
    table = sky.joined(columns=columns)
    light = sky.photometry.set_index("objid").loc[sky.ids[3]]
    expected = light["psfWidth_r"] / (2 * np.sqrt(2 * np.log(2))) / pixel(light)
    assert table.loc[sky.ids[3], "psf_sigma_pixels"] == pytest.approx(expected)
    assert np.isnan(table.loc[sky.ids[5], "psf_sigma_pixels"]) == (scale is None)
    assert table["reason"].isna().all()


@pytest.mark.parametrize(
    ("votes", "expected"),
    [
        ((0.5, 0.5, 0.0), "tie"),
        ((0.1, 0.2, 0.7), "star_or_artifact"),
        ((0.0, 0.0, 0.0), "no_votes"),
        ((np.nan, np.nan, np.nan), "no_votes"),
        ((0.7, np.nan, 0.1), "bad_votes"),
        ((-0.7, 0.6, 0.1), "bad_votes"),
        ((27.0, 10.0, 1.0), "bad_votes"),
    ],
)
def test_votes_without_a_winner(sky: Sky, votes: tuple[float, float, float], expected: str) -> None:
    sky.votes.loc[0, [f"{SMOOTH}fraction", f"{DISK}fraction", f"{ARTIFACT}fraction"]] = votes
    assert sky.reason() == expected


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("petroRad_r", np.nan, "no_petroRad_r"),
        ("petroRad_r", -9999.0, "bad_petroRad_r"),
        ("petroRad_r", -1.0, "bad_petroRad_r"),
        ("petroRad_r", 0.0, "bad_petroRad_r"),
        ("petroRad_r", np.inf, "bad_petroRad_r"),
        ("petroRad_r", 1e300, "bad_petroRad_r"),
        ("psfWidth_r", 1e-300, "bad_psfWidth_r"),
        ("psfWidth_r", np.nan, "no_psfWidth_r"),
        ("psfWidth_r", -9999.0, "bad_psfWidth_r"),
    ],
)
def test_photometry_that_cannot_be_used(sky: Sky, name: str, value: float, expected: str) -> None:
    set_photometry(sky, 0, **{name: value})
    assert sky.reason() == expected


def test_no_photometry(sky: Sky) -> None:
    sky.photometry = sky.photometry[sky.photometry["objid"] != sky.ids[0]]
    assert sky.reason() == "no_photometry"


def test_two_votes_of_one_id_are_both_rejected(sky: Sky) -> None:
    sky.votes = pd.concat([sky.votes, sky.votes.iloc[[5]]])
    table = sky.joined()
    assert len(table) == 41
    assert table["reason"].dropna().to_dict() == {sky.ids[5]: "duplicate_id"}
    assert table["reason"].notna().sum() == 2


def test_a_row_without_an_id_is_counted(sky: Sky) -> None:
    sky.votes.loc[[0, 1], "dr7objid"] = None
    table = sky.joined()
    assert table["reason"].dropna().to_list() == ["no_id", "no_id"]


@pytest.mark.parametrize(("table", "key"), [("photometry", "objid"), ("structure", "objID")])
def test_rows_that_agree_are_one_and_rows_that_differ_are_ambiguous(sky: Sky, table: str, key: str) -> None:
    rows = getattr(sky, table)
    again = rows[rows[key] == sky.ids[0]]
    setattr(sky, table, pd.concat([rows, again]))
    assert sky.reason() is None
    name = again.columns[1]
    setattr(sky, table, pd.concat([rows, again.assign(**{name: again[name] + 0.1})]))
    assert sky.reason() == f"ambiguous_{table}"


def test_the_first_reason_stays(sky: Sky) -> None:
    sky.votes.loc[0, [f"{SMOOTH}fraction", f"{DISK}fraction"]] = 0.4
    set_photometry(sky, 0, petroRad_r=-9999.0, psfWidth_r=-9999.0)
    assert sky.reason() == "tie"


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "a\\b", "..", ".", "a\nb", "x" * 201, "日" * 70])
def test_ids_that_are_no_file_names_are_refused(sky: Sky, name: str) -> None:
    old = sky.ids[0]
    sky.votes.loc[0, "dr7objid"] = name
    sky.photometry = sky.photometry.replace({"objid": {old: name}})
    assert sky.reason() == "unsafe_image_name"


@pytest.mark.parametrize("value", [0.0, -1.0, -9999.0, 9999.0, 1e300, np.nan, np.inf])
def test_an_unknown_redshift_leaves_features_absent(sky: Sky, value: float) -> None:
    set_photometry(sky, 0, z=value)
    found = sky.joined().loc[sky.ids[0]]
    assert found["reason"] is None
    assert found[["redshift", "petroRad_r_kpc", "absPetroMag_r"]].isna().all()


def test_the_redshift_of_the_votes_comes_first(sky: Sky) -> None:
    sky.votes["REDSHIFT"] = [0.3, *[np.nan] * 39]
    table = sky.joined()
    assert table.loc[sky.ids[0], "redshift"] == 0.3
    light = sky.photometry.set_index("objid")["z"]
    assert table.loc[sky.ids[1:], "redshift"].to_list() == light[sky.ids[1:]].to_list()


def test_a_null_magnitude_leaves_luminosity_absent(sky: Sky) -> None:
    set_photometry(sky, 0, petroMag_r=-9999.0)
    found = sky.joined().loc[sky.ids[0]]
    assert np.isnan(found["absPetroMag_r"]) and found["petroRad_r_kpc"] > 0


def test_nulls_of_the_structure_are_absent(sky: Sky) -> None:
    sky.structure.loc[0, ["ng", "e", "Rhlr"]] = -99.99
    sky.structure.loc[1, ["ng", "e", "Rhlr"]] = [0.0, 0.0, 0.0]
    sky.structure.loc[2, "e"] = 1.2
    sky.structure = sky.structure.drop(index=3)
    sky.structure.loc[4, ["ng", "e", "Rhlr"]] = np.inf
    table = sky.joined()
    assert table["reason"].isna().all()
    assert table.loc[sky.ids[0], ["ng", "e", "Rhlr"]].isna().all()
    assert table.loc[sky.ids[4], ["ng", "e", "Rhlr"]].isna().all()
    assert table.loc[sky.ids[1], ["ng", "e", "Rhlr"]].isna().to_list() == [True, False, True]
    assert table.loc[sky.ids[2], ["ng", "e", "Rhlr"]].isna().to_list() == [False, True, False]
    assert table.loc[sky.ids[3], ["ng", "e", "Rhlr"]].isna().all()


@pytest.mark.parametrize(
    ("debiased", "label"),
    [
        ((0.2, 0.9, 0.0), 1),
        ((0.9, 0.8, 0.0), 0),
        ((0.4, 0.6, np.nan), 1),
        ((0.5, 0.5, 0.0), None),
        ((0.1, 0.2, 0.9), None),
        ((np.nan, 0.6, 0.0), None),
        ((-9999.0, 0.6, 0.0), None),
    ],
)
def test_the_debiased_label(sky: Sky, debiased: tuple[float, float, float], label: int | None) -> None:
    sky.votes.loc[0, [f"{SMOOTH}debiased", f"{DISK}debiased", f"{ARTIFACT}debiased"]] = debiased
    found = sky.joined().loc[sky.ids[0]]
    assert found["reason"] is None
    assert found["label_debiased"] is pd.NA if label is None else found["label_debiased"] == label


def test_without_debiased_columns_the_label_is_absent(sky: Sky) -> None:
    sky.votes = sky.votes[[name for name in sky.votes if not name.endswith("debiased")]]
    table = sky.joined()
    assert table["label_debiased"].isna().all() and table["smooth_debiased"].isna().all()


def test_counts_as_votes(sky: Sky) -> None:
    sky.votes.loc[0, [f"{SMOOTH}count", f"{DISK}count", f"{ARTIFACT}count"]] = [10, 30, 0]
    found = sky.joined("count").loc[sky.ids[0]]
    assert found["label_raw"] == 1
    assert (found["smooth_fraction"], found["disk_fraction"], found["artifact_fraction"]) == (0.25, 0.75, 0.0)


def test_weighted_votes_can_say_otherwise(sky: Sky) -> None:
    votes = [f"{SMOOTH}weighted_fraction", f"{DISK}weighted_fraction", f"{ARTIFACT}weighted_fraction"]
    sky.votes.loc[0, votes] = [0.1, 0.8, 0.1]
    sky.votes.loc[1, votes] = [0.8, 0.1, 0.1]
    table = sky.joined("weighted_fraction")
    assert table.loc[sky.ids[:2], "label_raw"].to_list() == [1, 0]
    assert table.loc[sky.ids[0], "smooth_fraction"] == 0.1


def test_empty_parts_join_to_nothing(sky: Sky) -> None:
    sources = open_sources(**sky.inputs())
    tables = {source.kind: next(source.batches()).iloc[:0] for source in sources.tables}
    assert join(tables, "fraction").empty
