"""Tables of every kind give the same columns, exact ids, and one clear line where they are wrong."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy.table import MaskedColumn, Table

from truemorph.components.errors import InputError
from truemorph.components.tables.table import batches, column_names, listing, read_columns

IDS = ["587739505552785605", "587729154670395609", "588017703996096547"]
ENDINGS = [".csv", ".csv.gz", ".parquet", ".fits", ".fits.gz", ".vot", ".vot.gz"]


def write(path: Path, table: pd.DataFrame) -> Path:
    """The table, in the kind that the path's ending names."""
    name = path.name
    if name.endswith((".csv", ".csv.gz")):
        table.to_csv(path, index=False)
    elif name.endswith(".parquet"):
        table.to_parquet(path)
    else:
        kind = "fits" if ".fits" in name else "votable"
        plain = path.with_name(name.removesuffix(".gz"))
        Table.from_pandas(table).write(plain, format=kind, overwrite=True)
        if name.endswith(".gz"):
            path.write_bytes(gzip.compress(plain.read_bytes()))
    return path


def galaxies() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "dr7objid": np.array(IDS, dtype=np.int64),
            "petroRad_r": [4.25, np.nan, -9999.0],
            "sample": ["original", "extra", "stripe82"],
            "t01_count": np.array([38, 39, 40], dtype=np.int64),
        }
    )


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_kind_gives_the_same_table(tmp_path: Path, ending: str) -> None:
    path = write(tmp_path / f"galaxies{ending}", galaxies())
    assert column_names(path) == ["dr7objid", "petroRad_r", "sample", "t01_count"]
    table = read_columns(path, ["t01_count", "petroRad_r", "sample", "dr7objid"], ids=["dr7objid"])
    assert list(table.columns) == ["t01_count", "petroRad_r", "sample", "dr7objid"]
    assert table["dr7objid"].to_list() == IDS
    assert all(type(objid) is str for objid in table["dr7objid"])
    np.testing.assert_array_equal(table["petroRad_r"].to_numpy(float), [4.25, np.nan, -9999.0])
    assert table["sample"].to_list() == ["original", "extra", "stripe82"]
    assert table["t01_count"].to_list() == [38, 39, 40]


