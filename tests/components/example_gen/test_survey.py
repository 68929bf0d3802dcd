"""One's own survey, in one table, ends as the same kind of dataset."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from truemorph.components.errors import InputError
from truemorph.components.example_gen.check import check
from truemorph.components.example_gen.executor import execute
from truemorph.components.example_gen.ingest_sources import open_sources
from truemorph.components.examples.table import read_table

PARAMETERS = {"votes_column": "fraction", "balance": False, "split_seed": 0}
PARAMETERS |= {"runner": "FnApiRunner", "workers": 1, "options": []}
ALPHA = "2.3548 * r50 / `psf fwhm`"


@pytest.fixture
def survey(tmp_path: Path, jpeg: Any) -> pd.DataFrame:
    """Thirty galaxies as Zoobot's users keep them, images in folders."""
    rng = np.random.default_rng(2)
    ids = [f"J{n:04d}" for n in range(30)]
    for n, name in enumerate(ids):
        folder = tmp_path / "stamps" / name[:4]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.jpg").write_bytes(jpeg(n))
    smooth = rng.integers(1, 40, 30)
    return pd.DataFrame(
        {
            "id_str": ids,
            "file_loc": [f"{name[:4]}/{name}.jpg" for name in ids],
            "smooth-or-featured_smooth": smooth,
            "smooth-or-featured_featured-or-disk": 41 - smooth,
            "r50": rng.uniform(2, 9, 30).round(3),
            "psf fwhm": 1.25,
            "redshift": 0.1,
            "class": np.where(smooth > 20, "smooth", "disk"),
        }
    )


VOTES = {"smooth_count": "smooth-or-featured_smooth", "disk_count": "smooth-or-featured_featured-or-disk"}


def ingest(survey: pd.DataFrame, folder: Path, **columns: str) -> tuple[pd.DataFrame, dict[str, str]]:
    survey.to_csv(folder / "own.csv", index=False)
    outputs = {"examples": folder / "examples", "rejects": folder / "rejects.csv"}
    inputs = {"table": folder / "own.csv", "images": folder / "stamps"}
    execute(inputs, outputs, {**PARAMETERS, "columns": columns, "bucket": None})
    rejects = pd.read_csv(outputs["rejects"], dtype=str)
    table = read_table(outputs["examples"]).sort_values("objid", ignore_index=True)
    return table, dict(zip(rejects["objid"], rejects["reason"], strict=True))


def test_votes_and_an_expression(survey: pd.DataFrame, tmp_path: Path) -> None:
    table, rejects = ingest(survey, tmp_path, alpha=ALPHA, **VOTES)
    assert rejects == {} and table["objid"].to_list() == survey["id_str"].to_list()
    np.testing.assert_allclose(table["alpha"], 2.3548 * survey["r50"] / 1.25, rtol=1e-6)
    np.testing.assert_array_equal(table["label_raw"].astype(int), survey[VOTES["smooth_count"]] < 20.5)
    np.testing.assert_allclose(table["smooth_fraction"], survey[VOTES["smooth_count"]] / 41, rtol=1e-6)
    np.testing.assert_array_equal(table["smooth_count"].astype(int), survey[VOTES["smooth_count"]])
    np.testing.assert_allclose(table["redshift"], 0.1, rtol=1e-6)
    assert table["petroRad_r"].isna().all() and table["label_debiased"].isna().all()


@pytest.mark.parametrize("label", ["class", "`smooth-or-featured_smooth` < 20.5"])
def test_labels_as_given(survey: pd.DataFrame, tmp_path: Path, label: str) -> None:
    table, rejects = ingest(survey, tmp_path, alpha=ALPHA, label_raw=label)
    assert rejects == {}
    np.testing.assert_array_equal(table["label_raw"].astype(int), survey[VOTES["smooth_count"]] < 20.5)
    assert table["smooth_fraction"].isna().all()


def test_radius_and_width_make_alpha(survey: pd.DataFrame, tmp_path: Path) -> None:
    table, _ = ingest(survey, tmp_path, petroRad_r="r50 * 2", psfWidth_r="psf fwhm", label_raw="class")
    np.testing.assert_allclose(table["alpha"], 2.3548200450309493 * 2 * survey["r50"] / 1.25, rtol=1e-6)
    assert (table["petroRad_r_kpc"] > 0).all()


