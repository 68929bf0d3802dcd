"""`check` says what an ingest does, and writes nothing."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from astropy.table import Table
from upstream import ANSWERS, T01, Sky

import truemorph.components.example_gen.check as module
from truemorph.components.errors import InputError
from truemorph.components.example_gen.check import catalogue, check
from truemorph.components.example_gen.ingest_sources import open_sources
from truemorph.components.examples.features import FEATURES, SPLITS
from truemorph.components.examples.table import read_table


def test_check_counts_what_an_ingest_makes(sky: Sky) -> None:
    sky.image(sky.ids[0]).unlink()
    sky.image(sky.ids[1]).write_bytes(b"\x89PNG\r\n")
    sky.photometry = sky.photometry[sky.photometry["objid"] != sky.ids[2]]
    inputs = sky.inputs()
    before = sorted(sky.folder.rglob("*"))
    summary = check(open_sources(**inputs))
    assert summary["rejects"] == {"image_not_jpeg (PNG)": 1, "no_image": 1, "no_photometry": 1}
    assert (summary["rows_in"], summary["examples"]) == (40, 37)
    assert sorted(sky.folder.rglob("*")) == before
    counts = sky.ingest().manifest["counts"]
    assert counts["rejects"] == summary["rejects"]
    assert sum(counts[split] for split in SPLITS) == 37


def test_the_catalogue_is_the_table_of_the_examples(sky: Sky) -> None:
    inputs = sky.inputs()
    del inputs["images"]
    found = catalogue(open_sources(**inputs))
    table = read_table(sky.ingest().examples).drop(columns="split").sort_values("objid", ignore_index=True)
    assert list(found.columns) == list(FEATURES)
    pd.testing.assert_frame_equal(found, table, rtol=1e-6)


def test_a_catalogue_without_galaxies_says_why(sky: Sky) -> None:
    sky.photometry["petroRad_r"] = -9999.0
    inputs = sky.inputs()
    with pytest.raises(InputError, match=r"none of the 40 galaxies in .*photometry\.csv is left: bad_petroRad_r 40"):
        catalogue(open_sources(votes=inputs["votes"], photometry=inputs["photometry"]))
    with pytest.raises(InputError, match="none of the 40 galaxies"):
        check(open_sources(**inputs))


@pytest.mark.parametrize(
    ("broken", "cure"),
    [
        ({"label_raw": "spiral"}, "own.csv must have smooth, disk, or their numbers 0 to 1; it has spiral"),
        ({"alpha": -9999.0}, "bad_alpha 3; column 'alpha' of .*own.csv must have numbers above 0; it has -9999"),
        (
            {"file": "elsewhere/x.jpg"},
            "no_image 3; check that --images contains them, named as in the table's column file",
        ),
    ],
)
def test_the_cure_fits_what_is_wrong(tmp_path: Path, broken: dict[str, Any], cure: str) -> None:
    table = pd.DataFrame({"objid": ["1", "2", "3"], "label_raw": "disk", "alpha": 5.0}).assign(**broken)
    table.to_csv(tmp_path / "own.csv", index=False)
    with pytest.raises(InputError, match=cure):
        check(open_sources(table=tmp_path / "own.csv", images=tmp_path))


def test_missing_input_is_one_line(sky: Sky) -> None:
    with pytest.raises(InputError, match=r"gone\.csv: no such file"):
        check(open_sources(**{**sky.inputs(), "votes": Path("gone.csv")}))


def test_of_many_images_a_draw_is_read(sky: Sky, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_IMAGES", 10)
    for objid in sky.ids:
        sky.image(objid).write_bytes(b"")
    summary = check(open_sources(**sky.inputs()))
    assert summary["images_read"] == 10 and summary["images_drawn"]
    assert summary["rejects"] == {"image_empty": 10} and summary["examples"] == 30


def test_rows_are_held_against_the_lines_of_the_file(sky: Sky, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = open_sources(**sky.inputs())
    lines = [line for line in sources.votes.path.read_text().splitlines() if line]
    assert sources.votes.rows() == len(lines) - 1 == check(sources)["rows_in"]
    whole = module.gather
    monkeypatch.setattr(module, "gather", lambda found: {k: t.iloc[: len(t) - 1] for k, t in whole(found).items()})
    with pytest.raises(RuntimeError, match=r"votes\.csv: 40 rows, but 39 galaxies and rejects"):
        check(sources)


@pytest.mark.parametrize("ending", [".csv.gz", ".tsv", ".ecsv", ".parquet", ".fits", ".vot"])
def test_examples_and_rejects_are_the_rows_that_were_written(sky: Sky, ending: str) -> None:
    """The count is that of this test, not of a reader."""
    sky.votes = pd.concat([sky.votes, sky.votes.iloc[[0, 1, 1]]])
    sky.votes.iloc[5, sky.votes.columns.get_loc(f"{T01}{ANSWERS[0]}_fraction")] = np.nan
    inputs = sky.inputs()
    path = inputs["votes"].with_name(f"other{ending}")
    if ending in (".csv.gz", ".tsv"):
        sky.votes.to_csv(path, index=False, sep="\t" if ending == ".tsv" else ",")
    elif ending == ".parquet":
        sky.votes.to_parquet(path)
    else:
        kind = {".fits": "fits", ".vot": "votable", ".ecsv": "ascii.ecsv"}[ending]
        Table.from_pandas(sky.votes).write(path, format=kind)
    summary = check(open_sources(**{**inputs, "votes": path}))
    assert summary["rows_in"] == 43 and summary["examples"] == 37
    assert summary["rejects"] == {"duplicate_id": 5, "bad_votes": 1}


def test_a_lone_quote_loses_no_row(sky: Sky) -> None:
    inputs = sky.inputs()
    path = inputs["votes"]
    lines = path.read_text().splitlines()
    lines = [f"{line},note" if n == 0 else f"{line},fine" for n, line in enumerate(lines)]
    path.write_text("\n".join(lines).replace(",fine", ',"odd', 1) + "\n")
    with pytest.raises(InputError, match=r"votes\.csv: line 2 has a quote"):
        check(open_sources(**inputs))
