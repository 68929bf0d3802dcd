"""A small sky in the upstream formats, of which the tests break one thing at a time."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

T01 = "t01_smooth_or_features_"
ANSWERS = ("a01_smooth", "a02_features_or_disk", "a03_star_or_artifact")
PARAMETERS = {
    "votes_column": "fraction",
    "balance": False,
    "split_seed": 0,
    "runner": "FnApiRunner",
    "workers": 1,
    "options": [],
    "columns": {},
    "bucket": None,
}


def jpeg_bytes(seed: int, size: int = 16, **options: Any) -> bytes:
    """A small JPEG of noise."""
    pixels = np.random.default_rng(seed).integers(0, 256, (size, size, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", **options)
    return buffer.getvalue()


@dataclass
class Sky:
    """Tables and images of some galaxies; change the tables, then ingest.

    Args:
        folder: where it lies.
        votes, photometry, structure, mapping: tables; mapping is None where images go by the id.
    """

    folder: Path
    votes: pd.DataFrame
    photometry: pd.DataFrame
    structure: pd.DataFrame
    mapping: pd.DataFrame | None = None

    @property
    def ids(self) -> list[str]:
        """Ids of the votes, in their order."""
        return self.votes["dr7objid"].to_list()

    def image(self, name: str) -> Path:
        """The file of an image."""
        return self.folder / "images" / f"{name}.jpg"

    def joined(self, votes_column: str = "fraction", **options: Any) -> pd.DataFrame:
        """What the join makes of every row, by id."""
        from truemorph.components.example_gen import check
        from truemorph.components.example_gen.ingest_sources import open_sources

        sources = open_sources(**self.inputs(".parquet"), votes_column=votes_column, **options)
        return check.joined(sources).set_index("objid", drop=False)

    def reason(self, place: int = 0, **options: Any) -> object:
        """The reason of one row, after making sure that no other row has one."""
        table = self.joined(**options)
        others = table[table["objid"] != self.ids[place]]
        assert others["reason"].isna().all(), others["reason"].dropna()
        return table["reason"][self.ids[place]]

    def inputs(self, ending: str = ".csv") -> dict[str, Path]:
        """Write the tables and say where the sources are."""
        inputs = {"images": self.folder / "images"}
        for name in ("votes", "photometry", "structure", "mapping"):
            table = getattr(self, name)
            if table is not None:
                inputs[name] = self.folder / f"{name}{ending}"
                table.to_csv(inputs[name], index=False) if ending == ".csv" else table.to_parquet(inputs[name])
        return inputs

    def ingest(self, out: str = "out", ending: str = ".csv", **parameters: Any) -> "Dataset":
        """Run ExampleGen."""
        from truemorph.components.example_gen.executor import execute

        folder = self.folder / out
        folder.mkdir(exist_ok=True)
        dataset = Dataset(folder)
        outputs = {"examples": dataset.examples, "rejects": dataset.rejects_file}
        inputs = self.inputs(ending)
        if "images" in parameters:
            inputs["images"] = parameters.pop("images")
        given = {name: path for name, path in inputs.items() if path is not None}
        execute(given, outputs, {**PARAMETERS, **parameters})
        return dataset


@dataclass
class Dataset:
    """What an ingest wrote."""

    folder: Path

    @property
    def examples(self) -> Path:
        """The folder of the examples."""
        return self.folder / "examples"

    @property
    def rejects_file(self) -> Path:
        """The table of rejects."""
        return self.folder / "rejects.csv"

    @property
    def manifest(self) -> dict[str, Any]:
        """The content of manifest.json."""
        return json.loads((self.examples / "manifest.json").read_text())

    @property
    def reasons(self) -> dict[str, str]:
        """Reason of each rejected id."""
        table = pd.read_csv(self.rejects_file, dtype=str, keep_default_na=False)
        assert list(table.columns) == ["objid", "reason"]
        return dict(zip(table["objid"], table["reason"], strict=True))

    def files(self) -> dict[str, bytes]:
        """Every file's bytes, by path."""
        return {str(p.relative_to(self.folder)): p.read_bytes() for p in sorted(self.folder.rglob("*")) if p.is_file()}


def make_sky(folder: Path, galaxies: int, seed: int = 5) -> Sky:
    """A sky whose every galaxy can be kept."""
    rng = np.random.default_rng(seed)
    ids = [str(587722981736120347 + 7919 * int(n)) for n in rng.permutation(galaxies)]
    counts = np.stack([[*rng.permutation([1, 20 + i % 7, 45 - i % 5])[:2], i % 3] for i in range(galaxies)])
    shares = (counts / counts.sum(axis=1, keepdims=True)).round(3)
    votes: dict[str, Any] = {"dr7objid": ids, "sample": "original", "gz2_class": "Sc?t"}
    for place, answer in enumerate(ANSWERS):
        votes[f"{T01}{answer}_count"] = counts[:, place]
        votes[f"{T01}{answer}_fraction"] = shares[:, place]
        votes[f"{T01}{answer}_weighted_fraction"] = shares[:, place]
        votes[f"{T01}{answer}_debiased"] = rng.uniform(0, 1, galaxies).round(3)
    order = rng.permutation(galaxies)
    photometry = pd.DataFrame(
        {
            "objid": [ids[i] for i in order],
            "petroRad_r": rng.uniform(3, 15, galaxies).round(4),
            "psfWidth_r": rng.uniform(1, 2, galaxies).round(4),
            "petroMag_r": rng.uniform(14, 17, galaxies).round(4),
            "z": rng.uniform(0.02, 0.2, galaxies).round(5),
        }
    )
    structure = pd.DataFrame(
        {
            "objID": ids,
            "ng": rng.uniform(0.5, 8, galaxies).round(3),
            "e": rng.uniform(0, 1, galaxies).round(3),
            "Rhlr": rng.uniform(1, 20, galaxies).round(3),
        }
    )
    (folder / "images").mkdir(parents=True)
    for place, objid in enumerate(ids):
        (folder / "images" / f"{objid}.jpg").write_bytes(jpeg_bytes(place))
    return Sky(folder, pd.DataFrame(votes), photometry, structure)


@pytest.fixture
def parameters() -> dict[str, Any]:
    """ExampleGen's parameters, as they are by default."""
    return dict(PARAMETERS)


@pytest.fixture
def jpeg() -> Callable[..., bytes]:
    """Makes a small JPEG: jpeg(seed, size=16, **options of Pillow)."""
    return jpeg_bytes


@pytest.fixture
def sky(tmp_path: Path) -> Sky:
    """Forty good galaxies."""
    return make_sky(tmp_path / "sky", 40)


@pytest.fixture
def larger_sky(tmp_path: Path) -> Sky:
    """A hundred and twenty good galaxies."""
    return make_sky(tmp_path / "sky", 120)
