"""New data that drifted from earlier data are stopped at the command line."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from truemorph.cli import main


def survey(folder: Path, blur: float, seed: int) -> list[str]:
    """Sources of 150 galaxies, as words of the command line."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"id_str": [f"g{seed}_{row}" for row in range(150)], "class": rng.integers(0, 2, 150)})
    table["alpha"] = rng.normal(9.0, 1.0, 150) / blur
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "JPEG")
    (folder / "images").mkdir(parents=True)
    for objid in table["id_str"]:
        (folder / "images" / f"{objid}.jpg").write_bytes(buffer.getvalue())
    table.to_csv(folder / "own.csv", index=False)
    return [
        "--table",
        str(folder / "own.csv"),
        "--images",
        str(folder / "images"),
        "--column",
        "label_raw=class",
        "--column",
        "alpha=alpha",
    ]


def test_an_ingest_is_held_against_an_earlier_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def ingest(name: str, blur: float, seed: int, previous: str = "first") -> tuple[int, str]:
        words = survey(tmp_path / f"sky-{name}", blur, seed)
        given = ["--set", f"example_validator.previous_statistics={tmp_path / previous}"] if name != "first" else []
        status = main(["ingest", *words, "--out", str(tmp_path / name), "--quiet", *given])
        return status, capsys.readouterr().err

    assert ingest("first", 1.0, 1) == (0, "")
    assert not (tmp_path / "first" / "validation").exists()
    assert ingest("second", 1.0, 2) == (0, "")
    assert (tmp_path / "second" / "validation" / "statistics.json").exists()
    status, said = ingest("blurred", 2.0, 3, "second")
    assert status == 2 and said.count("\n") == 1
    assert "feature 'alpha' of split train drifts from the previous dataset" in said
    status, said = ingest("missing", 1.0, 4, "nothing")
    assert (status, (tmp_path / "missing").exists()) == (2, False)
    assert "nothing does not exist; give the --out of an earlier run" in said
    (tmp_path / "itself" / "examples").mkdir(parents=True)
    (tmp_path / "itself" / "examples" / "manifest.json").write_text("{}")
    status, said = ingest("itself", 1.0, 5, "itself")
    assert status == 2 and "lies in --out itself; give an earlier dataset, or another --out" in said
