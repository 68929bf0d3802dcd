"""Photometry comes in chunks, over a server that fails; what has come is not asked for again."""

import re
from pathlib import Path

import pandas as pd
import pytest

from truemorph.components.errors import InputError
from truemorph.components.fetcher import photometry, release
from truemorph.components.fetcher.photometry import CHUNK, COLUMNS, fetch_photometry
from truemorph.components.fetcher.release import fetch_gz2
from truemorph.components.tables.table import read_columns

IDS = [str(587722981736120347 + n) for n in range(400)]


class Server:
    """Answers as SkyServer does; fails as `failures` says: an exception, or a table to answer with."""

    def __init__(self, *failures: object) -> None:
        self.failures = list(failures)
        self.asked: list[list[str]] = []

    def __call__(self, sql: str) -> pd.DataFrame:
        ids = re.findall(r"\d{18}", sql)
        self.asked.append(ids)
        failure = self.failures.pop(0) if self.failures else None
        if isinstance(failure, Exception):
            raise failure
        if isinstance(failure, pd.DataFrame):
            return failure
        rows = [(int(objid), 4.5, 1.2, 16.5, None, 0.09) for objid in ids if objid != IDS[7]]
        return pd.DataFrame(rows, columns=list(COLUMNS))


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photometry, "_WAITS", (0.0, 0.0))


def test_all_chunks_over_a_failing_server(tmp_path: Path) -> None:
    page = pd.DataFrame({"<html>": ["busy"]})
    strange = pd.DataFrame([(123, 1.0, 1.0, 1.0, 1.0, 1.0)], columns=list(COLUMNS))
    server = Server(TimeoutError("timed out"), page, None, strange, OSError("503"))
    path = tmp_path / "photometry.csv"
    assert fetch_photometry(IDS[::-1] + IDS[:5], path, server) == 1
    assert max(map(len, server.asked)) == CHUNK and len(server.asked) == 3 + 4
    table = read_columns(path, ["petroRad_r", "z"], ids=["dr7objid"])
    assert table["dr7objid"].to_list() == [objid for objid in IDS if objid != IDS[7]]
    assert [file.name for file in tmp_path.iterdir()] == ["photometry.csv"]


def test_goes_on_where_it_stopped(tmp_path: Path) -> None:
    path = tmp_path / "photometry.csv"
    server = Server(None, *[OSError("503")] * 3)
    with pytest.raises(InputError, match=r"chunk 2 of 3: the server failed \(503\); run the same command again"):
        fetch_photometry(IDS, path, server)
    assert not path.exists()
    again = Server()
    fetch_photometry(IDS, path, again)
    assert len(again.asked) == 2


def test_ids_go_into_sql_only_as_digits(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"'1\); DROP TABLE x' is not an SDSS id; these are decimal digits"):
        fetch_photometry(["1); DROP TABLE x"], tmp_path / "photometry.csv", Server())


def test_without_astroquery_one_line_before_any_download(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "astroquery", None)
    monkeypatch.setattr(release, "download", lambda *_: pytest.fail("downloaded"))
    with pytest.raises(InputError, match=r"fetch: needs astroquery.*; pip install 'astroquery>=0.4.11'"):
        fetch_gz2(tmp_path / "gz2")
