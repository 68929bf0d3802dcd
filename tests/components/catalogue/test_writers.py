"""Every format: the same rows, ids as text, what is not known as such, columns described, the facts in the metadata."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from astropy.io import votable
from astropy.table import Table

from truemorph.components.artifacts.predictions import numbers_of
from truemorph.components.catalogue.columns import COLUMNS
from truemorph.components.catalogue.readme import write_readme
from truemorph.components.catalogue.writers import WRITERS, companion, write_facts

FACTS = {"truemorph": "0.1.0", "model": "debiased", "model_version": "3", "model_hash": "ab" * 32}
FACTS |= {"law": "exponential", "theta": 9.18}
IDS = ["587722981741363294", "007", "1e5"]


def frames() -> list[pd.DataFrame]:
    """Two parts, the second one of a damaged image only."""
    whole = pd.DataFrame(
        {
            "objid": IDS,
            "alpha": np.array([9.5, np.nan, 7.0], np.float32),
            "observed": ["smooth", None, "disk"],
            "p_disk": np.array([0.25, 0.75, np.nan], np.float32),
            "label": ["smooth", "disk", None],
            "status": ["ok", "ok", 'unreadable: a, "b"'],
        }
    )
    return [whole[:2], whole[2:]]


def tables() -> list[pa.Table]:
    schema = pa.schema([(name, pa.float32() if name in ("alpha", "p_disk") else pa.string()) for name in frames()[0]])
    return [pa.Table.from_pandas(frame, schema, preserve_index=False).replace_schema_metadata() for frame in frames()]


def write(folder: Path, ending: str, facts: Any = FACTS) -> Path:
    path = folder / f"p{ending}"
    WRITERS[ending](tables(), facts, path)
    if ending == ".csv":
        write_facts(path, tables()[0].schema, facts, companion(path))
    return path


def read(path: Path) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    if path.suffix == ".csv":
        return pd.read_csv(path, dtype={"objid": str})
    kind = {"mask_invalid": False} if path.suffix == ".fits" else {}
    table = Table.read(path, format={".vot": "votable", ".fits": "fits", ".ecsv": "ascii.ecsv"}[path.suffix], **kind)
    table.convert_bytestring_to_unicode()
    return pd.DataFrame(
        {name: np.ma.filled(table[name], "" if table[name].dtype.kind == "U" else np.nan) for name in table.colnames}
    )


def facts_of(path: Path) -> dict[str, Any]:
    if path.suffix == ".parquet":
        import pyarrow.parquet

        return json.loads(pyarrow.parquet.read_schema(path).metadata[b"truemorph"])
    if path.suffix == ".csv":
        return json.loads(companion(path).read_text())["truemorph"]
    if path.suffix == ".vot":
        return {info.name: info.value for info in votable.parse(path).resources[0].infos}
    header = Table.read(path).meta
    if path.suffix == ".ecsv":
        return dict(header) | {name: header.get(name) for name in FACTS}
    keys = {"truemorph": "TRUEMORP", "model_hash": "MODELSHA", "model_version": "MODELVER"}
    return {name: header[keys.get(name, name.upper())] for name in FACTS}


@pytest.mark.parametrize("ending", list(WRITERS))
def test_rows_and_facts(tmp_path: Path, ending: str) -> None:
    path = write(tmp_path, ending)
    table, wanted = read(path), pd.concat(frames(), ignore_index=True)
    assert list(table.columns) == list(wanted.columns)
    assert table["objid"].tolist() == IDS
    for name in ("alpha", "p_disk"):
        np.testing.assert_array_equal(table[name].astype("float32"), wanted[name])
    for name in ("observed", "label", "status"):
        assert table[name].fillna("").tolist() == wanted[name].fillna("").tolist()
    assert {name: str(value) for name, value in facts_of(path).items()} == {k: str(v) for k, v in FACTS.items()}


@pytest.mark.parametrize("ending", list(WRITERS))
def test_facts_that_are_not_known(tmp_path: Path, ending: str) -> None:
    path = write(tmp_path, ending, FACTS | {"law": None, "theta": None, "model_version": None})
    assert len(read(path)) == 3
    if ending == ".fits":
        assert "THETA" not in Table.read(path).meta
    else:
        assert facts_of(path).get("theta") is None


def test_the_companion_of_a_csv_is_csv_on_the_web(tmp_path: Path) -> None:
    described = json.loads(companion(write(tmp_path, ".csv")).read_text())
    assert (described["@context"], described["url"]) == ("http://www.w3.org/ns/csvw", "p.csv")
    kinds = {column["name"]: column["datatype"] for column in described["tableSchema"]["columns"]}
    assert (kinds["objid"], kinds["p_disk"], kinds["status"]) == ("string", "float", "string")


def sources() -> pa.Table:
    """A catalogue with what the sources may bring: ids beyond a float, flags, nulls of every kind."""
    return pa.table(
        {
            "objid": ["587722981741363294", "587722981741363295", "587722981741363296"],
            "p_disk": pa.array([0.25, None, 0.75], pa.float64()),
            "petroRad_r_kpc": [5.5, 6.5, 7.5],
            "label": pa.array(["smooth", None, "disk"]),
            "in_training": [True, False, True],
            "ra": [10.5, 20.5, 30.5],
            "specobjid": pa.array([1237648720693755919, None, 1237648720693755921], pa.int64()),
            "flags": pa.array([2**63 + 5, 7, 9], pa.uint64()),
            "good": pa.array([True, None, False]),
            "field": pa.array([1, None, 3], pa.uint16()),
            "tiny": pa.array([-1, None, 3], pa.int8()),
            "plate": ["0266", "0267", None],
        }
    )


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("ending", list(WRITERS))
def test_astropy_reads_it_without_a_warning(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"c{ending}"
    made = sources() if ending != ".csv" else sources().drop(["flags"])  # CSV has no types: astropy guesses, and warns
    WRITERS[ending]([made], FACTS | {"theta_interval": [8.0, 10.0], "law_source": "the catalogue"}, path)
    table = Table.read(path, **({"format": "ascii.csv"} if ending == ".csv" else {}))
    assert table.colnames == made.column_names and len(table) == 3
    if ending != ".parquet":  # astropy's reader of Parquet makes floats of integers with nulls; others do not
        found = [None if value is np.ma.masked else int(value) for value in table["specobjid"]]
        assert found == [1237648720693755919, None, 1237648720693755921]
    if ending == ".csv":
        return
    assert str(table["petroRad_r_kpc"].unit) == "kpc"
    assert [str(value) for value in table["flags"]] == [str(2**63 + 5), "7", "9"]
    if ending != ".fits":
        assert "learnt through the law" in table["p_disk"].description.replace("\n", " ")


def test_parquet_keeps_types_nulls_and_descriptions(tmp_path: Path) -> None:
    import pyarrow.parquet

    path = tmp_path / "c.parquet"
    WRITERS[".parquet"]([sources()], FACTS, path)
    found = pyarrow.parquet.read_table(path)
    assert found.replace_schema_metadata().cast(sources().schema).equals(sources())
    WRITERS[".parquet"]([sources().drop(["good"])], FACTS, path)  # astropy cannot merge flags with nulls
    described = Table.read(path, format="parquet.votable")
    assert described["ra"].meta["ucd"] == "pos.eq.ra;meta.main" and str(described["ra"].unit) == "deg"


def test_fits_names_ucds_and_descriptions(tmp_path: Path) -> None:
    from astropy.io import fits

    WRITERS[".fits"]([sources()], FACTS, tmp_path / "c.fits")
    header = fits.getheader(tmp_path / "c.fits", 1)
    assert (header["TTYPE2"], header["TUCD2"]) == ("p_disk", "stat.probability;src.morph.type")
    assert header["TCOMM2"] == COLUMNS["p_disk"].description and header["TUNIT3"] == "kpc"


def test_votable_names_ucds(tmp_path: Path) -> None:
    WRITERS[".vot"]([sources()], FACTS, tmp_path / "c.vot")
    fields = {field.name: field for field in votable.parse_single_table(tmp_path / "c.vot").fields}
    assert fields["objid"].ucd == "meta.id;meta.main"
    assert fields["label"].description == COLUMNS["label"].description


@pytest.mark.parametrize("name", list(COLUMNS))
def test_columns_are_described_in_the_words_of_the_field(name: str) -> None:
    from astropy import units
    from astropy.io.votable.ucd import parse_ucd

    column = COLUMNS[name]
    assert column.description.isascii() and len(column.description) < 100
    if column.ucd:
        parse_ucd(column.ucd, check_controlled_vocabulary=True, has_colon=False)
    if column.unit:
        units.Unit(column.unit, format="vounit")


def test_the_readme_explains_each_column(tmp_path: Path) -> None:
    write_readme(tmp_path / "README.md", "c.fits", 3, sources().schema, FACTS)
    text = (tmp_path / "README.md").read_text()
    for name in sources().column_names:
        assert f"\n- `{name}` (" in text
    assert "3 galaxies" in text and "theta: 9.18" in text and "(double, kpc): Petrosian radius" in text
    classes = ("plain", "ring")
    table = pa.table({name: [0.5] for name in (*numbers_of(classes), "p_votes_ring", "p_votes_plain_best")})
    write_readme(tmp_path / "README.md", "c.fits", 1, table.schema, FACTS | {"classes": list(classes)})
    text = (tmp_path / "README.md").read_text()
    for name, words in {
        "p_ring": "p(ring | image) of the network",
        "p_plain_hi": "Upper end of the 68 % interval of p_plain: by labels, confusion and networks.",
        "entropy_image": "Entropy of plain, ring that the image itself",
        "p_votes_ring": "Expected share of votes (or labels, uncounted) for ring, of the galaxy as it is seen.",
        "p_votes_plain_best": "Expected share of votes (or labels, uncounted) for plain, at the best resolution.",
    }.items():
        assert any(line.startswith(f"- `{name}` (") and words in line for line in text.splitlines()), name
