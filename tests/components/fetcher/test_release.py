"""Simard's structure through VizieR, and what is said when VizieR gives nothing."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from astropy.table import Table

from truemorph.components.errors import InputError
from truemorph.components.fetcher import release
from truemorph.components.tables.table import read_columns

OBJID = "587722981736120347"


def vizier(answer: Any) -> Any:
    """A stand-in for astroquery.vizier that gives this answer to every catalogue."""

    class Vizier:
        def __init__(self, columns: list[str], row_limit: int) -> None:
            assert row_limit == -1

        def get_catalogs(self, catalogue: str) -> list[Table]:
            assert catalogue == release.SIMARD
            if isinstance(answer, Exception):
                raise answer
            return answer

    return lambda module: SimpleNamespace(Vizier=Vizier)


def test_ids_stay_exact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = Table({"objID": [OBJID], "ng": [1.5], "e": [0.25], "Rhlr": [4.5]})
    monkeypatch.setattr(release, "astroquery", vizier([table]))
    release._simard(tmp_path / "structure.csv")
    found = read_columns(tmp_path / "structure.csv", ["ng", "Rhlr"], ids=["objID"])
    assert found.to_dict("records") == [{"objID": OBJID, "ng": 1.5, "Rhlr": 4.5}]


@pytest.mark.parametrize("answer", [[], OSError("connection reset"), ValueError("no\nVOTable")])
def test_a_failing_vizier_is_one_line(answer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release, "astroquery", vizier(answer))
    with pytest.raises(InputError, match=r"structure\.csv: VizieR did not send J/ApJS.*; try again later") as error:
        release._simard(tmp_path / "structure.csv")
    assert "\n" not in str(error.value)
    assert not list(tmp_path.iterdir())
