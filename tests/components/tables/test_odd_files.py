"""Text tables as people really have them: read right, or refused in one line that names the place."""

from pathlib import Path

import numpy as np
import pytest
from astropy.table import MaskedColumn, Table

from truemorph.components.errors import InputError
from truemorph.components.tables.table import column_names, count_rows, read_columns

ID = "587722981736120347"


def text(folder: Path, data: str | bytes, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


@pytest.mark.parametrize(
    ("row", "line"),
    [
        ('2,"odd,fine', 3),
        ('2,odd",fine', 3),
        ('2,5" scope,fine', 3),
        ('"2,odd,fine', 3),
        ('2,odd,"', 3),
        ('2,"odd,fine\n3,b,c\n4,"odd,fine', 3),
        ('2,"odd,fine\n3,odd",fine', 3),
        ('2,a,fine\n3,"b" c",d', 4),
    ],
)
def test_a_quote_that_stands_alone_is_refused_with_its_line(tmp_path: Path, row: str, line: int) -> None:
    path = text(tmp_path, f"id,note,more\n1,a,b\n{row}\n" + "".join(f"{n},a,b\n" for n in range(9, 60)))
    for work in (lambda: read_columns(path, ["id"]), lambda: count_rows(path)):
        with pytest.raises(InputError, match=rf"t\.csv: line {line} has a quote"):
            work()


def test_a_lone_quote_late_in_a_long_file(tmp_path: Path) -> None:
    rows = [f"{n},some words that fill the line,more\n" for n in range(200_000)]
    rows[150_000] = '150000,"odd,fine\n'
    with pytest.raises(InputError, match="line 150002 has a quote"):
        read_columns(text(tmp_path, "id,note,x\n" + "".join(rows)), ["id"])


def test_quoted_fields_may_hold_delimiters_quotes_and_newlines(tmp_path: Path) -> None:
    path = text(tmp_path, 'id,note,x\r\n1,"a, b",2\r\n2,"say ""x""",3\r\n3,"two\r\nlines\r\n",4\r\n\r\n4, "padded" ,5')
    table = read_columns(path, ["note", "x"], ids=["id"])
    assert table["id"].to_list() == ["1", "2", "3", "4"] and table["x"].to_list() == [2, 3, 4, 5]
    assert table["note"].to_list() == ["a, b", 'say "x"', "two\r\nlines", "padded"]
    assert count_rows(path) == 4


def test_a_quoted_field_may_be_as_long_as_it_likes(tmp_path: Path) -> None:
    long = "word,\n" * 50_000
    table = read_columns(text(tmp_path, f'id,note,x\n1,"{long}",5\n2,fine,6\n'), ["x", "note"], ids=["id"])
    assert table["x"].to_list() == [5, 6] and table["note"].to_list() == [long.strip(), "fine"]


@pytest.mark.parametrize(
    ("data", "names"),
    [
        (f"\n{'id,x'}\n{ID},1.5\n", ["id", "x"]),
        (f"\n\r\n  \nid,x\r\n{ID},1.5\r\n", ["id", "x"]),
        (f"\ufeffid, x\n{ID}, 1.5\n", ["id", "x"]),
        (f"\ufeff\nid,x\n{ID},1.5", ["id", "x"]),
        (f"id,x\r{ID},1.5\r", ["id", "x"]),
        (f"# id, x\n{ID},1.5\n", ["id", "x"]),
        (f"id,x,\n{ID},1.5,\n", ["id", "x", ""]),
        (f"id,x\n{ID},1.5,\n", ["id", "x", ""]),
        (f"# of galaxies, by me\nid,x\n{ID},1.5\n", ["id", "x"]),
        (f"id,x,y,y\n{ID},1.5,1,2\n", ["id", "x", "y", "y"]),
        (f'"id", "x", "a, b"\n{ID},1.5,3\n', ["id", "x", "a, b"]),
        (f"id\tx\tflux, Jy\n{ID}\t1.5\t1\n", ["id", "x", "flux, Jy"]),
        (f"id;x;flux, Jy\n{ID};1.5;1\n", ["id", "x", "flux, Jy"]),
        (f"id|x\n{ID}|1.5\n", ["id", "x"]),
        (f"id,x,mag;err\n{ID},1.5,1\n", ["id", "x", "mag;err"]),
        (f"id,x,note\n{ID},1.5,caf\u00e9\n".encode("latin-1"), ["id", "x", "note"]),
        (f"id,x,\u00b5\n{ID},1.5,2\n".encode("latin-1"), ["id", "x", "\ufffd"]),
        (f"id,x\nb'{ID}',1.5\n", ["id", "x"]),
        (f'id,x\n="{ID}",1.5\n', ["id", "x"]),
        (f'id,x\n"=""{ID}""",1.5\n', ["id", "x"]),
        (f"id,x\n'{ID}',1.5\n", ["id", "x"]),
        (f"id,x\n  {ID}  ,1.5\n\n", ["id", "x"]),
    ],
)
def test_headers_and_ids_as_programs_write_them(tmp_path: Path, data: str | bytes, names: list[str]) -> None:
    path = text(tmp_path, data)
    assert column_names(path) == names
    table = read_columns(path, ["x"], ids=["id"])
    assert table["id"].to_list() == [ID] and table["x"].to_list() == [1.5] and count_rows(path) == 1


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_named(tmp_path: Path, encoding: str) -> None:
    path = text(tmp_path, "id,x\n1,2\n".encode(encoding))
    with pytest.raises(InputError, match=r"t\.csv: cannot be read as text: it is UTF-16; save it again as UTF-8"):
        column_names(path)


def test_bytes_that_are_no_text_are_named_where_they_are_wanted(tmp_path: Path) -> None:
    path = text(tmp_path, "id,label\n1,caf\u00e9\n".encode("latin-1"))
    with pytest.raises(InputError, match=r"t\.csv: column 'label' holds b'caf\\xe9', not UTF-8"):
        read_columns(path, ["label"], ids=["id"])


def test_a_row_with_too_few_fields_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"t\.csv: row 2 has 1 fields, its header 2: '3'"):
        read_columns(text(tmp_path, "id,x\n1,2\n3\n4,5\n"), ["id"])


