"""The charts: drawn, named, self-contained, the same every time, and nothing global is changed by drawing."""

import copy
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import matplotlib
import pytest

from truemorph.components.evaluator import charts
from truemorph.components.evaluator.styles import STYLES

Dict = dict[str, Any]
Draw = Callable[[Mapping[str, Any]], str | None]
BY_NAME: dict[str, Draw] = {chart.name: partial(charts.svg, chart) for chart in charts.CHARTS}
ALL = list(BY_NAME.values())
SVG = "{http://www.w3.org/2000/svg}"


def drawn(draw: Draw, report: Dict) -> str:
    svg = draw(report)
    assert svg is not None
    return svg


@pytest.mark.parametrize("draw", ALL)
def test_chart_is_a_named_svg_that_needs_and_changes_nothing_and_is_always_the_same(report: Dict, draw: Draw) -> None:
    svg = drawn(draw, report)
    root = ElementTree.fromstring(svg)
    assert root.tag == f"{SVG}svg" and root.get("viewBox") and root.get("width") is None
    assert root.get("role") == "img"
    for name, attribute in (("title", "aria-labelledby"), ("desc", "aria-describedby")):
        element = root.find(f"{SVG}{name}")
        assert element is not None and element.text and element.get("id") == root.get(attribute)
    assert all(link.startswith("#") for link in re.findall(r'href="([^"]*)"', svg))
    assert "<image" not in svg and "<metadata" not in svg and "matplotlib.org" not in svg
    users = {"font.size": 31, "lines.linewidth": 7, "axes.facecolor": "red", "svg.fonttype": "path"}
    with matplotlib.rc_context(users):
        before = dict(matplotlib.rcParams)
        assert svg == drawn(draw, copy.deepcopy(report)), "the user's settings leak in, or it differs each time"
        assert dict(matplotlib.rcParams) == before, "drawing changes global state"


def test_fraction_chart_names_every_row_and_describes_its_ends(report: Dict) -> None:
    svg = drawn(BY_NAME["fraction"], report)
    root = ElementTree.fromstring(svg)
    description = root.findtext(f"{SVG}desc") or ""
    for row, curve in zip(report["rows"], report["curves"], strict=True):
        assert row["name"] in svg
        first, last = curve["bins"][0], curve["bins"][-1]
        assert f"{first['fraction']:.2f} at α = {first['alpha']:.1f}" in description
        assert f"{last['fraction']:.2f} at α = {last['alpha']:.1f}" in description


def test_fraction_chart_leaves_out_what_was_not_run(report: Dict) -> None:
    report["curves"][3]["bins"] = []
    assert "on debiased labels" not in drawn(BY_NAME["fraction"], report)
    for curve in report["curves"]:
        curve["bins"] = []
    assert BY_NAME["fraction"](report) is None


def test_a_bin_without_labels_is_a_gap(report: Dict) -> None:
    report["curves"][1]["bins"][0] |= {"n": 0, "disk": 0, "fraction": None, "low": None, "high": None}
    second = report["curves"][1]["bins"][1]
    assert f"b  Debiased labels: {second['fraction']:.2f} at" in drawn(BY_NAME["fraction"], report)


def test_styles_tell_rows_apart_without_colour() -> None:
    looks = {(s["marker"], s["linestyle"], s.get("markerfacecolor")) for s in STYLES.values()}
    assert len(looks) == len(STYLES) == 6
    assert len({s["color"] for s in STYLES.values()}) == 6


def test_law_chart_shows_theta_with_and_without_interval(report: Dict) -> None:
    assert "8.61 to 9.52" in drawn(BY_NAME["law"], report)
    report["theta"]["interval"] = None
    svg = drawn(BY_NAME["law"], report)
    assert "θ = 9.05" in svg and "8.61 to" not in svg


def test_law_chart_without_curves_or_theta(report: Dict) -> None:
    assert BY_NAME["law"](report | {"curves": []})
    assert BY_NAME["law"](report | {"theta": report["theta"] | {"value": None}}) is None


def test_training_chart_describes_the_last_epoch_and_bridges_no_gap(report: Dict) -> None:
    history = report["training"][0]["history"]
    history["loss"] = [0.7, None, 0.5, 0.4321]
    assert "loss 0.432" in drawn(BY_NAME["training"], report)
    history["loss"] = [None] * 4
    assert "ResNet50 on raw labels after 4 epochs" in drawn(BY_NAME["training"], report)


def test_training_chart_of_one_epoch_and_of_none(report: Dict) -> None:
    for model in report["training"]:
        model["history"] = {"loss": [0.5], "accuracy": [0.8]}
    assert "after 1 epoch:" in drawn(BY_NAME["training"], report)
    assert BY_NAME["training"](report | {"training": []}) is None


def test_importing_the_charts_does_not_import_matplotlib() -> None:
    code = (
        "import sys, truemorph.components.evaluator.report, truemorph.components.evaluator.charts as c;"
        "sys.exit(any(m in sys.modules for m in ('matplotlib', 'jinja2', 'tensorflow')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_slices_describe_every_third_of_every_parameter(report: Dict) -> None:
    root = ElementTree.fromstring(drawn(BY_NAME["slices"], report))
    description = root.findtext(f"{SVG}desc") or ""
    assert [each["column"] for each in report["slices"]] == ["petroRad_r_kpc", "absPetroMag_r", "redshift"]
    for each in report["slices"]:
        for part in each["parts"]:
            first = part["curves"][0]["bins"][0]["fraction"]
            assert f"{part['low']:.3g} to {part['high']:.3g}: a from {first:.2f} to" in description
    assert BY_NAME["slices"](report | {"slices": [{"column": "redshift", "parts": []}]}) is None
    assert BY_NAME["slices"](report | {"slices": []}) is None


def test_calibration_names_the_rows_that_predict(report: Dict) -> None:
    svg = drawn(BY_NAME["calibration"], report)
    assert [row["name"] in svg for row in report["rows"]] == [False, False, True, True, True, True]
    assert (
        BY_NAME["calibration"](report | {"calibration": [each | {"bins": []} for each in report["calibration"]]})
        is None
    )


def test_profile_tells_the_interval(report: Dict) -> None:
    assert "greatest at θ = 9.05 and has fallen by 1.92 in its logarithm at 8.61 and 9.52" in drawn(
        BY_NAME["profile"], report
    )
    assert BY_NAME["profile"](report | {"profile": None}) is None


def test_figures_for_papers_are_the_charts_that_can_be_drawn(report: Dict, tmp_path: Path) -> None:
    report |= {"profile": None, "slices": []}
    charts.write_figures(report, tmp_path / "one")
    names = {path.name for path in (tmp_path / "one").iterdir()}
    drawn_names = ("fraction", "resolution", "law", "calibration", "training")
    assert names == {f"{name}.{kind}" for name in drawn_names for kind in ("pdf", "png")}
    assert (tmp_path / "one" / "law.pdf").read_bytes().startswith(b"%PDF")
    law = [chart for chart in charts.CHARTS if chart.name == "law"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(charts, "CHARTS", law)
        charts.write_figures(report, tmp_path / "two")
    for kind in ("pdf", "png"):
        assert (tmp_path / "two" / f"law.{kind}").read_bytes() == (tmp_path / "one" / f"law.{kind}").read_bytes()
