"""The commands of the measures, as they are typed."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from truemorph.cli import main
from truemorph.components.measures.cv18 import cv18_bias


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(0)
    alpha, size = rng.lognormal(2.4, 0.45, 3000), rng.normal(size=3000)
    seen = (rng.random(3000) < 0.5) & (rng.random(3000) > np.exp(-(alpha**2) / (2 * 9.18**2)))
    path = tmp_path_factory.mktemp("table") / "sky.parquet"
    pd.DataFrame({"seen": seen.astype(int), "alpha": alpha, "blur": size - alpha, "size": size}).to_parquet(path)
    return path


def test_bias_takes_several_observables_each_with_its_reference(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["bias", "--label", "seen", "--alpha", "alpha", "--alpha", "blur", "--reference", "last"]
    words += ["--reference", "first", "--intrinsic", "size", "--depth", "2", "--json"]
    assert main([*words, str(table)]) == 0
    result, sky = json.loads(capsys.readouterr().out), pd.read_parquet(table)
    expected = cv18_bias(sky["seen"], sky[["alpha", "blur"]], sky["size"], depth=2, reference=["last", "first"])
    assert result["value"] == pytest.approx(expected.value, abs=1e-14)
    assert (result["reference"], result["columns"]["alpha"]) == (["last", "first"], ["alpha", "blur"])


def test_bias_in_words(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bias", str(table), "--label", "seen", "--alpha", "alpha"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("CV14 bias 0.") and lines[-1].endswith("10 bins, reference last")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--alpha", "alpha", "--reference", "last", "--reference", "first"], "received 2 for 1 columns of alpha"),
        (["--alpha", "alhpa"], "no column 'alhpa'; nearest: alpha"),
        (["--alpha", "alpha", "--method", "cv18"], "--intrinsic: CV18 needs at least one column"),
    ],
)
def test_what_bias_cannot_use_is_one_line(
    table: Path, words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bias", str(table), "--label", "seen", *words]) == 2
    captured = capsys.readouterr()
    assert message in captured.err and captured.err.count("\n") == 1 and captured.out == ""


def test_table1_wants_a_finished_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["table1", "--run", str(tmp_path)]) == 2
    assert "has no examples/manifest.json; give the --out of a finished truemorph run" in capsys.readouterr().err