def test_every_bad_row_has_its_reason(survey: pd.DataFrame, tmp_path: Path) -> None:
    survey["class"] = survey["class"].astype(object)
    survey.loc[0, "class"] = "merger"
    survey.loc[1, "class"] = None
    survey.loc[2, "r50"] = np.nan
    survey.loc[3, "psf fwhm"] = 0.0
    survey.loc[4, "file_loc"] = "../../../etc/passwd.jpg"
    survey.loc[5, "file_loc"] = "/etc/passwd.jpg"
    survey.loc[6, "file_loc"] = None
    survey.loc[7, "file_loc"] = "J000/missing.jpg"
    survey.loc[9, "id_str"] = "J0008"
    survey.loc[10, "file_loc"] = str(tmp_path / "stamps" / survey.loc[10, "file_loc"])
    columns = {"alpha": ALPHA, "label_raw": "class"}
    table, rejects = ingest(survey, tmp_path, **columns)
    assert rejects == {
        "J0000": "bad_label",
        "J0001": "no_label",
        "J0002": "no_alpha",
        "J0003": "bad_alpha",
        "J0004": "unsafe_image_name",
        "J0005": "no_image",
        "J0006": "no_image",
        "J0007": "no_image",
        "J0008": "duplicate_id",
    }
    assert len(table) == 20
    found = check(open_sources(table=tmp_path / "own.csv", images=tmp_path / "stamps", columns=columns))
    assert (found["rows_in"], found["examples"]) == (30, 20)


def test_without_a_file_column_images_go_by_the_id(survey: pd.DataFrame, tmp_path: Path) -> None:
    for name in survey["id_str"]:
        (tmp_path / "stamps" / name[:4] / f"{name}.jpg").rename(tmp_path / "stamps" / f"{name}.jpg")
    table, _ = ingest(survey.drop(columns="file_loc"), tmp_path, alpha=ALPHA, label_raw="class")
    assert len(table) == 30


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            {"alpha": ALPHA},
            r"own\.csv: no column for label_raw or .*--column label_raw=COLUMN; the table has id_str, file_loc",
        ),
        ({"label_raw": "class"}, r"own\.csv: no column for alpha or petroRad_r; .*--column alpha=COLUMN"),
        ({"alfa": "r50"}, r"--column alfa=r50: no such name; give one of objid, label_raw"),
        ({"alpha": "r5"}, r"--column alpha=r5: no column 'r5'"),
        ({"objid": "r50 + 1", "alpha": "r50", "label_raw": "class"}, "must be a column, not an expression"),
        ({"alpha": "class", "label_raw": "class"}, r"own\.csv: column 'class' holds '\w+' in row 1, not a number"),
    ],
)
def test_what_is_missing_is_one_line(
    survey: pd.DataFrame, tmp_path: Path, columns: dict[str, str], message: str
) -> None:
    survey = survey.drop(columns=list(VOTES.values()))
    with pytest.raises(InputError, match=message):
        ingest(survey, tmp_path, **columns)


def test_a_table_in_zoobots_words_needs_no_other(survey: pd.DataFrame, tmp_path: Path) -> None:
    survey["smooth-or-featured_artifact"] = 0
    survey.loc[3, "smooth-or-featured_artifact"] = 90
    survey["alpha"] = 5.0
    survey["file_loc"] = "/home/of/another/" + survey["file_loc"]
    table, rejects = ingest(survey.drop(columns="class"), tmp_path)
    assert rejects == {"J0003": "star_or_artifact"} and len(table) == 29
    np.testing.assert_array_equal(table["label_raw"].astype(int), survey[VOTES["smooth_count"]].drop(3) < 20.5)


def test_paths_of_windows_are_paths(survey: pd.DataFrame, tmp_path: Path) -> None:
    survey["file_loc"] = "D:\\stamps\\" + survey["file_loc"].str.replace("/", "\\")
    _, rejects = ingest(survey, tmp_path, alpha=ALPHA, label_raw="class")
    assert rejects == {}


def test_a_label_that_is_empty_or_a_null_word_is_no_class(survey: pd.DataFrame, tmp_path: Path) -> None:
    own = survey.rename(columns={"class": "label"}).drop(columns=list(VOTES.values())).assign(alpha=5.0)
    own.loc[:3, "label"] = ["", "  ", "N/A", "None"]
    table, rejects = ingest(own, tmp_path)
    assert rejects == dict.fromkeys(("J0000", "J0001", "J0002", "J0003"), "no_label") and len(table) == 26


def test_numbers_that_stand_for_none_are_rejected(survey: pd.DataFrame, tmp_path: Path) -> None:
    survey["alpha"] = 5.0
    survey.loc[:4, "alpha"] = [-9999, -999, 99.99, 999, 9999]
    survey.loc[5, "redshift"] = 9.999
    _, rejects = ingest(survey, tmp_path, label_raw="class")
    assert rejects == dict.fromkeys([f"J000{n}" for n in range(5)], "bad_alpha")
