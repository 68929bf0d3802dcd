"""The paths of people who read the docs: the commands of each page, run as they stand.

Only what makes an environment is left out, and settings that make a training short are added.
"""

import gzip
import re
import zipfile
from pathlib import Path

import forked
import numpy as np
import pandas as pd
import pytest
from documented import blocks, follow
from harness import SMALL

SHORT = " ".join(f"--set {setting}" for setting in [*SMALL, "trainer.epochs=2", "bias_law.theta=9.18"])


def verdicts(folder: Path) -> str:
    """The label and probability of every image, whole."""
    found = pd.read_parquet(folder / "debiased.parquet")
    assert found["p_disk"].between(0, 1).all()
    return str(len(found))


@pytest.mark.slow
def test_own_table_from_clone_to_catalogue(root: Path, sky: Path, tmp_path: Path) -> None:
    votes, photometry = (
        pd.read_csv(sky / name, dtype={"dr7objid": str, "objid": str}) for name in ("votes.csv", "photometry.csv")
    )
    smooth, disk = (
        votes[f"t01_smooth_or_features_{answer}_fraction"] for answer in ("a01_smooth", "a02_features_or_disk")
    )
    votes = votes.assign(objid=votes["dr7objid"], label_raw=np.where(disk > smooth, "disk", "smooth"))
    own = votes[["objid", "label_raw"]].merge(photometry[["objid", "petroRad_r", "psfWidth_r"]], on="objid")
    own["alpha"] = 2.3548 * own["petroRad_r"] / own["psfWidth_r"]
    own[["objid", "label_raw", "alpha"]].to_csv(tmp_path / "own.csv", index=False)
    (tmp_path / "stamps").symlink_to(sky / "images")
    said = follow(blocks(root / "docs" / "own-table.md")[0], tmp_path, {"truemorph run": SHORT})
    assert "row f, DDB, network: yes" in said and (tmp_path / "sheet.png").is_file()
    assert verdicts(tmp_path) == str(len(own))


def test_own_images_with_a_network_that_is_there(root: Path, sky: Path, finished_run: Path, tmp_path: Path) -> None:
    (tmp_path / "truemorph-demo").symlink_to(finished_run)
    (tmp_path / "my_images").symlink_to(sky / "images")
    follow(blocks(root / "docs" / "own-images.md")[0], tmp_path, {})
    assert int(verdicts(tmp_path)) == len(list((sky / "images").iterdir()))


def test_serving_with_tensorflow_alone(root: Path, sky: Path, finished_run: Path, tmp_path: Path) -> None:
    (tmp_path / "truemorph-demo").symlink_to(finished_run)
    (tmp_path / "galaxy.jpg").symlink_to(next(iter(sorted((sky / "images").iterdir()))))
    (tmp_path / "as_shown.py").write_text(blocks(root / "docs" / "serving.md", "python")[0])
    code = "import os, runpy, sys; os.chdir(sys.argv[1]); runpy.run_path('as_shown.py', run_name='__main__')"
    shown = forked.run(code, tmp_path)
    assert shown.returncode == 0, shown.stderr


def test_the_measures_of_the_readme(root: Path, sky: Path, finished_run: Path, tmp_path: Path) -> None:
    code = next(block for block in blocks(root / "README.md", "python") if "cv14_bias" in block)
    rng = np.random.default_rng(0)
    names = re.findall(
        r"\b(petroRad_r|psfWidth_r|radius_kpc|absolute_magnitude|redshift|sersic_index|ellipticity|half_light_radius)\b",
        code,
    )
    given = {name: rng.uniform(0.1, 0.9, 2000) for name in names} | {"psfWidth_r": rng.uniform(0.05, 0.1, 2000)}
    exec(code, given | {"labels": rng.integers(0, 2, 2000)})
    columns = {"label": "label_raw", "alpha": "alpha"}
    shown = re.search(r"`(truemorph bias [^`]*)`", (root / "README.md").read_text(encoding="utf-8"))
    assert shown, "README shows the command"
    wanted = shown[1].split("--intrinsic ")[1].split()
    pd.DataFrame(
        {
            name: rng.integers(0, 2, 2000) if name in columns and name == "label" else rng.uniform(5, 20, 2000)
            for name in [*columns, *wanted]
        }
    ).to_parquet(tmp_path / "table.parquet")
    assert "CV18" in follow(shown[1].replace("\n", " "), tmp_path, {})


@pytest.mark.slow
def test_galaxy_zoo_2_from_check_to_table(root: Path, sky: Path, tmp_path: Path) -> None:
    (tmp_path / "gz2_hart16.csv.gz").write_bytes(gzip.compress((sky / "votes.csv").read_bytes()))
    (tmp_path / "photometry.csv").symlink_to(sky / "photometry.csv")
    (tmp_path / "simard11_table3.csv").symlink_to(sky / "structure.csv")
    images = sorted((sky / "images").iterdir())
    with zipfile.ZipFile(tmp_path / "images_gz2.zip", "w") as packed:
        for number, image in enumerate(images):
            packed.write(image, f"images/{number}.jpg")
    mapping = pd.DataFrame({"objid": [image.stem for image in images], "asset_id": range(len(images))})
    mapping.to_csv(tmp_path / "gz2_filename_mapping.csv", index=False)
    page = root / "docs" / "galaxy-zoo-2.md"
    check, run = (block for block in blocks(page) if "--votes" in block)
    follow(check + run, tmp_path, {"truemorph run": SHORT})
    assert (tmp_path / "gz2" / "report" / "report.html").is_file()


@pytest.mark.slow
def test_real_stamps_and_labels_of_ones_own(root: Path, shared: Path, tmp_path: Path) -> None:
    (tmp_path / "own.csv").symlink_to(shared / "real" / "gz1.csv")
    (tmp_path / "stamps").symlink_to(shared / "real" / "gz1")
    said = follow(blocks(root / "docs" / "own-table.md")[0], tmp_path, {"truemorph run": "--set trainer.epochs=1"})
    assert "6356 of 6356 galaxies would be kept" in said
    assert verdicts(tmp_path) == "6356"
