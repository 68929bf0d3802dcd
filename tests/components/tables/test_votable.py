"""VOTables as servers write them: read right, or refused in one line."""

import io
from pathlib import Path

import numpy as np
import pytest
from astropy.table import Table

from truemorph.components.errors import InputError
from truemorph.components.tables.table import count_rows, read_columns


def test_a_column_of_several_values_a_row_is_named(tmp_path: Path) -> None:
    path = tmp_path / "t.vot"
    Table({"id": [1, 2], "x": np.zeros((2, 3))}).write(path, format="votable")
    with pytest.raises(InputError, match=r"t\.vot: column 'x' has several values per row; give a column with one"):
        read_columns(path, ["x"], ids=["id"])


def answer(kind: str = "tabledata") -> str:
    """A table of two rows."""
    out = io.BytesIO()
    Table({"id": [1, 2]}).write(out, format="votable", tabledata_format=kind)
    return out.getvalue().decode()


@pytest.mark.parametrize("kind", ["tabledata", "binary", "binary2"])
@pytest.mark.parametrize("place", ["  <TABLE>", "  </TABLE>"])
def test_an_answer_that_was_cut_off_is_refused(tmp_path: Path, kind: str, place: str) -> None:
    path = tmp_path / "t.vot"
    for status in ("OK", "OVERFLOW"):
        info = f'<INFO name="QUERY_STATUS" value="{status}"/>'
        path.write_text(answer(kind).replace(place, place + info if "/" in place else info + place))
        if status == "OK":
            assert read_columns(path, ["id"])["id"].to_list() == [1, 2] and count_rows(path) == 2
    with pytest.raises(InputError, match=r"t\.vot: its server cut the table off"):
        read_columns(path, ["id"])


def test_an_error_of_the_server_is_named(tmp_path: Path) -> None:
    path = tmp_path / "t.vot"
    path.write_text('<VOTABLE><RESOURCE><INFO name="QUERY_STATUS" value="ERROR">no</INFO></RESOURCE></VOTABLE>')
    with pytest.raises(
        InputError, match=r"t\.vot: holds an error message from its server, not a table; get the table again"
    ):
        read_columns(path, ["id"])


@pytest.mark.parametrize("before", ["\n", "\r\n  "])
@pytest.mark.parametrize("kind", ["tabledata", "binary2"])
def test_blank_lines_may_stand_before_it(tmp_path: Path, before: str, kind: str) -> None:
    (tmp_path / "t.vot").write_text(before + answer(kind))
    assert read_columns(tmp_path / "t.vot", ["id"])["id"].to_list() == [1, 2] and count_rows(tmp_path / "t.vot") == 2


@pytest.mark.parametrize(
    ("word", "cure"), [("1,5", "write decimals with a point"), ("abc", "fix it or leave it empty")]
)
def test_a_word_in_a_column_of_numbers_is_no_empty_field(tmp_path: Path, word: str, cure: str) -> None:
    rows = "".join(f"<TR><TD>{value}</TD></TR>" for value in (*["null"] * 30, "1.5", "", word))
    path = tmp_path / "t.vot"
    begin = '<?xml version="1.0"?><VOTABLE version="1.4"><RESOURCE><TABLE><FIELD name="x" datatype="double"/>'
    path.write_text(f"{begin}<DATA><TABLEDATA>{rows}</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>")
    with pytest.raises(InputError, match=f"holds '{word}' where a number is expected; {cure}"):
        read_columns(path, ["x"])
    path.write_text(path.read_text().replace(word, "N/A"))
    assert read_columns(path, ["x"])["x"].notna().sum() == 1


OTHER = '<TABLE><FIELD name="z" datatype="int"/><DATA><TABLEDATA><TR><TD>7</TD></TR></TABLEDATA></DATA></TABLE>'
EMPTY = '<TABLE><FIELD name="z" datatype="int"/></TABLE>'


@pytest.mark.parametrize("kind", ["tabledata", "binary", "binary2"])
@pytest.mark.parametrize(("before", "after"), [("", OTHER), (EMPTY, ""), (EMPTY, OTHER)])
def test_of_several_tables_the_first_with_data_is_read(tmp_path: Path, kind: str, before: str, after: str) -> None:
    path, out = tmp_path / "t.vot", io.BytesIO()
    Table({"id": [1, 2], "x": [3.5, 4.5]}).write(out, format="votable", tabledata_format=kind)
    written = out.getvalue().decode().replace("</TABLE>", "</TABLE>" + after)
    path.write_text(written.replace("  <TABLE>", before + "  <TABLE>"))
    assert read_columns(path, ["x"], ids=["id"]).values.tolist() == [["1", 3.5], ["2", 4.5]]
    assert count_rows(path) == 2


def test_a_value_that_a_field_declares_null_is_none(tmp_path: Path) -> None:
    fields = "".join(
        f'<FIELD name="{name}" datatype="{kind}"><VALUES null="{null}"/></FIELD>'
        for name, kind, null in (("i", "int", "5"), ("f", "float", "5"), ("w", 'char" arraysize="*', "unknown"))
    )
    rows = "".join(
        "<TR>" + "".join(f"<TD>{value}</TD>" for value in row) + "</TR>"
        for row in ((1, 1.5, "disk"), (5, "5.0", "unknown"))
    )
    path = tmp_path / "t.vot"
    data = f"<DATA><TABLEDATA>{rows}</TABLEDATA></DATA>"
    path.write_text(f'<VOTABLE version="1.4"><RESOURCE><TABLE>{fields}{data}</TABLE></RESOURCE></VOTABLE>')
    found = read_columns(path, ["i", "f", "w"])
    np.testing.assert_array_equal(found[["i", "f"]], [[1, 1.5], [np.nan, np.nan]])
    assert found["w"].to_list() == ["disk", None]


@pytest.mark.parametrize("kind", ["BINARY", "BINARY2"])
def test_rows_at_another_address_are_not_fetched(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "t.vot"
    path.write_text(
        '<VOTABLE version="1.4"><RESOURCE><TABLE><FIELD name="x" datatype="double"/>'
        f'<DATA><{kind}><STREAM href="http://nowhere.invalid/t.bin"/></{kind}></DATA></TABLE></RESOURCE></VOTABLE>'
    )
    with pytest.raises(InputError, match=r"t\.vot: its rows are in another file, http://nowhere\.invalid/t\.bin; save"):
        read_columns(path, ["x"])


@pytest.mark.parametrize("kind", ["FITS", "PARQUET"])
def test_rows_of_another_file_are_not_fetched(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "t.vot"
    stream = f'<{kind}><STREAM href="http://nowhere.invalid/t.fits"/></{kind}>'
    path.write_text(
        '<VOTABLE version="1.4"><RESOURCE><TABLE><FIELD name="x" datatype="double"/>'
        f"<DATA>{stream}</DATA></TABLE></RESOURCE></VOTABLE>"
    )
    with pytest.raises(InputError, match=rf"t\.vot: its rows are in a {kind} stream; give that file, or save the rows"):
        read_columns(path, ["x"])
