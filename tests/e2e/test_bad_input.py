"""Bad sources, as a user of the command line meets them: one clear line, exit 2, nothing written; or a reject."""

import io
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from truemorph.cli import main

T01 = "t01_smooth_or_features_{}_fraction"
IDS = [f"58773950555278560{last}" for last in range(5)]


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """Five good galaxies."""
    folder = tmp_path / "sources"
    (folder / "images").mkdir(parents=True)
    shares = {"a01_smooth": 0.7, "a02_features_or_disk": 0.2, "a03_star_or_artifact": 0.1}
    votes = pd.DataFrame({"dr7objid": IDS} | {T01.format(answer): share for answer, share in shares.items()})
    votes.to_csv(folder / "votes.csv", index=False)
    photometry = pd.DataFrame({"objid": IDS, "petroRad_r": 5.0, "psfWidth_r": 1.2})
    photometry.to_csv(folder / "photometry.csv", index=False)
    for index, name in enumerate(IDS):
        pixels = np.random.default_rng(index).integers(0, 256, (32, 32, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / "images" / f"{name}.jpg")
    return folder


def change(path: Path, column: str, value: object, row: int | None = None) -> None:
    table = pd.read_csv(path, dtype=str)
    table.loc[slice(None) if row is None else row, column] = str(value)
    table.to_csv(path, index=False)


def ingest(sources: Path, out: Path) -> int:
    files = {"votes": "votes.csv", "photometry": "photometry.csv", "images": "images"}
    return main(["ingest", *[f"--{name}={sources / file}" for name, file in files.items()], "--out", str(out)])


def gif(folder: Path) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (32, 32)).save(data, "GIF")
    return data.getvalue()


def spoil(sources: Path, what: str) -> None:
    """Make every galaxy, or a whole file, bad."""
    votes, photometry, images = sources / "votes.csv", sources / "photometry.csv", sources / "images"
    if what == "missing column":
        pd.read_csv(photometry, dtype=str).drop(columns="psfWidth_r").to_csv(photometry, index=False)
    elif what == "float id":
        change(votes, "dr7objid", "5.87739505552785e+17", row=2)
    elif what == "no common id":
        pd.read_csv(photometry, dtype=str).assign(objid=[f"1{id}" for id in IDS]).to_csv(photometry, index=False)
    elif what in ("-9999", "nan", "-3.5"):
        change(photometry, "petroRad_r", what)
    elif what == "duplicates":
        pd.concat([pd.read_csv(votes, dtype=str)] * 2).to_csv(votes, index=False)
    elif what == "empty file":
        votes.write_text("")
    else:
        for path in images.iterdir():
            path.write_bytes(gif(images) if what == "gif" else path.read_bytes()[:-40])


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("missing column", r"photometry\.csv: .*psfWidth_r"),
        ("float id", r"votes\.csv: .*dr7objid.*5\.87739505552785e\+17"),
        ("no common id", "no_photometry"),
        ("-9999", "bad_petroRad_r"),
        ("nan", "no_petroRad_r"),
        ("-3.5", "bad_petroRad_r"),
        ("duplicates", "duplicate_id"),
        ("empty file", r"votes\.csv: .*empty"),
        ("gif", r"image_not_jpeg \(GIF\)"),
        ("truncated", "image_truncated"),
    ],
)
def test_nothing_left_is_one_line_and_exit_2(
    sources: Path, tmp_path: Path, what: str, message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    spoil(sources, what)
    before = {path: path.read_bytes() for path in sources.rglob("*") if path.is_file()}
    assert ingest(sources, tmp_path / "out") == 2
    error = [line for line in capfd.readouterr().err.splitlines() if line.startswith("truemorph ingest: error: ")]
    assert len(error) == 1
    assert re.search(message, error[0]), error
    assert not (tmp_path / "out").exists()
    assert {path: path.read_bytes() for path in sources.rglob("*") if path.is_file()} == before


def test_one_bad_galaxy_of_each_kind_is_a_reject(sources: Path, tmp_path: Path) -> None:
    change(sources / "photometry.csv", "petroRad_r", "-9999", row=0)
    change(sources / "photometry.csv", "psfWidth_r", "nan", row=1)
    image = sources / "images" / f"{IDS[2]}.jpg"
    image.write_bytes(image.read_bytes()[:-40])
    (sources / "images" / f"{IDS[3]}.jpg").write_bytes(gif(sources))
    assert ingest(sources, tmp_path / "out") == 0
    rejects = pd.read_csv(tmp_path / "out" / "rejects.csv", dtype=str).set_index("objid")["reason"]
    assert rejects.to_dict() == {
        IDS[0]: "bad_petroRad_r",
        IDS[1]: "no_psfWidth_r",
        IDS[2]: "image_truncated",
        IDS[3]: "image_not_jpeg (GIF)",
    }