@pytest.mark.parametrize("ids", [["73928e03", ID], ["73928e03", "a1b2c3d4"], ["1e234567", "12345678"], ["0042", "7"]])
def test_ids_that_only_look_like_floats(tmp_path: Path, ids: list[str]) -> None:
    assert read_columns(text(tmp_path, "\n".join(["id", *ids, ""])), [], ids=["id"])["id"].to_list() == ids


@pytest.mark.parametrize("ids", [["5.87722981736120e+17", ID], ["5.9E17", "5.9E17"], ["5877.0", "J1"], [".5", "1"]])
def test_ids_that_were_floats_are_refused(tmp_path: Path, ids: list[str]) -> None:
    with pytest.raises(InputError, match="written as a float"):
        read_columns(text(tmp_path, "\n".join(["id", *ids, ""])), [], ids=["id"])


@pytest.mark.parametrize("head", ["name  flux mag", "# name flux mag", "#  name\tflux   mag", "  name flux mag  "])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_columns_parted_by_blanks(tmp_path: Path, head: str, end: str) -> None:
    rows = ['"NGC 1"   1.5  -9', "  NGC2 2.5D+01   4  ", "NGC3\t\tnan  5"]
    for name in ("t.txt", "t.csv", "t.dat"):
        path = text(tmp_path, end.join([head, *rows, ""]), name)

        assert column_names(path) == ["name", "flux", "mag"]
        table = read_columns(path, ["name", "flux", "mag"])
        assert table["name"].to_list() == ["NGC 1", "NGC2", "NGC3"]
        np.testing.assert_array_equal(table["flux"], [1.5, 25.0, np.nan])
        assert table["mag"].to_list() == [-9, 4, 5]
        assert count_rows(path) == 3


def test_an_archive_table_without_its_description_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="put the catalogue's ReadMe beside the table"):
        column_names(text(tmp_path, "1237 4.5 smooth\n1238 5.5 disk\n", "table1.dat"))


@pytest.mark.parametrize(
    "form", ["basic", "commented_header", "fixed_width", "ecsv", "tab", "csv", "fixed_width_two_line"]
)
def test_no_form_of_astropy_shifts_a_value_to_another_column(tmp_path: Path, form: str) -> None:
    alpha = MaskedColumn([1.5, 2.0], mask=[False, True])
    Table({"id": [1, 2], "label": ["disk", "a b"], "alpha": alpha}).write(tmp_path / "t.txt", format=f"ascii.{form}")
    try:
        table = read_columns(tmp_path / "t.txt", ["label", "alpha"], ids=["id"])
    except InputError:
        assert form == "fixed_width_two_line"
    else:
        assert table["label"].to_list() == ["disk", "a b"] and table["alpha"].fillna(-1).to_list() == [1.5, -1]


@pytest.mark.parametrize("word", ["\u2013", "\u2014", "...", "\u2026", "n.a.", "nil", "INDEF", "#NUM!", "#DIV/0!", "*"])
def test_more_words_for_no_value(tmp_path: Path, word: str) -> None:
    table = read_columns(text(tmp_path, f"label,alpha\ndisk,1\n{word},{word}\n"), ["label", "alpha"])
    assert table["label"].isna().to_list() == table["alpha"].isna().to_list() == [False, True]


