"""The charts: drawn, named, self-contained, the same every time, and nothing global is changed by drawing."""

import copy
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from truemorph.components.evaluator import charts

Dict = dict[str, Any]
Draw = Callable[[Mapping[str, Any]], str | None]
ALL: list[Draw] = [charts.fraction_chart, charts.law_chart, charts.training_chart]
SVG = "{http://www.w3.org/2000/svg}"


def drawn(draw: Draw, report: Dict) -> str:
    svg = draw(report)
    assert svg is not None
    return svg


@pytest.mark.parametrize("draw", ALL)
def test_chart_is_an_svg_with_title_and_description(report: Dict, draw: Draw) -> None:
    root = ElementTree.fromstring(drawn(draw, report))
    assert root.tag == f"{SVG}svg" and root.get("viewBox") and root.get("width") is None
    assert root.get("role") == "img"
    for name, attribute in (("title", "aria-labelledby"), ("desc", "aria-describedby")):
        element = root.find(f"{SVG}{name}")
        assert element is not None and element.text and element.get("id") == root.get(attribute)


@pytest.mark.parametrize("draw", ALL)
def test_same_report_same_bytes_and_no_date(report: Dict, draw: Draw) -> None:
    first = drawn(draw, report)
    assert first == drawn(draw, copy.deepcopy(report))
    assert "<metadata" not in first and "matplotlib.org" not in first


@pytest.mark.parametrize("draw", ALL)
def test_chart_asks_for_nothing_from_elsewhere(report: Dict, draw: Draw) -> None:
    svg = drawn(draw, report)
    assert all(link.startswith("#") for link in re.findall(r'href="([^"]*)"', svg))
    assert "<image" not in svg


def test_drawing_changes_no_global_state(report: Dict) -> None:
    import matplotlib

    with matplotlib.rc_context({"font.size": 31, "lines.linewidth": 7}):
        before = dict(matplotlib.rcParams)
        for draw in ALL:
            draw(report)
        assert dict(matplotlib.rcParams) == before


def test_the_users_settings_do_not_leak_in(report: Dict) -> None:
    import matplotlib

    plain = [draw(report) for draw in ALL]
    with matplotlib.rc_context({"font.size": 31, "axes.facecolor": "red", "svg.fonttype": "path"}):
        assert [draw(report) for draw in ALL] == plain


def test_fraction_chart_names_every_row_and_describes_its_ends(report: Dict) -> None:
    svg = drawn(charts.fraction_chart, report)
    root = ElementTree.fromstring(svg)
    description = root.findtext(f"{SVG}desc") or ""
    for row, curve in zip(report["rows"], report["curves"], strict=True):
        assert row["name"] in svg
        first, last = curve["bins"][0], curve["bins"][-1]
        assert f"{first['fraction']:.2f} at α = {first['alpha']:.1f}" in description
        assert f"{last['fraction']:.2f} at α = {last['alpha']:.1f}" in description


def test_fraction_chart_leaves_out_what_was_not_run(report: Dict) -> None:
    report["curves"][3]["bins"] = []
    assert "on debiased labels" not in drawn(charts.fraction_chart, report)
    for curve in report["curves"]:
        curve["bins"] = []
    assert charts.fraction_chart(report) is None


def test_a_bin_without_labels_is_a_gap(report: Dict) -> None:
    report["curves"][1]["bins"][0] |= {"n": 0, "disk": 0, "fraction": None, "low": None, "high": None}
    second = report["curves"][1]["bins"][1]
    assert f"b  Debiased labels: {second['fraction']:.2f} at" in drawn(charts.fraction_chart, report)


def test_styles_tell_rows_apart_without_colour() -> None:
    looks = {(s["marker"], s["linestyle"], s.get("markerfacecolor")) for s in charts.STYLES.values()}
    assert len(looks) == len(charts.STYLES) == 6
    assert len({s["color"] for s in charts.STYLES.values()}) == 6


def test_law_chart_shows_theta_with_and_without_interval(report: Dict) -> None:
    assert "8.61 to 9.52" in drawn(charts.law_chart, report)
    report["theta"]["interval"] = None
    svg = drawn(charts.law_chart, report)
    assert "θ = 9.05" in svg and "8.61 to" not in svg


def test_law_chart_without_curves_or_theta(report: Dict) -> None:
    assert charts.law_chart(report | {"curves": []})
    assert charts.law_chart(report | {"theta": report["theta"] | {"value": None}}) is None


def test_training_chart_describes_the_last_epoch_and_bridges_no_gap(report: Dict) -> None:
    history = report["training"][0]["history"]
    history["loss"] = [0.7, None, 0.5, 0.4321]
    assert "loss 0.432" in drawn(charts.training_chart, report)
    history["loss"] = [None] * 4
    assert "ResNet50 on raw labels after 4 epochs" in drawn(charts.training_chart, report)


def test_training_chart_of_one_epoch_and_of_none(report: Dict) -> None:
    for model in report["training"]:
        model["history"] = {"loss": [0.5], "accuracy": [0.8]}
    assert "after 1 epoch:" in drawn(charts.training_chart, report)
    assert charts.training_chart(report | {"training": []}) is None


def test_importing_the_charts_does_not_import_matplotlib() -> None:
    code = (
        "import sys, truemorph.components.evaluator.report, truemorph.components.evaluator.charts as c;"
        "sys.exit(any(m in sys.modules for m in ('matplotlib', 'jinja2', 'tensorflow')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
