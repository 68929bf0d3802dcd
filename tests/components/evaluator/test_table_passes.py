"""The bias of a table read in passes is that of the table held in memory, to the last bit."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truemorph.components.errors import InputError
from truemorph.components.evaluator import kept_rows, table_passes
from truemorph.components.evaluator import table_bias as held
from truemorph.components.evaluator.table_bias import table_bias

N = 3000


def sky(seed: int = 0, n: int = N) -> pd.DataFrame:
    """Words as labels, numbers with ties, and all that a row can lack."""
    rng = np.random.default_rng(seed)
    alpha = rng.lognormal(2.4, 0.45, n)
    disk = (rng.random(n) < 0.5) & (rng.random(n) > np.exp(-(alpha**2) / (2 * 9.18**2)))
    label = np.where(disk, "disk", "smooth").astype(object)
    table = pd.DataFrame({"label": label, "alpha": alpha.round(1), "size": rng.normal(size=n).astype(np.float32)})
    table["redshift"] = rng.random(n).round(2)
    table.loc[rng.random(n) < 0.02, "label"] = None
    table.loc[rng.random(n) < 0.02, "alpha"] = np.nan
    table.loc[rng.random(n) < 0.02, "size"] = np.inf
    table.loc[rng.random(n) < 0.05, "alpha"] = -9999.0
    table.loc[rng.random(n) < 0.01, "size"] = 999.99
    lost = rng.random(n) < 0.01
    table.loc[lost, ["label", "alpha"]] = "star", -9999.0
    return table


def write(table: pd.DataFrame, folder: Path, cuts: list[int]) -> Path:
    folder.mkdir(parents=True)
    for number, part in enumerate(np.split(np.arange(len(table)), cuts)):
        table.iloc[part].to_parquet(folder / f"part-{number}.parquet", index=False)
    return folder


def both(path: Path, monkeypatch: pytest.MonkeyPatch, *columns: object, **options: object) -> list[dict[str, object]]:
    """The result of the table held in memory, and in passes by batches of a few rows."""
    at_once = table_bias(path, *columns, **options)  # type: ignore[arg-type]
    with monkeypatch.context() as patched:
        patched.setattr(held, "AT_ONCE", 0)
        patched.setattr(table_passes, "ROWS_PER_BATCH", 190)
        in_passes = table_bias(path, *columns, **options)  # type: ignore[arg-type]
    return [at_once, in_passes]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"intrinsic": ["size", "redshift"]},
        {"intrinsic": ["redshift"], "depth": 5, "bins": 4},
        {"intrinsic": ["size"], "alpha": ["alpha", "redshift"], "reference": ["last", "first"], "depth": 1},
        {"sentinel": [-9999.0]},
        {"intrinsic": ["size"], "depth": 9},
    ],
)
def test_the_same_as_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, object]) -> None:
    path = write(sky(), tmp_path / "sky", [400, 401, 2200])
    given = {"label": "label", "alpha": "alpha"} | options
    at_once, in_passes = both(path, monkeypatch, **given)
    assert in_passes == at_once
    assert json.loads(json.dumps(in_passes, allow_nan=False)) == in_passes
    assert in_passes["rows"] == N
    assert in_passes["n"] == N - sum(in_passes["dropped"].values())  # type: ignore[attr-defined]


@pytest.mark.parametrize("rows", [[7], [7, 2300]])
def test_a_single_99_is_measured_and_two_in_two_parts_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: list[int]
) -> None:
    table = pd.DataFrame({"label": np.resize(["disk", "smooth"], N), "alpha": np.arange(N) % 60 + 1.0})
    table.loc[rows, "alpha"] = 99.0
    at_once, in_passes = both(write(table, tmp_path / "sky", [400]), monkeypatch, "label", "alpha")
    assert in_passes == at_once
    assert in_passes["n"] == (N if len(rows) == 1 else N - 2)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 99), cuts=st.lists(st.integers(0, 500), max_size=4).map(sorted))
def test_any_partition_in_any_order_gives_one_result(
    tmp_path_factory: pytest.TempPathFactory, seed: int, cuts: list[int]
) -> None:
    table = sky(seed, 500)
    folder = tmp_path_factory.mktemp("sky")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(table_passes, "ROWS_PER_BATCH", 70)
        at_once, in_passes = both(write(table, folder / "one", cuts), patched, "label", "alpha", ["size"], depth=1)
        mixed = table.sample(frac=1, random_state=seed)
        _, other = both(write(mixed, folder / "other", [len(table) // 2]), patched, "label", "alpha", ["size"], depth=1)
    assert in_passes == at_once
    assert in_passes == other | {"table": in_passes["table"]}


def test_a_file_larger_than_what_is_held_is_read_in_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "sky.csv"
    sky().to_csv(path, index=False)
    at_once, in_passes = both(path, monkeypatch, "label", "alpha", ["size", "redshift"])
    assert in_passes == at_once


def test_what_cannot_show_a_bias_is_said_in_passes_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, table in (("flat", sky().assign(alpha=4.0)), ("one", sky().assign(label="disk"))):
        at_once, in_passes = both(write(table, tmp_path / name, [100]), monkeypatch, "label", "alpha")
        assert in_passes == at_once
        assert in_passes["status"] in ("not_identifiable", "degenerate")
    with pytest.raises(InputError, match="no row has a value in each of label, nothing"):
        both(write(sky().assign(nothing=np.nan), tmp_path / "none", []), monkeypatch, "label", "nothing")


def test_a_label_that_appears_between_two_readings_is_found(tmp_path: Path) -> None:
    folder = write(sky(n=100), tmp_path / "sky", [])
    question = table_passes.Question("sky", "label", ("alpha",), (), held.BiasDesign(4))
    part = folder / "part-0.parquet"
    reading = table_passes.Survey(question).then(table_passes.merged(table_passes.Survey(question).tallies(part)))
    sky(n=100).assign(label="ring").to_parquet(part)
    with pytest.raises(InputError, match=r"part-0\.parquet: changed while it was read"):
        list(reading.tallies(part))


def test_a_full_disk_costs_time_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_rows, "ROOM", 1 << 60)
    at_once, in_passes = both(
        write(sky(n=500), tmp_path / "sky", [200]), monkeypatch, "label", "alpha", ["size"], depth=2
    )
    assert in_passes == at_once
