"""The files of a table in parts."""

from pathlib import Path

import pandas as pd
import pytest

from truemorph.components.errors import InputError
from truemorph.components.tables.parts import table_parts


@pytest.fixture
def sky(tmp_path: Path) -> Path:
    for name in ("b/part-1.parquet", "a/part-2.parquet", "_temporary/part-3.parquet", ".hidden.parquet"):
        path = tmp_path / "sky" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pd.DataFrame({"x": [1.0], "y": [2.0]}).to_parquet(path)
    pd.DataFrame({"x": [], "y": []}).to_parquet(tmp_path / "sky" / "empty.parquet")
    return tmp_path / "sky"


def test_a_folder_and_a_pattern_name_parts(sky: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = [sky / "a/part-2.parquet", sky / "b/part-1.parquet"]
    assert table_parts(sky) == wanted
    assert table_parts(sky / "?" / "part-*.parquet") == wanted
    monkeypatch.chdir(sky)
    assert table_parts(Path("b/*.parquet")) == wanted[1:]
    assert table_parts(wanted[0]) == wanted[:1]
    assert table_parts(sky / "empty.parquet") == [sky / "empty.parquet"]


def test_what_holds_no_part_is_said(sky: Path, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    with pytest.raises(InputError, match=r"none: no part of a table was found; give a folder"):
        table_parts(tmp_path / "none")
    with pytest.raises(InputError, match=r"z\*\.parquet: no part of a table was found; give a table"):
        table_parts(sky / "z*.parquet")


def test_parts_of_two_tables_are_refused(sky: Path) -> None:
    pd.DataFrame({"x": [1.0], "z": [2.0]}).to_parquet(sky / "c.parquet")
    with pytest.raises(InputError, match=r"c\.parquet: column 'y' is not in all parts"):
        table_parts(sky)
