"""report.html and the printed table show what report.json holds, and a word where it holds no number."""

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from truemorph.components.evaluator.charts import CHARTS
from truemorph.components.evaluator.published import PUBLISHED
from truemorph.components.evaluator.report import clean, render_html, table_text, write_report

Dict = dict[str, Any]


class Page(HTMLParser):
    """Checks nesting while it collects tags, ids, links and the text of each row of the first table."""

    VOID = frozenset({"meta", "link", "br"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.rows: dict[str, str] = {}
        self.row: str | None = None
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)
        if tag == "tr":
            self.row = dict(attrs).get("id")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.row:
            self.rows[self.row] = self.rows.get(self.row, "") + data

    def values(self, name: str) -> list[str]:
        return [attrs[name] or "" for _, attrs in self.tags if name in attrs]


def with_truth(report: Dict) -> Dict:
    rows = [row | {"accuracy_vs_truth": 0.9 + 0.01 * i} for i, row in enumerate(report["rows"])]
    return report | {"rows": rows}


@pytest.fixture(scope="module")
def html(finished: Dict) -> str:
    """The whole page, drawn once."""
    return render_html(with_truth(finished))


def test_page_is_self_contained(html: str) -> None:
    page = Page(html)
    assert not {"script", "img", "iframe", "object", "embed", "base", "form"} & {tag for tag, _ in page.tags}
    links = page.values("href") + page.values("xlink:href") + page.values("src")
    assert links and all(link.startswith("#") or link in ("data:,", "gallery.html") for link in links)
    assert set(re.findall(r"url\((.)", html)) <= {"#"} and "@import" not in html
    assert len(html.encode()) < 600_000


def test_ids_are_unique_and_every_link_leads_somewhere(html: str) -> None:
    page = Page(html)
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    targets = [link[1:] for link in page.values("href") + page.values("xlink:href") if link.startswith("#")]
    targets += re.findall(r"url\(#([^)]*)\)", html)
    targets += " ".join(page.values("aria-labelledby") + page.values("aria-describedby")).split()
    assert set(targets) <= set(ids)


def test_page_says_what_it_is_to_screens_and_readers(html: str) -> None:
    page = Page(html)
    tags = dict(page.tags)
    assert tags["html"]["lang"] == "en"
    assert any(attrs.get("name") == "viewport" for _, attrs in page.tags)
    charts = [attrs for tag, attrs in page.tags if tag == "svg"]
    assert len(charts) == len(CHARTS) and all(a["role"] == "img" and a["aria-labelledby"] for a in charts)
    assert sum(tag == "desc" for tag, _ in page.tags) == len(CHARTS)
    assert "@media screen and (prefers-color-scheme: dark)" in html
    folded = re.findall(r'<details>\n<summary><h2 id="([^"]*)"', html)
    assert {"rejected", "provenance"} <= set(folded)
    assert 0 < html.index('<div class="verdict"><p>') < html.index("<nav")


@pytest.mark.usefixtures("undrawn")
def test_each_row_shows_its_numbers_and_the_published_ones(report: Dict) -> None:
    assert report["published"] is None and "published" not in render_html(report).split("</style>")[1]
    html = render_html(report | {"published": PUBLISHED})
    page = Page(html)
    for row in report["rows"]:
        text = page.rows[f"row-{row['key']}"]
        for name in ("cv14", "cv18"):
            low, high = row[name]["interval"]
            assert f"{row[name]['value']:.3f}" in text and f"[{low:.3f}, {high:.3f}]" in text
            assert f"floor {row[name]['noise_floor']:.3f}" in text
        for value in PUBLISHED["rows"][row["key"]].values():
            assert f"{value:.3f}" in text
    assert "published for Galaxy Zoo 2" in html


def test_published_values_are_the_papers() -> None:
    rows = PUBLISHED["rows"]
    assert [rows[key]["cv14"] for key in rows] == [0.4831, 0.2679, 0.4893, 0.2969, 0.3823, 0.3382]
    assert [rows[key]["cv18"] for key in rows] == [0.3701, 0.3086, 0.3795, 0.3246, 0.2990, 0.2873]
    assert [rows["network_debiased_labels"][name] for name in ("accuracy", "precision", "recall", "f1")] == [
        *(0.896, 0.866, 0.879, 0.872)
    ]


@pytest.mark.usefixtures("undrawn")
def test_unknowns_are_words_in_the_page(gaps: Dict) -> None:
    page = Page(render_html(gaps))
    for row in gaps["rows"][1:5]:
        text = page.rows[f"row-{row['key']}"]
        assert row["status"] in text and f"because {row['status']}" in text and "None" not in text
    assert "undefined" in page.rows["row-network_raw"]


@pytest.mark.usefixtures("undrawn")
def test_truth_shows_only_where_a_benchmark_added_it(report: Dict) -> None:
    assert "vs truth" not in render_html(report) and "truth" not in table_text(report)
    scored = with_truth(report)
    assert "vs truth" in render_html(scored) and "0.950" in Page(render_html(scored)).rows["row-ddb"]
    assert table_text(scored).splitlines()[0].endswith("truth") and "0.950" in table_text(scored).splitlines()[6]


@pytest.mark.usefixtures("undrawn")
def test_a_report_written_again_with_truth(report: Dict, tmp_path: Path) -> None:
    folder = tmp_path / "report"
    write_report(report, folder)
    found = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    write_report(with_truth(found), folder)
    again = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert again["rows"][5]["accuracy_vs_truth"] == pytest.approx(0.95)
    assert "0.950" in (folder / "report.html").read_text(encoding="utf-8")
    assert sorted(path.name for path in folder.iterdir()) == ["report.html", "report.json"]


def test_same_report_same_bytes(report: Dict, html: str, tmp_path: Path) -> None:
    """Those of the page; of report.json see test_executor.py."""
    write_report(with_truth(report), tmp_path)
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == html


@pytest.mark.usefixtures("undrawn")
def test_the_page_needs_report_json_only(
    folder: Callable[..., Any], evaluate: Callable[..., Dict], tmp_path: Path
) -> None:
    found = evaluate(folder())
    assert render_html(found) == (tmp_path / "report" / "report.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("undrawn")
def test_text_from_outside_is_escaped(report: Dict) -> None:
    evil = "<script>alert(1)</script>"
    report["provenance"]["votes"] = evil
    report["rejects"]["reasons"] = {evil: 1}
    for row in report["rows"]:
        row["name"] = evil
    html = render_html(report)
    assert evil not in html and "&lt;script&gt;" in html


def test_page_of_a_run_with_nothing_to_draw(report: Dict) -> None:
    bare = report | {"curves": [{"key": row["key"], "bins": []} for row in report["rows"]], "training": []}
    bare |= {
        "slices": [],
        "calibration": [],
        "agreement": [],
        "profile": None,
        "gallery": None,
        "resolution_test": None,
    }
    page = render_html(bare | {"notes": ["CV18 does not use redshift."]})
    assert "Not drawn: the test split" in page and "No network was trained" in page
    assert "CV18 does not use redshift." in page


@pytest.mark.usefixtures("undrawn")
def test_rejects_provenance_and_models_are_shown(report: Dict) -> None:
    report["training"][2] |= {"status": "degenerate", "why": "all of eval is predicted disk"}
    html = render_html(report)
    for text in ("no image", "star or artifact", "data.content_hash", "5e5e5e", "all of eval is predicted disk"):
        assert text in html
    assert "best 3" in html and "2,003 input rows" in html and "3 rejected" in html


def test_clean_makes_plain_json() -> None:
    messy = {"a": np.float32(0.5), "b": np.array([1.0, np.nan]), "c": (np.int64(3), float("inf")), "d": Path("/x")}
    assert clean(messy) == {"a": 0.5, "b": [1.0, None], "c": [3, None], "d": "/x"}
    assert json.dumps(clean(messy), allow_nan=False)


@pytest.mark.usefixtures("undrawn")
def test_no_half_written_report_where_the_page_can_not_be_made(report: Dict, tmp_path: Path) -> None:
    del report["rejects"]
    with pytest.raises(Exception, match="kept"):
        write_report(report, tmp_path / "broken")
    assert list((tmp_path / "broken").iterdir()) == []


@pytest.mark.usefixtures("undrawn")
def test_every_number_of_the_table_links_to_its_definition(report: Dict) -> None:
    page = Page(render_html(with_truth(report) | {"published": PUBLISHED}))
    defined = {link for link in page.values("href") if link.startswith("#def-")}
    wanted = {"cv14", "cv18", "truth", "accuracy", "precision", "recall", "f1", "published", "training", "theta"}
    assert defined == {f"#def-{name}" for name in wanted}


@pytest.mark.usefixtures("undrawn")
def test_confusion_is_shown_as_shares_and_counts(report: Dict) -> None:
    html = re.sub(r"<[^>]+>|\s+", " ", render_html(report))
    each = next(each for each in report["agreement"] if (each["key"], each["against"]) == ("ddb", "labels_raw"))
    smooth = each["confusion"][0]
    assert f"{100 * smooth[1] / sum(smooth):.1f} %" in html and f" {smooth[1]:,} " in html


@pytest.mark.usefixtures("undrawn")
def test_the_page_leads_to_the_gallery(report: Dict) -> None:
    report["gallery"] |= {"n": 2000, "moved": 300, "to_disk": 290, "to_smooth": 10, "shown": 200}
    page = " ".join(render_html(report).split())
    assert "290 from smooth to disk, 10 from disk to smooth" in page
    assert '<a href="gallery.html">See the 200 most confident in the gallery</a>' in page
