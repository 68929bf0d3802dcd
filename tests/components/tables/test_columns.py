"""Every known spelling is found, and what is not found is named."""

from pathlib import Path

import pytest

from truemorph.components.errors import InputError
from truemorph.components.example_gen.survey import NAMES
from truemorph.components.tables.columns import find, resolve, spellings

HART16 = "dr7objid,ra,dec,rastring,decstring,sample,gz2_class,total_classifications,total_votes," + ",".join(
    f"t01_smooth_or_features_{answer}_{kind}"
    for answer in ("a01_smooth", "a02_features_or_disk", "a03_star_or_artifact")
    for kind in ("count", "weight", "fraction", "weighted_fraction", "debiased", "flag")
)
SPECZ = "specobjid,dr8objid," + HART16.replace("gz2_class", "gz2class")
GZ2SAMPLE = "OBJID,RUN,RERUN,RA,DEC,PETROR50_R,PETROMAG_R,REDSHIFT,PETRORAD_R,PSFWIDTH_R"
SKYSERVER = "dr7objID,objID,petroRad_r,petroRadErr_r,psfWidth_r,z"
SIMARD = "objID,z,Sp,Scale,Rhlg,Rhlr,Rchl_g,Rchl_r,e,e_e,phi,S2g,ng,e_ng"


def table(tmp_path: Path, header: str) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(header + "\n")
    return path


@pytest.mark.parametrize("header", [HART16, SPECZ, HART16.replace("dr7objid", "objid")])
def test_the_releases_of_votes(tmp_path: Path, header: str) -> None:
    needed = ["objid", "smooth_fraction", "disk_weighted_fraction", "artifact_count", "smooth_debiased"]
    found = resolve(table(tmp_path, header), "votes", needed, ["sample", "redshift"])
    assert found == {
        "objid": "dr7objid" if "dr7objid" in header else "objid",
        "smooth_fraction": "t01_smooth_or_features_a01_smooth_fraction",
        "disk_weighted_fraction": "t01_smooth_or_features_a02_features_or_disk_weighted_fraction",
        "artifact_count": "t01_smooth_or_features_a03_star_or_artifact_count",
        "smooth_debiased": "t01_smooth_or_features_a01_smooth_debiased",
        "sample": "sample",
    }


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (GZ2SAMPLE, ["OBJID", "PETRORAD_R", "PSFWIDTH_R", "PETROMAG_R", "REDSHIFT"]),
        (SKYSERVER, ["dr7objID", "petroRad_r", "psfWidth_r", None, "z"]),
        ("id_str,petrorad_r,psffwhm_r,redshift", ["id_str", "petrorad_r", "psffwhm_r", None, "redshift"]),
        ("dr8objid,petroRad_r,psfWidth_r", ["dr8objid", "petroRad_r", "psfWidth_r", None, None]),
    ],
)
def test_the_ways_to_write_photometry(tmp_path: Path, header: str, expected: list[str | None]) -> None:
    ours = ["objid", "petroRad_r", "psfWidth_r", "petroMag_r", "redshift"]
    found = resolve(table(tmp_path, header), "photometry", ours[:3], ours[3:])
    assert [found.get(name) for name in ours] == expected


def test_z_beside_the_other_bands_is_a_magnitude(tmp_path: Path) -> None:
    assert resolve(table(tmp_path, "objid,u,g,r,i,z"), "photometry", ["objid"], ["redshift"]) == {"objid": "objid"}
    found = resolve(table(tmp_path, "objid,u,g,r,i,z,redshift"), "photometry", ["objid"], ["redshift"])
    assert found["redshift"] == "redshift"


def test_structure_and_mapping(tmp_path: Path) -> None:
    found = resolve(table(tmp_path, SIMARD), "structure", ["objid", "ng", "e", "Rhlr"])
    assert found == {"objid": "objID", "ng": "ng", "e": "e", "Rhlr": "Rhlr"}
    found = resolve(table(tmp_path, "objid,sample,asset_id"), "mapping", ["objid", "asset_id"], ["sample"])
    assert found == {"objid": "objid", "asset_id": "asset_id", "sample": "sample"}


def test_a_missing_column_names_file_spellings_and_what_is_there(tmp_path: Path) -> None:
    path = table(tmp_path, "objid,petroR50_r,psfWidth_r")
    with pytest.raises(InputError) as error:
        resolve(path, "photometry", ["objid", "petroRad_r"])
    assert str(error.value) == (
        f"{path}: no column for petroRad_r in this photometry table; name it petroRad_r; "
        "the table has objid, petroR50_r, psfWidth_r"
    )


def test_two_columns_that_fit_equally_are_refused(tmp_path: Path) -> None:
    path = table(tmp_path, "objid,petrorad_r,PetroRad_R,psfWidth_r")
    with pytest.raises(InputError, match="columns petrorad_r and PetroRad_R both fit petroRad_r; keep one"):
        resolve(path, "photometry", ["petroRad_r"])


def test_no_spelling_stands_for_two_columns() -> None:
    for kind in ("votes", "photometry", "structure", "mapping"):
        known = [spelling.lower() for names in spellings(kind).values() for spelling in {n.lower() for n in names}]
        assert len(known) == len(set(known)), kind


@pytest.mark.parametrize(
    ("name", "spelling"),
    [
        ("smooth_count", "smooth-or-featured_smooth"),
        ("disk_count", "smooth-or-featured_featured-or-disk"),
        ("artifact_count", "smooth-or-featured_artifact"),
        ("artifact_count", "smooth_or_featured_artifact"),
        ("disk_count", "smooth-or-featured-gz2_featured-or-disk"),
        ("smooth_count", "smooth-or-featured-dr12_smooth"),
        ("smooth_fraction", "smooth-or-featured_smooth_fraction"),
        ("disk_fraction", "smooth_or_featured_featured_or_disk_fraction"),
        ("artifact_fraction", "smooth-or-featured_artifact_fraction"),
        ("smooth_fraction", "Class1.1"),
        ("objid", "id"),
        ("label_raw", "label"),
        ("file", "file"),
        ("alpha", "alpha"),
    ],
)
def test_the_names_of_zoobot_and_of_truemorph(tmp_path: Path, name: str, spelling: str) -> None:
    found = find(tmp_path / "own.csv", "survey", NAMES, ["other", spelling])
    assert found == {name: spelling}


def test_alpha_beside_delta_is_a_place_on_the_sky(tmp_path: Path) -> None:
    assert find(tmp_path / "own.csv", "survey", NAMES, ["alpha", "delta", "Z"]) == {"redshift": "Z"}


def test_votes_of_two_surveys_are_not_chosen_from_in_silence(tmp_path: Path) -> None:
    columns = ["smooth-or-featured-dr5_smooth", "smooth-or-featured-gz2_smooth"]
    with pytest.raises(InputError, match="both fit smooth_count; keep one or name it smooth_count"):
        find(tmp_path / "own.csv", "survey", ["smooth_count"], columns)