@pytest.mark.parametrize("value", ["\u201c7\u201d", "\u20187\u2019", "'7", '="7"', "'7'"])
def test_wrappings_of_an_id(tmp_path: Path, value: str) -> None:
    path = text(tmp_path, "id,a\n" + (f'"{value.replace(chr(34), chr(34) * 2)}"' if '"' in value else value) + ",1\n")
    assert read_columns(path, ["a"], ids=["id"])["id"].to_list() == ["7"]


def test_line_ends_of_two_kinds_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"t\.csv: some lines end in a carriage return only"):
        read_columns(text(tmp_path, "id,a\n1,2\r3,4\r\n5,6\n"), ["a"], ids=["id"])


@pytest.mark.parametrize("first", ["sep=;", "sep=;\r"])
def test_a_spreadsheet_may_say_what_parts_its_columns(tmp_path: Path, first: str) -> None:
    table = read_columns(text(tmp_path, f"{first}\nid;x, y;z\n{ID};1,5;2\n"), ["x, y", "z"], ids=["id"])
    assert table.to_numpy().tolist() == [[ID, 1.5, 2]]


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (["1,5", "2", "-0,25"], [1.5, 2.0, -0.25]),
        (["1,500", "0,123"], [1.5, 0.123]),
        (["1,500", "1234,5"], [1.5, 1234.5]),
        (["1,5e-3", " 2,5 "], [0.0015, 2.5]),
        # These may be thousands.
        (["1,500", "2,250"], ["1,500", "2,250"]),
        (["1,500", "7"], ["1,500", "7"]),
        (["1,000,000", "1,5"], ["1,000,000", "1,5"]),
        (["1.000,5", "1,5"], ["1.000,5", "1,5"]),
        (["1,5", "1.5"], ["1,5", "1.5"]),
    ],
)
def test_commas_for_points_are_read_where_they_can_be_nothing_else(
    tmp_path: Path, values: list[str], found: list[object]
) -> None:
    assert read_columns(text(tmp_path, "\n".join(["n;x", *(f"a;{v}" for v in values)])), ["x"])["x"].to_list() == found


def test_names_in_quotes_parted_by_blanks(tmp_path: Path) -> None:
    path = text(tmp_path, '"id" "label" "x"\n7 "a disk" 1.5\n', "t.txt")
    assert column_names(path) == ["id", "label", "x"]
    assert read_columns(path, ["label", "x"], ids=["id"]).to_numpy().tolist() == [["7", "a disk", 1.5]]


IPAC = "\\fixlen = T\n|id    |label |x    |\n|char  |char  |real |\n|      |      |     |\n|null  |null  |-99  |\n"


def test_nulls_of_an_ipac_table_are_those_that_it_names(tmp_path: Path) -> None:
    path = text(tmp_path, IPAC + " 7      disk   1.5   \n null   null   -99   \n 8      caf\u00e9   2     \n", "t.tbl")
    table = read_columns(path, ["label", "x"], ids=["id"])
    assert table["id"].to_list() == ["7", None, "8"] and table["label"].to_list() == ["disk", None, "caf\u00e9"]
    np.testing.assert_array_equal(table["x"], [1.5, np.nan, 2.0])
    assert count_rows(path) == 3


@pytest.mark.parametrize("row", [" 7      spiral1.5   ", " 1234567disk   1.5   ", " 7      disk   1.5     9"])
def test_a_value_wider_than_its_column_is_refused(tmp_path: Path, row: str) -> None:
    path = text(tmp_path, IPAC + f" 7      disk   1.5   \n{row}\n", "t.tbl")
    with pytest.raises(InputError, match=r"t\.tbl: row 2 reaches beyond the bars of the header; widen its columns"):
        read_columns(path, ["x"])


def test_text_called_ipac_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"t\.tbl: has no line of names between bars"):
        column_names(text(tmp_path, "id,x\n1,2\n", "t.tbl"))
    with pytest.raises(InputError, match=r"an IPAC table; name it \.tbl"):
        column_names(text(tmp_path, IPAC))


def test_a_name_of_two_lines(tmp_path: Path) -> None:
    path = text(tmp_path, f'id,"flux\n(Jy)",x\n{ID},1.5,2\n7,2.5,"3"\n')
    assert column_names(path) == ["id", "flux (Jy)", "x"]
    assert read_columns(path, ["flux (Jy)", "x"])["x"].tolist() == [2, 3]
    for row in (f'{ID},5"', f'{ID},"5'):  # an inch in a row is no end of a name
        with pytest.raises(InputError, match="has a quote"):
            read_columns(text(tmp_path, f'id,"flux\n{row},2\n7,2.5\n'), ["id"])