@pytest.mark.parametrize("ending", ENDINGS)
def test_batches_follow_each_other_and_count_the_rows(tmp_path: Path, ending: str) -> None:
    path = write(tmp_path / f"galaxies{ending}", galaxies())
    found = list(batches(path, ["t01_count"], ids=["dr7objid"], rows=2))
    assert [len(table) for table in found] == [2, 1]
    assert [list(table.index) for table in found] == [[0, 1], [2]]
    assert list(found[0].columns) == ["dr7objid", "t01_count"]
    assert pd.concat(found)["dr7objid"].to_list() == IDS


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".fits", ".vot"])
def test_an_empty_id_is_none_and_its_neighbours_stay_exact(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"galaxies{ending}"
    if ending in (".fits", ".vot"):
        column = MaskedColumn(np.array(IDS, dtype=np.int64), mask=[False, True, False], fill_value=-1)
        Table({"objid": column}).write(path, format="fits" if ending == ".fits" else "votable")
    else:
        write(path, pd.DataFrame({"objid": pd.array([int(IDS[0]), None, int(IDS[2])], dtype="Int64"), "x": 1}))
    assert read_columns(path, [], ids=["objid"])["objid"].to_list() == [IDS[0], None, IDS[2]]


def test_ids_keep_their_text(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("id_str,x\n 0042 ,1\nJ1234.5-01,2\nngc 4321,3\n")
    assert read_columns(path, ["x"], ids=["id_str"])["id_str"].to_list() == ["0042", "J1234.5-01", "ngc 4321"]


def test_text_ids_in_parquet_and_fits(tmp_path: Path) -> None:
    for ending in (".parquet", ".fits", ".vot"):
        path = write(tmp_path / f"own{ending}", pd.DataFrame({"id_str": ["J0042", "0042"]}))
        assert read_columns(path, [], ids=["id_str"])["id_str"].to_list() == ["J0042", "0042"], ending


def test_a_byte_order_mark_is_not_part_of_the_first_name(tmp_path: Path) -> None:
    path = tmp_path / "windows.csv"
    path.write_bytes(b"\xef\xbb\xbfobjid,x\r\n1,2\r\n")
    assert column_names(path) == ["objid", "x"]
    assert read_columns(path, ["x"], ids=["objid"])["objid"].to_list() == ["1"]


@pytest.mark.parametrize("text", ["5.88e17", "5.877395055527856e+17", "587739505552785605.0", "5E17"])
def test_ids_written_as_floats_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "photometry.csv"
    path.write_text(f"objid,x\n{IDS[0]},1\n{text},2\n")
    with pytest.raises(InputError) as error:
        read_columns(path, ["x"], ids=["objid"])
    assert str(error.value) == (
        f"{path}: id column 'objid' holds '{text}', written as a float: a float cannot hold an 18-digit id; "
        "write 'objid' again from its source as text or as a 64-bit integer"
    )


@pytest.mark.parametrize("ending", [".parquet", ".fits", ".vot"])
def test_ids_of_a_float_type_are_refused(tmp_path: Path, ending: str) -> None:
    path = write(tmp_path / f"photometry{ending}", galaxies().astype({"dr7objid": float}))
    with pytest.raises(InputError, match=r"id column 'dr7objid' holds .*5\.87739505552785.*, of type float64"):
        read_columns(path, ["t01_count"], ids=["dr7objid"])


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"votes\.csv: no such file; give a table"):
        column_names(tmp_path / "votes.csv")
    with pytest.raises(InputError, match="is not a file"):
        batches(tmp_path, ["x"])


def test_an_unknown_kind_names_the_known_ones(tmp_path: Path) -> None:
    path = tmp_path / "votes.xlsx"
    path.write_bytes(b"PK")
    with pytest.raises(
        InputError, match=r"votes\.xlsx: cannot tell what kind.*\.csv, .*\.parquet, .*\.fits.*followed by \.gz"
    ):
        column_names(path)


def test_a_missing_column_names_the_nearest(tmp_path: Path) -> None:
    path = write(tmp_path / "galaxies.csv", galaxies())
    with pytest.raises(InputError, match=r"galaxies\.csv: no column 'petrorad_R'; nearest: petroRad_r"):
        batches(path, ["petrorad_R"])
    with pytest.raises(InputError, match="no column 'zzz'; the table has dr7objid, petroRad_r, sample, t01_count"):
        read_columns(path, ["zzz"])


def test_a_column_that_stands_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "twice.csv"
    path.write_text("objid,x,x\n1,2,3\n")
    with pytest.raises(InputError, match="column 'x' appears 2 times; keep one of them"):
        read_columns(path, ["x"], ids=["objid"])


def test_a_long_list_of_names_is_cut() -> None:
    assert listing([f"c{i}" for i in range(15)], most=2) == "c0, c1 and 13 more"


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_empty_file_says_so(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"empty{ending}"
    path.write_bytes(b"")
    with pytest.raises(InputError, match="the file is empty"):
        column_names(path)


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".fits", ".vot"])
def test_a_table_without_rows_says_so(tmp_path: Path, ending: str) -> None:
    path = write(
        tmp_path / f"header{ending}", galaxies().iloc[:0].astype({"sample": "S8"} if "p" not in ending else {})
    )
    with pytest.raises(InputError, match="the table has no rows; give one with"):
        read_columns(path, ["t01_count"])


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_damaged_file_gives_one_line(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"noise{ending}"
    path.write_bytes(np.random.default_rng(3).bytes(4000))
    with pytest.raises(InputError, match=f"noise{ending}: cannot be read") as error:
        column_names(path)
    assert "\n" not in str(error.value)


def test_a_truncated_gzip_gives_one_line(tmp_path: Path) -> None:
    big = pd.concat([galaxies()] * 3000)
    path = write(tmp_path / "galaxies.csv.gz", big)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(InputError, match=r"galaxies\.csv\.gz: cannot be read"):
        read_columns(path, ["t01_count"])


def test_a_row_with_too_many_fields_is_not_cut_in_silence(tmp_path: Path) -> None:
    path = tmp_path / "ragged.csv"
    path.write_text("objid,x\n1,2\n3,4,5\n")
    with pytest.raises(InputError, match=r"ragged\.csv: row 2 has 3 fields, its header 2: .3,4,5."):
        read_columns(path, ["x"])
    path.write_text("objid,x\n1,2,3\n4,5,6\n")
    with pytest.raises(InputError, match=r"ragged\.csv: row 1 has 3 fields, its header 2"):
        read_columns(path, ["objid", "x"])


def test_rows_of_a_batch_must_be_positive(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Received: 0"):
        batches(write(tmp_path / "galaxies.csv", galaxies()), ["t01_count"], rows=0)


def test_real_ids_survive(shared: Path) -> None:
    path = shared / "gz2-sample" / "gz2_hart16.csv"
    table = read_columns(path, ["total_votes"], ids=["dr7objid"])
    with path.open() as file:
        next(file)
        assert table["dr7objid"].to_list() == [line.split(",")[0] for line in file]


def test_a_table_that_the_system_refuses_is_not_called_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    path = tmp_path / "t.csv"
    path.write_text("id,a\n1,2\n")
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(PermissionError):
        read_columns(path, ["a"])
